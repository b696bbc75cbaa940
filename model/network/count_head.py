"""How many: predicted numbers of mentions and relations, for "N highest activations" (paper §2.3; Fallah et al. 2022).

The count heads read what the network computes anyway and send no gradient back: a network trained with them has the
same weights elsewhere as one trained without, so that top-k and thresholds can be compared on one checkpoint.

Legend: B documents, W words, P entity pairs, H width, R relation types.
"""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

HIDDEN = 64
"""Units between input and count: the inputs say most of it already."""

_MENTIONS_A_WORD = 0.1
"""Where the density starts; Re-DocRED has 0.13 mentions a word, most corpora fewer."""


class MentionCount(nn.Module):
    """Mentions of a document: the sum over its words of a density, softplus(Linear → ReLU → Linear).

    Args:
        width: H.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, HIDDEN)
        self.output = nn.Linear(HIDDEN, 1)
        self.start()

    def start(self) -> None:
        """Draws new weights; the density starts near :data:`_MENTIONS_A_WORD`."""
        _draw(self)
        nn.init.constant_(self.output.bias, math.log(math.expm1(_MENTIONS_A_WORD)))

    def forward(self, words: Float[Tensor, "W H"], document: Int64[Tensor, " W"], n_documents: int) -> Tensor:
        """Counts ``[B]``, above 0.

        Args:
            words: States.
            document: Which document a word belongs to.
            n_documents: B.
        """
        density = functional.softplus(self.output(torch.relu(self.hidden(words.detach().float())))).squeeze(1)
        return density.new_zeros(n_documents).index_add(0, document, density)


class RelationCount(nn.Module):
    """Relations of an entity pair, from the scores of all relation types: their sum, corrected.

    Reading scores and not states, it serves every relation head (a score-based meta-labeler: Tang et al. 2009).

    Args:
        n_relation_types: R.
    """

    def __init__(self, n_relation_types: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_relation_types, HIDDEN)
        self.output = nn.Linear(HIDDEN, 1)
        self.start()

    def start(self) -> None:
        """Draws new weights; it starts as the plain sum of scores, the expected number if they are calibrated."""
        _draw(self)
        nn.init.zeros_(self.output.weight)

    def forward(self, scores: Float[Tensor, "P R"]) -> Float[Tensor, " P"]:
        """Counts; may be below 0.

        Args:
            scores: 0..1.
        """
        given = scores.detach().float()
        count: Tensor = given.sum(dim=1) + self.output(torch.relu(self.hidden(given))).squeeze(1)
        return count


def count_loss(predicted: Float[Tensor, " n"], true: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """Mean absolute error; 0 without instances."""
    return (predicted - true).abs().sum() / max(1, len(true))


def _draw(module: nn.Module) -> None:
    for layer in module.children():
        if isinstance(layer, nn.Linear):
            # Scores are small numbers: BERT's narrow weights would let a count move only slowly.
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
