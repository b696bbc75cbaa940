"""Documents made ready for a network: pieces, layout, and parts of speech where it uses them."""

from collections.abc import Sequence
from typing import Any

from model.config import ModelConfig
from model.data.cache import encode_cached
from model.data.document import Document
from model.data.loaders import Documents
from model.data.pos import NOUNS, tag_documents
from model.encoder.encoder import is_longformer, layout_of
from model.runtime import cache_folder


def prepare_documents(
    documents: Sequence[Document], tokenizer: Any, encoder_config: Any, config: ModelConfig
) -> Documents:
    """Encodes (and tags) documents, from the cache where it has them.

    Args:
        documents: Any number of them.
        tokenizer: Of the encoder.
        encoder_config: The transformers configuration of the encoder.
        config: The model configuration.
    """
    folder = cache_folder()
    global_pos = NOUNS if config.pos and is_longformer(encoder_config) else frozenset()
    return Documents(
        encoded=encode_cached(documents, tokenizer, folder),
        layout=layout_of(encoder_config, config.window_overlap, global_pos),
        pos=tag_documents(documents, config.pos_pipeline, folder) if config.pos else None,
    )
