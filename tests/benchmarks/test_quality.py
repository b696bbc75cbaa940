import io
import json
from pathlib import Path

import pytest
import quality
from rich.console import Console

from model.config import ModelConfig
from model.hyperparameters import Hyperparameters


@pytest.mark.parametrize("name", quality.VARIANTS)
def test_every_variant_is_a_configuration_that_exists(name: str) -> None:
    variant = quality.VARIANTS[name]
    config = ModelConfig.from_mapping({"schedule": "linear", **variant.options})
    settings = quality.Settings()
    Hyperparameters.from_params({"lr": settings.lr, "pct_start": settings.pct_start, **variant.params}, config)


def _run(score: float) -> dict[str, object]:
    scores = dict.fromkeys(quality.TASKS, score)
    return {"default": scores, "calibrated": scores, "cross_fitted_rel_nec": score, "seconds": 60.0}


def test_the_tables_show_means_over_seeds_beside_the_original(tmp_path: Path) -> None:
    for seed, score in enumerate((80.0, 82.0)):
        quality.write_json(tmp_path / f"base-seed{seed}.json", _run(score))
    quality.write_json(tmp_path / "longformer-seed0.json", _run(10.0))
    text = io.StringIO()
    quality.show(Console(file=text, width=130), quality.read_results(tmp_path))
    assert "22.8 ± 0.2" in text.getvalue()
    assert text.getvalue().count("81.0 ± 1.4") == 9
    assert "below in mention" in text.getvalue()  # 81.0 against 81.6


def test_runs_of_other_settings_do_not_mix(tmp_path: Path) -> None:
    quality.check_settings(quality.Settings(), tmp_path)
    quality.check_settings(quality.Settings(), tmp_path)
    with pytest.raises(SystemExit, match="other settings"):
        quality.check_settings(quality.Settings(epochs=1), tmp_path)


def test_the_split_is_the_first_and_the_last_documents(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(json.dumps(list(range(10))))
    quality.write_data(tmp_path / "dev.json", quality.Settings(n_train=6, n_validation=2), tmp_path)
    assert json.loads((tmp_path / "train.json").read_text()) == [0, 1, 2, 3, 4, 5]
    assert json.loads((tmp_path / "validation.json").read_text()) == [8, 9]
