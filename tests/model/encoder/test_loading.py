from pathlib import Path

import pytest
import torch

from model.data.alignment import encode_documents
from model.data.document import Document
from model.encoder import loading
from model.encoder.encoder import Encoder, layout_of
from model.encoder.loading import load_encoder, minilm_folder
from model.encoder.longformer import save_encoder, stretch
from model.encoder.tiny import tiny_encoder
from model.errors import ModelError


def test_tiny_is_the_same_every_time() -> None:
    one, two = load_encoder("tiny").network.state_dict(), load_encoder("tiny").network.state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_tiny_needs_no_vocabulary() -> None:
    network, tokenizer = tiny_encoder(None)
    document = Document(title="", sentences=(("Zoë", "met", "Ann-42", "."),))
    (encoded,) = encode_documents([document], tokenizer)
    assert encoded.n_pieces > 10
    assert encoded.pieces.max() < network.config.vocab_size


def test_weights_that_are_not_those_of_the_hub_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "other_weights"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"anything else")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(loading, "MINILM_PACKAGE", "other_weights")
    minilm_folder.cache_clear()
    try:
        with pytest.raises(ModelError, match="must have the hash"):
            minilm_folder()
    finally:
        minilm_folder.cache_clear()


def test_an_encoder_that_is_not_there_says_what_to_give() -> None:
    with pytest.raises(ModelError, match="could not be loaded") as raised:
        load_encoder("./no-such-folder")
    assert "config.json" in raised.value.hint


def test_a_folder_beside_the_thread_file_is_found(tmp_path: Path) -> None:
    source = load_encoder("tiny")
    save_encoder(source.network, source.tokenizer, tmp_path / "mine", 512)
    found = load_encoder("mine", tmp_path)
    assert found.source == str(tmp_path / "mine")
    assert torch.equal(
        found.network.embeddings.word_embeddings.weight, source.network.embeddings.word_embeddings.weight
    )


def test_a_stretched_encoder_reads_short_documents_as_before_and_long_ones_at_all(tmp_path: Path) -> None:
    source = load_encoder("tiny")
    save_encoder(stretch(source, positions=1024, window=64), source.tokenizer, tmp_path / "long", 1024)
    long = load_encoder(str(tmp_path / "long"))
    assert layout_of(long.config, 64).positions == 1024
    pieces = torch.randint(2, 60, (1, 30), generator=torch.Generator().manual_seed(0))
    before = source.network.eval()(pieces).last_hidden_state
    torch.testing.assert_close(long.network.eval()(pieces).last_hidden_state, before, rtol=1e-4, atol=1e-5)
    assert long.network(pieces.repeat(1, 30)).last_hidden_state.shape == (1, 900, 64)


def test_only_bert_like_encoders_are_stretched_and_windows_are_even(tmp_path: Path) -> None:
    source = load_encoder("tiny")
    with pytest.raises(ModelError, match="even"):
        stretch(source, positions=1024, window=63)
    save_encoder(stretch(source, positions=1024, window=64), source.tokenizer, tmp_path, 1024)
    with pytest.raises(ModelError, match="longformer"):
        stretch(load_encoder(str(tmp_path)))


def test_dropout_of_layers_and_attention_is_set_and_restored() -> None:
    source = load_encoder("tiny")
    for network in (source.network, stretch(source, positions=640, window=32)):
        encoder = Encoder(network)
        pieces = torch.randint(2, 60, (1, 20), generator=torch.Generator().manual_seed(0))
        encoder.set_dropout(0.0)
        once, again = (network.train()(pieces).last_hidden_state for _ in range(2))
        assert torch.equal(once, again)
        encoder.set_dropout(None)
        assert {share for _, _, _, share in encoder._dropouts()} == {0.1}
