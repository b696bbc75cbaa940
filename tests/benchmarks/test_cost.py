import numpy as np
import pytest
import torch
from cost_bench import spread
from cost_data import join_documents
from cost_meter import WARM_UP, Costs, Meter

from model.data.alignment import EncodedDocument
from model.data.atlas import generate
from model.data.batch import Layout
from model.data.corpus_check import check_corpus
from model.data.loaders import Documents, TrainingBatches
from model.data.sampling import DocumentSample, DocumentSampler
from model.data.schema import LabelSchema


def test_a_total_is_the_sum_of_each_documents_median_so_that_one_disturbed_repeat_counts_for_nothing() -> None:
    costs = Costs()
    for document, times in enumerate([(1.0, 50.0, 2.0), (4.0, 3.0, 90.0)]):
        for seconds in times:
            costs.add("ours", document, (seconds, 2 * seconds))
            costs.add("encoder", document, (1.5, 1.0))
    costs.add("ours", -1, (0.5, 0.5))
    assert costs.total("ours") == 2.0 + 4.0 + 0.5
    assert costs.total("ours", clock=1) == 4.0 + 8.0 + 0.5
    assert costs.ratio("ours", "encoder") == pytest.approx(6.5 / 3.0)
    assert costs.n_documents("ours") == 2


def test_the_meter_runs_the_encoder_on_the_document_that_was_just_trained_on() -> None:
    seen: list[int] = []
    meter = Meter([0, 1, 2, 3, 4], [5], stepping={"encoder": seen.append}, reading={}, seed=3)  # type: ignore[list-item]
    for epoch in range(1, WARM_UP + 2):
        for _ in range(5):
            meter.progress(epoch, 0.0, "training")
        meter.report(epoch, 0.0, {})
    expected = [np.random.default_rng((3, epoch)).permutation(5).tolist() for epoch in range(WARM_UP + 1)]
    assert seen == [number for order in expected for number in order]
    assert sorted(d for _, d in meter.costs["training"].rows) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_order_the_meter_expects_is_the_order_of_training() -> None:
    class DrawnError(Exception):
        pass

    class Recording(DocumentSampler):
        def sample(self, index: int, epoch: int) -> DocumentSample:
            raise DrawnError(index)

    documents = generate(6)
    empty = np.zeros(0, dtype=np.int32)
    encoded = [
        EncodedDocument(document=d, pieces=empty, word_starts=np.zeros(d.n_words + 1, dtype=np.int32))
        for d in documents
    ]
    sampler = Recording(documents, LabelSchema.from_documents(documents), seed=3)
    batches = TrainingBatches(
        Documents(encoded=encoded, layout=Layout(positions=512)), sampler, batch_size=1, seed=3, epoch=lambda: 2
    )
    with pytest.raises(DrawnError, match=str(np.random.default_rng((3, 2)).permutation(6)[0])):
        next(iter(batches))


def test_joined_documents_keep_all_their_annotation() -> None:
    parts = generate(3)
    joined = join_documents(parts)
    assert joined.words == sum((d.words for d in parts), ())
    said = [(" ".join(d.words[m.start : m.end]), e.type) for d in parts for e in d.entities for m in e.mentions]
    assert [(" ".join(joined.words[m.start : m.end]), e.type) for e in joined.entities for m in e.mentions] == said
    assert len(joined.relations) == sum(len(d.relations) for d in parts)
    starts = joined.sentence_starts
    assert all(starts[m.sentence] <= m.start < starts[m.sentence + 1] for e in joined.entities for m in e.mentions)
    assert check_corpus([("joined", [joined])]).sides[0].n_entities == sum(len(d.entities) for d in parts)


def test_a_sample_of_documents_is_spread_over_all_of_them() -> None:
    assert spread(10, 5) == [0, 2, 4, 6, 8]
    assert spread(3, 5) == [0, 1, 2]
    assert torch.tensor(spread(500, 40)).diff().unique().tolist() == [12, 13]
