"""The one adviser: of everything that speaks of a hyperparameter, the one action that follows.

Findings say what a sprint showed; the trimming rule says where its top trials lie. Both may point at the same range in
opposite directions. Here each hyperparameter gets one `Advice`, computed against the working space, in this order:

1. a bound that the optimum may lie beyond is widened, and nothing is narrowed before that;
2. a part where trials fail is cut;
3. a hyperparameter without effect is frozen;
4. otherwise the trimming rule's range.

What is not well founded stays possible but is not recommended, and says why: a range that was edited since the sprint,
a cut that would fit noise, a pair that moves together, a range that was hardly tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.errors import EngineError
from engine.review.findings import Finding
from engine.space import edits
from engine.space.dimension import Dimension
from engine.space.proposal import Proposal
from engine.space.space import Space, describe_range
from engine.values import UNSET, Unset, same_value

TRIALS_TO_TRIM = 10
"""Complete trials a free hyperparameter from which a trim is recommended: below that it mostly follows chance."""

NOISE = "Top trials look like the rest; narrowing now would fit noise."
"""Why nothing is recommended where the top cannot be told from the other trials."""

Action = Literal["widen", "narrow", "freeze", "choices", "keep"]
"""What to do; ``keep`` leaves the range as it is."""

_LEADS: dict[str, tuple[str, ...]] = {
    "boundary": ("widen",),
    "failing-region": ("narrow", "choices", "freeze"),
    "concentration": ("narrow", "choices"),
    "irrelevant": ("freeze",),
}
"""Which actions the advice of a kind of finding goes with; the advice of other kinds moves no bound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """What to do about one hyperparameter now.

    Attributes:
        action: What is recommended; ``keep`` where nothing is.
        text: The recommendation in one sentence, or why there is none.
        proposal: The edit of the working space: the recommended one, else one that stays possible; None for none.
        recommended: Whether the edit is recommended; where not it is offered, never marked.
        edited: The working range differs from the one that the sprint searched.
    """

    action: Action = "keep"
    text: str = ""
    proposal: Proposal | None = None
    recommended: bool = False
    edited: bool = False


def trim_caution(findings: Iterable[Finding], n_trials: int, n_free: int) -> str:
    """Why no trim of a sprint is recommended at all; empty where trims are.

    Args:
        findings: Of the sprint.
        n_trials: Complete trials with a finite score.
        n_free: Free, active hyperparameters.
    """
    if any(one.kind == "concentration" and one.dimension is None for one in findings):
        return NOISE
    if n_free and n_trials < TRIALS_TO_TRIM * n_free:
        each = f"{n_trials} complete trials for {n_free} free hyperparameter{'' if n_free == 1 else 's'}"
        return f"{each} is few: below {TRIALS_TO_TRIM} each, a trim may fit noise."
    return ""


def advise(
    searched: Dimension,
    space: Space,
    *,
    active: bool,
    findings: Sequence[Finding],
    trim: Proposal | None,
    caution: str = "",
) -> Advice:
    """The one recommendation for a hyperparameter.

    Args:
        searched: As the sprint searched it.
        space: The working space.
        active: It mattered in the sprint.
        findings: What concerns it, pairs included.
        trim: What the trimming rule makes of the sprint's trials.
        caution: Why no trim of the sprint is recommended; empty where trims are.
    """
    if (nothing := _settled(space, searched, active)) is not None:
        return nothing
    now = space[searched.name]
    edited = _ranges(now) != _ranges(searched)
    warned = [f for f in findings if f.kind == "boundary" and f.severity == "warning" and f.proposal is not None]
    if warned:
        return _widening(space, now, warned, edited=edited)
    cut = _cut(findings, trim, caution)
    made = None if cut is None else _against(space, searched, now, cut[0], edited=edited)
    since = f"Edited since this sprint: {describe_range(searched)} → {describe_range(now)}."
    if cut is None or made is None:
        return Advice(text=since if edited else "No change proposed.", edited=edited)
    reason = since if edited else cut[1]
    if reason:
        return Advice(text=reason, proposal=made, edited=edited)
    return Advice(action=_action(made), text=sentence(now, made), proposal=made, recommended=True)


def settled(findings: Sequence[Finding], advice: Advice) -> tuple[Finding, ...]:
    """The findings, without what they advise where it is not what is recommended: nothing contradicts the advice."""
    return tuple(
        replace(one, advice="")
        if one.advice and one.kind in _LEADS and _bounds_moved(one) and advice.action not in _LEADS[one.kind]
        else one
        for one in findings
    )


def sentence(now: Dimension, proposal: Proposal) -> str:
    """An edit as an imperative sentence, ``Narrow to 1e-4 … 1e-3.``, against the range of now."""
    if proposal.action == "freeze":
        return f"Freeze at {now.text(proposal.value)}."
    if proposal.action == "choices":
        return f"Keep {' | '.join(now.text(choice) for choice in proposal.choices or ())}."
    low, high = (bound if given is None else given for given, bound in _pairs(proposal, now))
    if proposal.action == "widen":
        moved = [
            f"the {word} bound from {now.text(old)} to {now.text(new)}"
            for word, old, new in (("lower", now.bounds[0], low), ("upper", now.bounds[1], high))
            if old != new
        ]
        return f"Widen {' and '.join(moved)} before narrowing."
    return f"Narrow to {now.text(low, 3)} … {now.text(high, 3)}."


