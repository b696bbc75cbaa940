"""``tiny``: a two-layer encoder with random weights, for tests and dry runs; needs no network."""

import string
from pathlib import Path
from typing import Any

import torch

_SEED = 20_260
"""Any number: the weights must be the same on every machine, as a pretrained encoder's are."""


def tiny_encoder(vocabulary: Path | None) -> tuple[torch.nn.Module, Any]:
    """A network and its tokenizer.

    Args:
        vocabulary: Folder whose tokenizer to use; without one, words are spelled in characters.
    """
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    make_tokenizer: Any = PreTrainedTokenizerFast
    if vocabulary:
        tokenizer = make_tokenizer(tokenizer_file=str(vocabulary / "tokenizer.json"), unk_token="[UNK]")
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
    else:
        tokenizer = _spelling_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=512,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        return BertModel(config, add_pooling_layer=False), tokenizer


def _spelling_tokenizer() -> Any:
    """WordPiece over single characters: every word of printable ASCII has an encoding."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    characters = string.ascii_lowercase + string.digits + string.punctuation
    pieces = ["[PAD]", "[UNK]", *characters, *(f"##{c}" for c in characters)]
    tokenizer = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    make_tokenizer: Any = PreTrainedTokenizerFast
    return make_tokenizer(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]")
