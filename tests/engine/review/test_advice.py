"""One recommendation for each hyperparameter, from findings that may point in opposite directions."""

from dataclasses import replace

import pytest

from engine.review.advice import NOISE, Advice, advise, settled, trim_caution
from engine.review.findings import Finding
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import Space

LR = Dimension(name="lr", kind="float", low=1e-4, high=1e-1, log=True, domain=(1e-6, 1.0))
SPACE = Space(dimensions=(LR, Dimension(name="wd", kind="float", low=0.0, high=1.0)))
TRIM = Proposal(action="narrow", dimension="lr", low=1e-3, high=1e-2, reason="Top-10 range")
WIDER = Proposal(action="widen", dimension="lr", low=1e-4, high=0.3, reason="4 at the bound")

BOUNDARY = Finding(
    kind="boundary", severity="warning", text="4 of the top 10 are at the upper bound of lr", dimension="lr",
    proposal=WIDER, advice="Widen the upper bound before narrowing.",
)  # fmt: skip
CONCENTRATED = Finding(
    kind="concentration", severity="info", text="The top keep to …", dimension="lr", advice="Narrow."
)
PAIR = Finding(kind="correlation", severity="warning", text="lr and wd …", dimensions=("lr", "wd"))
FAILING = Finding(
    kind="failing-region", severity="warning", text="9 of 9 failures have lr ≥ 0.05", dimension="lr",
    proposal=Proposal(action="narrow", dimension="lr", low=1e-4, high=0.05, reason="9 of 9 failures"),
)  # fmt: skip
IDLE = Finding(
    kind="irrelevant", severity="info", text="No dependence on lr", dimension="lr",
    proposal=Proposal(action="freeze", dimension="lr", value=1e-2, reason="no effect"),
)  # fmt: skip


def advised(*findings: Finding, space: Space = SPACE, trim: Proposal | None = TRIM, caution: str = "") -> Advice:
    return advise(LR, space, active=True, findings=findings, trim=trim, caution=caution)


def test_the_trimming_rule_is_recommended_where_nothing_speaks_against_it() -> None:
    advice = advised(CONCENTRATED)
    assert (advice.action, advice.recommended) == ("narrow", True)
    assert advice.text == "Narrow to 0.001 … 0.01."


def test_a_bound_is_widened_before_anything_is_narrowed_and_no_finding_says_otherwise() -> None:
    advice = advised(BOUNDARY, CONCENTRATED)
    assert (advice.action, advice.recommended) == ("widen", True)
    assert "Widen the upper bound from 0.1 to 0.3" in advice.text
    boundary, concentrated = settled((BOUNDARY, CONCENTRATED), advice)
    assert boundary.advice == BOUNDARY.advice
    assert concentrated.advice == ""


@pytest.mark.parametrize(
    ("findings", "caution", "why"),
    [((), NOISE, NOISE), ((PAIR,), "", "lr and wd move together")],
    ids=["noise", "pair"],
)
def test_a_cut_that_is_not_well_founded_stays_possible_and_is_not_recommended(
    findings: tuple[Finding, ...], caution: str, why: str
) -> None:
    advice = advised(*findings, caution=caution)
    assert (advice.action, advice.recommended) == ("keep", False)
    assert advice.proposal is not None
    assert why in advice.text


def test_where_trials_fail_is_cut_even_where_a_trim_would_fit_noise() -> None:
    advice = advised(FAILING, caution=NOISE)
    assert (advice.recommended, advice.proposal and advice.proposal.high) == (True, 0.05)


def test_without_effect_it_is_frozen_rather_than_narrowed() -> None:
    assert advised(IDLE).text == "Freeze at 0.01."


def test_a_range_that_a_person_edited_is_neither_recommended_against_nor_grown_back() -> None:
    narrowed, _ = edits.apply_proposal(SPACE, replace(TRIM, low=5e-3, high=5e-2))
    advice = advised(CONCENTRATED, space=narrowed)
    assert (advice.recommended, advice.edited) == (False, True)
    assert advice.proposal is not None
    assert (advice.proposal.low, advice.proposal.high) == (5e-3, 1e-2), "inside both ranges"
    widened, _ = edits.apply_proposal(SPACE, WIDER)
    assert advised(CONCENTRATED, space=widened).proposal is None, "a person's widening is not taken back"
    assert advised(BOUNDARY, space=widened).text.startswith("Widened since this sprint")


def test_few_trials_or_an_even_top_are_said_before_any_trim() -> None:
    even = Finding(kind="concentration", severity="info", text="The top look like the rest")
    assert trim_caution([even], 500, 2) == NOISE
    assert "19 complete trials for 2 free hyperparameters" in trim_caution([], 19, 2)
    assert trim_caution([], 20, 2) == ""


def test_what_is_frozen_inactive_or_gone_gets_no_recommendation() -> None:
    frozen, _ = edits.apply_proposal(SPACE, Proposal(action="freeze", dimension="lr", value=1e-3))
    assert advised(BOUNDARY, space=frozen).text == "Frozen at 0.001."
    assert advise(LR, SPACE, active=False, findings=(), trim=TRIM).proposal is None
    assert advise(LR, Space(dimensions=(SPACE["wd"],)), active=True, findings=(), trim=TRIM).proposal is None
