"""Checkpoints: a folder with weights as safetensors, a JSON card, and the encoder's configuration and tokenizer.

Loading never unpickles; a checkpoint of another configuration is refused with the fields that differ.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from model.boundary.json_text import read_json
from model.boundary.output import Output
from model.config import ModelConfig
from model.data.schema import LabelSchema
from model.encoder.loading import encoder_from_folder
from model.errors import ModelError
from model.network.joint import JointModel
from model.thresholds.thresholds import ThresholdSet

CARD, WEIGHTS, ENCODER = "card.json", "model.safetensors", "encoder"
FORMAT = 2
"""Raised when a card or the weights change their meaning: 2 since distances are centred and spread."""

_SHAPING = ("type", "encoder", "pos", "pos_width", "meta_width", "nha")
"""Options that decide which weights there are; the others may differ between a checkpoint and who continues it."""

_PARTS = ("model", "labels", "thresholds", "metrics")
"""What a card cannot be without."""

_VERSIONS = ("trimtab", "torch", "transformers", "pytorch-lightning", "spacy", "numpy")


def save_checkpoint(
    folder: Path,
    model: JointModel,
    tokenizer: Any,
    *,
    thresholds: ThresholdSet,
    metrics: Mapping[str, float],
    data_hash: str,
    epoch: int,
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Writes a checkpoint; the card comes last, so that a folder with a card is whole.

    Args:
        folder: Made if it is not there.
        model: With the weights.
        tokenizer: Of its encoder.
        thresholds: That belong to the weights.
        metrics: Read with them.
        data_hash: Of the documents.
        epoch: Of the weights.
        origin: Where the documents came from (:func:`model.calibration.test_split_access.origin_of`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).unlink(missing_ok=True)
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / WEIGHTS)
    model.encoder.config.save_pretrained(folder / ENCODER)
    tokenizer.save_pretrained(folder / ENCODER)
    card = {
        "format": FORMAT,
        "model": model.config.to_dict(),
        "labels": model.schema.to_dict(),
        "thresholds": thresholds.to_dict(),
        "metrics": dict(metrics),
        "epoch": epoch,
        "data_hash": data_hash,
        "origin": dict(origin) if origin else None,
        "test_openings": [],
        "versions": versions(),
    }
    write_card(folder, card)


def checkpoint_output(folder: Path, *, replace: bool = False, inputs: Sequence[Path] = ()) -> Output:
    """A folder that a person names for a checkpoint; only one without other files can be replaced.

    Args:
        folder: Its place.
        replace: Whether to replace a checkpoint that is there.
        inputs: Files and folders that the checkpoint is made from.
    """
    own = (CARD, f"{CARD}.part", WEIGHTS, ENCODER)
    return Output(path=folder, refusal=ModelError, replace=replace, inputs=inputs, own=own)


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Writes a card whole or not at all: with half of one the checkpoint would be lost."""
    part = folder / f"{CARD}.part"
    part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(folder / CARD)


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a checkpoint.

    Raises:
        ModelError: If there is none or it is of another format.
    """
    path = folder / CARD
    try:
        card = read_json(path, refusal=ModelError)
    except ModelError as error:
        raise ModelError(
            f"{folder} must be a checkpoint folder with a readable {CARD}: {error.message}",
            "name the folder that train --out or a trial wrote",
        ) from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise ModelError(f"{path} must be a card of format {FORMAT}", "Was it written by another version?")
    absent = [part for part in _PARTS if not isinstance(card.get(part), dict)]
    if absent:
        raise ModelError(f"{path} must be a whole card; it lacks {', '.join(absent)}", "Was it edited?")
    return card


def load_checkpoint(folder: Path) -> tuple[JointModel, Any, dict[str, Any]]:
    """The network in evaluation mode, its tokenizer, and the card."""
    card = read_card(folder)
    config = ModelConfig.from_mapping(card["model"])
    encoder = encoder_from_folder(folder / ENCODER)
    model = JointModel(encoder.network, config, LabelSchema.from_dict(card["labels"]))
    _load(model, folder)
    return model.eval(), encoder.tokenizer, card


def initialize_from(folder: Path, model: JointModel) -> None:
    """Copies a checkpoint's weights into a network of the same configuration and label types.

    Raises:
        ModelError: If a field that shapes the network differs; the text names each.
    """
    card = read_card(folder)
    here = {**model.config.to_dict(), **model.schema.to_dict()}
    there = {**card["model"], **card["labels"]}
    differing = [
        f"{field}: {_short(there.get(field))} in the checkpoint, {_short(here[field])} here"
        for field in (*_SHAPING, "entity_types", "relation_types")
        if there.get(field) != here[field]
    ]
    if differing:
        raise ModelError(
            f"checkpoint {folder} must be of this configuration; it differs in {'; '.join(differing)}",
            "start a thread with the checkpoint's configuration, or leave the checkpoint out",
        )
    _load(model, folder)


def versions() -> dict[str, str]:
    """Versions of what made a checkpoint."""
    found = {}
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _load(model: JointModel, folder: Path) -> None:
    try:
        state = load_file(folder / WEIGHTS)
        with torch.no_grad():
            model.load_state_dict(state)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(f"{folder / WEIGHTS} must hold the weights its card describes: {error}") from error


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{len(value)} ({', '.join(map(str, value[:4]))}…)" if len(value) > 4 else ", ".join(map(str, value))
    return str(value)
