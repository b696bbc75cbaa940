from pathlib import Path

import pytest

from model.config import ModelConfig
from model.data.source import DataConfig, load_corpus
from model.errors import ModelError
from model.hyperparameters import DEFAULTS, Hyperparameters
from model.thread_file import parse_settings, read_thread_file


def test_unknown_options_are_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(ModelError, match="encodr") as raised:
        ModelConfig.from_mapping({"encodr": "minilm"})
    assert "'encoder'" in raised.value.hint


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"type": "JointMCR"}, "JointMRC"),
        ({"grouping": "LR3"}, "LR2-L2"),
        ({"pos": "yes"}, "true or false"),
        ({"batch_size": 0}, "at least 1"),
        ({"batch_size": 2.5}, "whole number"),
        ({"threshold_mention": 85}, "0..1"),
        ({"asl_adaptive": True}, "asl: true"),
        ({"type": "Entity", "asl": True}, "asl_tasks"),
        ({"type": "Mention", "dtl": True}, "has one"),
        ({"type": "Coref", "class_thresholds": True}, "finds none"),
        ({"score": "bleu"}, "rel_nec_f1_micro"),
        ({"asl": True, "asl_tasks": []}, "asl_tasks is empty"),
        ({"asl": True, "asl_tasks": 5}, "list of names"),
        ({"asl": True, "asl_tasks": None}, "list of names"),
        ({"asl": True, "asl_tasks": [1]}, "list of names"),
        ({"clip_norm": float("nan")}, "finite"),
        ({"clip_norm": ".inf"}, "number"),
        ({"threshold_shrinkage": "inf"}, "finite"),
    ],
)
def test_options_that_do_not_fit_are_refused_with_a_reason(options: dict[str, object], reason: str) -> None:
    with pytest.raises(ModelError) as raised:
        ModelConfig.from_mapping(options)
    assert reason in str(raised.value)


def test_a_configuration_survives_json() -> None:
    config = ModelConfig(type="JointGRC", asl=True, asl_tasks=("relation", "coref"), batch_size=4)
    assert ModelConfig.from_mapping(config.to_dict()) == config


def test_numbers_may_be_written_as_yaml_reads_them() -> None:
    config = ModelConfig()
    h = Hyperparameters.from_params(parse_settings(["lr=1e-6", "w_mention=2", "dropout=0.3"]), config)
    assert (h["lr"], h["w_mention"], h.dropout) == (1e-6, 2.0, 0.3)
    with pytest.raises(ModelError, match="name=value"):
        parse_settings(["lr:3"])
    with pytest.raises(ModelError, match="--set asl_tasks, line 1: not readable as YAML"):
        parse_settings(["asl_tasks=[relation"])


def test_absent_hyperparameters_are_jerexs() -> None:
    h = Hyperparameters.from_params({}, ModelConfig())
    assert {name: h[name] for name in ("lr", "weight_decay", "pct_start")} == {
        "lr": 5e-5,
        "weight_decay": 0.01,
        "pct_start": 0.1,
    }
    assert [h.weight(task) for task in ("mention", "coref", "entity", "relation")] == [1.0, 1.0, 0.25, 1.0]
    assert h.dropout == 0.1
    assert set(DEFAULTS) <= set(h.values)


@pytest.mark.parametrize(
    ("params", "options"),
    [
        ({"lr": -1e-3}, {}),
        ({"lr": float("nan")}, {}),
        ({"lr": "fast"}, {}),
        ({"dropout": 1.0}, {}),
        ({"pct_start": 1.5}, {}),
        ({"gamma_neg": 4}, {}),
        ({"w_mention": 1}, {"dtl": True}),
        ({"lr_layer_3": 1e-4}, {"grouping": "LR1-L2"}),
        ({"w_relation": 1}, {"type": "Mention"}),
    ],
)
def test_hyperparameters_out_of_range_or_without_effect_are_refused(
    params: dict[str, object], options: dict[str, object]
) -> None:
    with pytest.raises(ModelError):
        Hyperparameters.from_params(params, ModelConfig.from_mapping(options))


def test_data_come_from_files_or_from_the_atlas() -> None:
    with pytest.raises(ModelError, match="either"):
        DataConfig.from_mapping({})
    with pytest.raises(ModelError, match="either"):
        DataConfig.from_mapping({"train": "a.json", "atlas": {"documents": 4}})
    with pytest.raises(ModelError, match="atlas options"):
        DataConfig.from_mapping({"atlas": {"document": 4}})
    corpus = load_corpus(DataConfig.from_mapping({"atlas": {"documents": 10, "seed": 3}}), Path())
    assert (len(corpus.train), len(corpus.validation)) == (8, 2)
    again = load_corpus(DataConfig.from_mapping({"atlas": {"documents": 10, "seed": 3}}), Path())
    other = load_corpus(DataConfig.from_mapping({"atlas": {"documents": 10, "seed": 3}, "seed": 1}), Path())
    assert corpus.data_hash == again.data_hash != other.data_hash


def test_re_docred_is_split_four_hundred_to_one_hundred(re_docred_dev: Path) -> None:
    corpus = load_corpus(DataConfig.from_mapping({"train": re_docred_dev.name}), re_docred_dev.parent)
    assert (len(corpus.train), len(corpus.validation)) == (400, 100)
    # One of the 96 relation types does not occur.
    assert (len(corpus.schema.entity_types), len(corpus.schema.relation_types)) == (6, 95)


def test_thread_files_are_read_and_their_faults_named(tmp_path: Path) -> None:
    path = tmp_path / "thread.yaml"
    path.write_text("thread: t\nmodel: {encoder: tiny}\ndata: {atlas: {documents: 4}}\nspace: {lr: {type: float}}\n")
    thread = read_thread_file(path)
    assert (thread.model, thread.base_dir) == ({"encoder": "tiny"}, tmp_path)
    path.write_text("modell: {}\n")
    with pytest.raises(ModelError, match="modell"):
        read_thread_file(path)
    path.write_text("model: [1, 2]\n")
    with pytest.raises(ModelError, match="mapping"):
        read_thread_file(path)
    path.write_text("model: {a: b\n")
    with pytest.raises(ModelError, match="YAML"):
        read_thread_file(path)
    with pytest.raises(ModelError, match="must be a file"):
        read_thread_file(tmp_path / "none.yaml")
