"""The seeded split into training and validation documents where no validation file is named."""

from collections.abc import Sequence

import numpy as np

from model.data.document import Document
from model.errors import ModelError


def split_documents(documents: Sequence[Document], share: float, seed: int) -> tuple[list[Document], list[Document]]:
    """Holds out a random share, at least one document; both sides keep the order of the file.

    Args:
        documents: At least two.
        share: Of the documents, held out for validation, between 0 and 1.
        seed: Fixes which.

    Returns:
        Training and validation documents.

    Raises:
        ModelError: If one side would be empty.
    """
    if not 0 < share < 1:
        raise ModelError(f"validation_share must lie between 0 and 1; given: {share}")
    n = len(documents)
    if n < 2:
        raise ModelError(f"a split into training and validation needs at least 2 documents; given: {n}")
    n_validation = min(max(1, round(share * n)), n - 1)
    held_out = set(np.random.default_rng(seed).permutation(n)[:n_validation].tolist())
    train = [document for i, document in enumerate(documents) if i not in held_out]
    return train, [document for i, document in enumerate(documents) if i in held_out]
