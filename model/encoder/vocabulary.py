"""An embedding table of which only the rows that the training documents hold are trained.

A piece that no training document holds gets no gradient; without weight decay (embeddings have none here) AdamW
leaves its row exactly as it was. So optimizer, clipping and gradients need not look at it: the result is the same
number for number, and of MiniLM's 30,522 rows a small corpus touches a few hundred.

Legend: V rows of the whole table, U rows trained, H width, n any shape.
"""

from typing import Any

import torch
from jaxtyping import Float, Int, Int64
from torch import Tensor, nn
from torch.nn import functional


class TrainedRows(nn.Embedding):
    """An embedding whose parameter is ``[U, H]``; in state dicts it looks like the whole table ``[V, H]``.

    In training it reads the parameter; otherwise the whole table, into which leaving training mode writes the trained
    rows.

    Args:
        embedding: Whose table to take.
    """

    table: Tensor
    rows: Tensor
    lookup: Tensor

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__(1, embedding.embedding_dim)
        self.num_embeddings = embedding.num_embeddings
        self.padding = embedding.padding_idx
        self.register_buffer("table", embedding.weight.detach().clone(), persistent=False)
        self.register_buffer("rows", torch.arange(embedding.num_embeddings), persistent=False)
        self.register_buffer("lookup", torch.arange(embedding.num_embeddings), persistent=False)
        self.weight = nn.Parameter(self.table.clone())
        self.train(embedding.training)

    def select(self, pieces: Int[Tensor, " T"]) -> None:
        """Chooses the rows to train (the padding row is always among them); the parameter is a new one afterwards."""
        self.write_back()
        padding = torch.tensor([] if self.padding is None else [self.padding], dtype=torch.long)
        rows = torch.unique(torch.cat((pieces.long().cpu(), padding)))
        self.rows = rows.to(self.table.device)
        self.lookup = torch.full((self.num_embeddings,), -1, device=self.table.device)
        self.lookup[self.rows] = torch.arange(len(rows), device=self.table.device)
        self.weight = nn.Parameter(self.table[self.rows])

    @torch.no_grad()
    def write_back(self) -> None:
        """Writes the trained rows into the whole table."""
        self.table[self.rows] = self.weight.detach()

    def train(self, mode: bool = True) -> "TrainedRows":
        """Switches the mode."""
        if not mode:
            self.write_back()
        return super().train(mode)

    def forward(self, input: Int64[Tensor, "*n"]) -> Float[Tensor, "*n H"]:  # noqa: A002 - torch's name
        """Rows of the pieces; in training they must be among those selected."""
        if not self.training:
            return functional.embedding(input, self.table)
        padding = None if self.padding is None else int(self.lookup[self.padding])
        return functional.embedding(self.lookup[input], self.weight, padding)

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        del keep_vars  # the whole table is no parameter
        whole = self.table.clone()
        whole[self.rows] = self.weight.detach()
        destination[f"{prefix}weight"] = whole

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        missing, errors = args[2], args[4]
        whole = state_dict.get(f"{prefix}weight")
        if whole is None:
            missing.append(f"{prefix}weight")
        elif whole.shape != self.table.shape:
            errors.append(f"{prefix}weight must be {tuple(self.table.shape)}, is {tuple(whole.shape)}")
        else:
            with torch.no_grad():
                self.table.copy_(whole)
                self.weight.copy_(self.table[self.rows])


def install_trained_rows(network: Any) -> None:
    """Replaces the word embedding of a transformers model, where it is a plain table."""
    embedding = network.get_input_embeddings() if hasattr(network, "get_input_embeddings") else None
    if type(embedding) is nn.Embedding:
        network.set_input_embeddings(TrainedRows(embedding))


def trained_rows(network: Any) -> TrainedRows | None:
    """The embedding that :func:`install_trained_rows` put in."""
    embedding = network.get_input_embeddings() if hasattr(network, "get_input_embeddings") else None
    return embedding if isinstance(embedding, TrainedRows) else None