def _widening(space: Space, now: Dimension, warned: Sequence[Finding], *, edited: bool) -> Advice:
    proposals = [one.proposal for one in warned if one.proposal is not None]
    low = min([now.bounds[0], *(p.low for p in proposals if p.low is not None)])
    high = max([now.bounds[1], *(p.high for p in proposals if p.high is not None)])
    if (low, high) == now.bounds:
        return Advice(text=f"Widened since this sprint: {describe_range(now)}.", edited=edited)
    reason = "; ".join(one.text for one in warned)
    wanted = Proposal(action="widen", dimension=now.name, low=low, high=high, reason=reason)
    made = _applied(space, wanted)
    if made is None:
        return Advice(text="No change proposed.", edited=edited)
    if edited:
        text = f"Edited since this sprint; the optimum may lie outside {describe_range(now)}."
        return Advice(text=text, proposal=made, edited=True)
    return Advice(action="widen", text=sentence(now, made), proposal=made, recommended=True)


def _cut(findings: Sequence[Finding], trim: Proposal | None, caution: str) -> tuple[Proposal, str] | None:
    """The edit that makes the space smaller, and why it is not recommended; empty where it is."""
    failing = next((f.proposal for f in findings if f.kind == "failing-region" and f.proposal is not None), None)
    idle = next((f.proposal for f in findings if f.kind == "irrelevant" and f.proposal is not None), None)
    doubt = caution or _doubt(findings)
    if failing is not None and (doubt or trim is None or not _inside(trim, failing)):
        return failing, ""
    chosen = idle or trim
    return None if chosen is None else (chosen, doubt)


def _doubt(findings: Sequence[Finding]) -> str:
    """Why a trim of this hyperparameter alone would mislead."""
    for one in findings:
        if one.kind == "correlation" and one.severity == "warning":
            names = " and ".join(one.dimensions)
            return f"{names} move together; narrowing each by its own range would cut good pairs."
        if one.kind == "entropy" and one.severity == "warning":
            return f"{one.text}; add random trials before narrowing."
    return ""


def _against(space: Space, searched: Dimension, now: Dimension, wanted: Proposal, *, edited: bool) -> Proposal | None:
    """The proposal as an edit of the working space; None where it would change nothing or undo what a person did."""
    if edited and wanted.action == "choices":
        kept = tuple(c for c in now.choices if any(same_value(c, other) for other in wanted.choices or ()))
        grown = any(not any(same_value(c, other) for other in searched.choices) for c in now.choices)
        if grown or not kept:
            return None
        wanted = replace(wanted, choices=kept)
    elif edited and wanted.action in ("narrow", "widen"):
        (low, high), (old_low, old_high) = now.bounds, searched.bounds
        if low < old_low or high > old_high:
            return None
        new_low = low if wanted.low is None else max(wanted.low, low)
        new_high = high if wanted.high is None else min(wanted.high, high)
        if new_low >= new_high:
            return None
        wanted = replace(wanted, low=new_low, high=new_high)
    return _applied(space, wanted)


def _applied(space: Space, wanted: Proposal) -> Proposal | None:
    """The proposal with the verb of what it does now; None where it does nothing or cannot be done."""
    try:
        _, edit = edits.apply_proposal(space, wanted)
    except EngineError:
        return None
    verb: Literal["narrow", "widen"] = "widen" if edit.action == "widen" else "narrow"
    return replace(wanted, action=verb) if wanted.action in ("narrow", "widen") else wanted


def _action(proposal: Proposal) -> Action:
    return "keep" if proposal.action == "unfreeze" else proposal.action


def _bounds_moved(finding: Finding) -> bool:
    """Whether the finding's advice is to move a bound: a boundary that is only crowded asks for more trials."""
    return finding.kind != "boundary" or finding.proposal is not None


def _inside(inner: Proposal, outer: Proposal) -> bool:
    if inner.low is None or inner.high is None or outer.low is None or outer.high is None:
        return False
    return outer.low <= inner.low and inner.high <= outer.high


def _pairs(proposal: Proposal, now: Dimension) -> tuple[tuple[float | None, float], tuple[float | None, float]]:
    return (proposal.low, now.bounds[0]), (proposal.high, now.bounds[1])


def _settled(space: Space, searched: Dimension, active: bool) -> Advice | None:
    """What leaves nothing to advise; None where something may be."""
    if searched.name not in space.names:
        return Advice(text="No longer in the working space.")
    now = space[searched.name]
    if not isinstance(now.frozen, Unset):
        return Advice(text=f"Frozen at {now.text(now.frozen)}.", edited=not searched.is_frozen)
    return None if active else Advice(text="Not active in this sprint.")


def _ranges(dimension: Dimension) -> Dimension:
    """What is compared to tell whether a range was edited: not the value it was frozen at, nor notes."""
    unset: Unset = UNSET
    return replace(dimension, frozen=unset, note="")
