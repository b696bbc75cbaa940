"""The shared encoder: pieces in, one state a piece out, windows merged.

Legend: B rows, L cells a row, T pieces, H width.
"""

from collections.abc import Iterator
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from model.data.batch import Layout, TextBatch

_NUMBER_FROM_PADDING = ("roberta", "longformer", "xlm-roberta", "camembert")
"""These families number positions from the padding piece's id on."""


class Encoder(nn.Module):
    """A transformers model that reads a :class:`TextBatch`.

    Args:
        network: The model; its last hidden state is used.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._pretrained_dropout = {name: share for name, _, _, share in self._dropouts()}

    @property
    def config(self) -> Any:
        """The transformers configuration."""
        return self.network.config

    @property
    def width(self) -> int:
        """H."""
        return int(self.config.hidden_size)

    def set_dropout(self, share: float | None) -> None:
        """Sets the share of units dropped, in layers and attention; None for what the encoder was pretrained with."""
        for name, owner, attribute, _ in list(self._dropouts()):
            setattr(owner, attribute, self._pretrained_dropout[name] if share is None else share)

    def _dropouts(self) -> Iterator[tuple[str, nn.Module, str, float]]:
        """Where the library keeps its dropout: in layers, or (Longformer's attention) in a number of that name."""
        for name, module in self.network.named_modules():
            if isinstance(module, nn.Dropout):
                yield name, module, "p", module.p
            elif isinstance(getattr(module, "dropout", None), float):
                yield name, module, "dropout", module.dropout

    def forward(self, text: TextBatch) -> Float[Tensor, "T H"]:
        """States of all pieces of all documents, without padding."""
        if not text.pieces.numel():
            return next(self.network.parameters()).new_zeros((0, self.width))
        arguments: dict[str, Tensor] = {}
        if text.mask is not None:
            arguments["attention_mask"] = text.mask.long()
        if text.attends_globally is not None:
            arguments["global_attention_mask"] = text.attends_globally.long()
        states: Tensor = self.network(input_ids=text.pieces, **arguments).last_hidden_state
        states = states.reshape(-1, states.shape[-1])
        return states if text.cells is None else states.index_select(0, text.cells)


def layout_of(config: Any, overlap: int, global_pos: frozenset[int] = frozenset()) -> Layout:
    """How the encoder of a transformers configuration wants its rows.

    Args:
        config: The transformers configuration.
        overlap: Pieces shared by neighbouring windows.
        global_pos: POS classes whose pieces attend globally.
    """
    kind = getattr(config, "model_type", "")
    limit = getattr(config, "max_position_embeddings", None)
    # Relative positions (T5, DeBERTa without absolute ones) know no limit.
    pad = getattr(config, "pad_token_id", None) or 0
    lost = pad + 1 if kind in _NUMBER_FROM_PADDING else 0
    positions = limit - lost if limit and limit > 0 else 1 << 20
    return Layout(
        positions=positions,
        overlap=min(overlap, positions // 2),
        pad=pad,
        global_pos=global_pos,
    )


def is_longformer(config: Any) -> bool:
    """Whether the encoder has global attention."""
    return getattr(config, "model_type", "") == "longformer"
