import numpy as np
import pytest

from model.thresholds.epoch import tune_epoch
from model.thresholds.evaluator import CachedEvaluator, SubsetEvaluator
from model.thresholds.policy import PRESETS, Policy, Rule
from model.thresholds.scores_at import read
from model.thresholds.thresholds import ThresholdSet

HALF = ThresholdSet(mention=0.5, coref=0.5, relation=0.5)


def test_a_cache_computes_each_combination_once_and_forgets_the_longest_unused(synthetic):
    cached = CachedEvaluator(synthetic(0), capacity=2)
    for mention in (0.4, 0.5, 0.4, 0.6, 0.4, 0.5):
        cached.relation_candidates(mention, 0.5)
    assert (cached.n_asked, cached.n_computed) == (6, 4)
    assert cached.mention_scores() is cached.mention_scores()


def test_a_reading_holds_every_recorded_task_and_class(synthetic):
    evaluator = synthetic(1)
    reading = read(evaluator, HALF)
    assert set(reading.tasks) == {"mention", "coref", "rel", "rel_nec"}
    assert reading.tasks["rel"].hits > reading.tasks["rel_nec"].hits, "entity types are wrong now and then"
    assert reading.tasks["rel"].predicted == reading.tasks["rel_nec"].predicted
    assert sum(c.hits for c in reading.classes) == reading.tasks["rel_nec"].hits
    assert reading.f1 == evaluator.relation_candidates(0.5, 0.5).f1_at(0.5)
    assert reading.macro_f1 == pytest.approx(np.mean([c.f1 for c in reading.classes]))
    assert reading.to_dict()["tasks"]["rel_nec"]["f1"] == reading.f1


def test_a_subset_reads_only_its_documents(synthetic):
    evaluator = synthetic(1)
    part = np.zeros(evaluator.n_documents, dtype=bool)
    part[:5] = True
    one, other = (read(SubsetEvaluator(evaluator, p), HALF) for p in (part, ~part))
    whole = read(evaluator, HALF)
    for task, counts in whole.tasks.items():
        assert one.tasks[task].hits + other.tasks[task].hits == counts.hits
        assert one.tasks[task].gold + other.tasks[task].gold == counts.gold


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("epoch", [1, 12])
def test_every_preset_tunes_an_epoch_and_reports_the_f1_of_what_it_chose(synthetic, name, epoch):
    evaluator = synthetic(4)
    tuned = tune_epoch(PRESETS[name], epoch, HALF, evaluator)
    assert tuned.f1 == read(evaluator, tuned.thresholds).f1
    assert tuned.f1 >= tuned.step.f1_before
    assert (tuned.cut is not None) == PRESETS[name].plan(epoch).scut
    if tuned.cut is not None:
        # A later ±δ may move coreference and relation, never what SCut just set.
        assert tuned.thresholds.mention == tuned.cut.threshold
    if name == "fixed":
        assert tuned.thresholds == HALF
    if name == "algorithm-2":
        assert tuned.f1 > read(evaluator, HALF.replace(mention=tuned.cut.threshold)).f1


def test_scut_obeys_the_early_bound_of_the_policy_in_early_epochs_only(synthetic):
    evaluator = synthetic(4)
    policy = Policy(mention=(Rule(method="scut"),), beta=4.0, early_lowest=0.9, early_epochs=2)
    early, late = (tune_epoch(policy, epoch, HALF, evaluator).thresholds.mention for epoch in (2, 3))
    assert early >= np.float32(0.9) > late
