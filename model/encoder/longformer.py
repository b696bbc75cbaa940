"""Stretches a BERT-like encoder into a Longformer one (Beltagy et al. 2020, section 5): long documents in one pass.

Every layer keeps its weights; attention becomes a sliding window, global attention starts as a copy of the local one,
and the position table is tiled. A document shorter than half a window is read exactly as before.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from model.boundary.output import Output
from model.encoder.loading import Pretrained
from model.errors import ModelError

_COPIED = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "initializer_range",
    "layer_norm_eps",
    "vocab_size",
    "type_vocab_size",
    "pad_token_id",
)
"""Settings that both architectures share."""


def stretch(encoder: Pretrained, *, positions: int = 4096, window: int = 256) -> nn.Module:
    """A Longformer with the weights of a BERT- or RoBERTa-like encoder.

    Args:
        encoder: To stretch.
        positions: Pieces a document may have.
        window: Pieces each piece attends to, half of them on each side; even.

    Raises:
        ModelError: If the encoder is of another architecture or the window is odd.
    """
    from transformers import LongformerConfig, LongformerModel

    if window < 2 or window % 2:
        raise ModelError(f"the attention window must be even; given: {window}")
    source = encoder.config
    if source.model_type not in ("bert", "roberta"):
        raise ModelError(
            f"only BERT- or RoBERTa-like encoders can be stretched; {encoder.name} is {source.model_type}",
            "name another encoder",
        )
    first = source.pad_token_id + 1
    config = LongformerConfig(
        **{name: getattr(source, name) for name in _COPIED},
        attention_window=[window] * source.num_hidden_layers,
        # Longformer numbers positions from the padding piece's id on, as RoBERTa does.
        max_position_embeddings=positions + first,
    )
    network: Any = LongformerModel(config, add_pooling_layer=False)
    state = dict(encoder.network.state_dict())
    state = {name: value for name, value in state.items() if "position_ids" not in name and "pooler" not in name}
    trained = state["embeddings.position_embeddings.weight"][first if source.model_type == "roberta" else 0 :]
    table = trained.repeat(-(-positions // len(trained)), 1)[:positions]
    state["embeddings.position_embeddings.weight"] = torch.cat((torch.zeros(first, table.shape[1]), table))
    for name in list(state):
        for part in ("query", "key", "value"):
            if f".self.{part}." in name:
                state[name.replace(f".{part}.", f".{part}_global.")] = state[name].clone()
    missing, unexpected = network.load_state_dict(state, strict=False)
    missing = [name for name in missing if "position_ids" not in name]
    if missing or unexpected:
        raise ModelError(
            f"{encoder.name} does not fit Longformer: {len(missing)} weights missing ({', '.join(missing[:3])}), "
            f"{len(unexpected)} left over ({', '.join(unexpected[:3])})"
        )
    stretched: nn.Module = network.eval()
    return stretched


def save_encoder(network: Any, tokenizer: Any, folder: Path, positions: int) -> None:
    """Writes an encoder as a new folder that any option ``encoder: FOLDER`` accepts.

    Raises:
        ModelError: If the folder is there and holds something, or cannot be written.
    """
    with encoder_output(folder).folder() as part:
        network.save_pretrained(part)
        tokenizer.model_max_length = positions
        tokenizer.save_pretrained(part)


def encoder_output(folder: Path) -> Output:
    """A folder that a person names for an encoder."""
    return Output(path=folder, refusal=ModelError, hint="name another")
