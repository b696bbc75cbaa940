"""The review as rows and sentences: pure functions of the engine's records."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine import api
from tui.drawing.format import SEVERITY_SIGNS, plural, value_text
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import Line, line, width_of, wrap
from tui.plots.sparkline import sparkline
from tui.widgets.columns import Row

SPARK = 8
"""Cells of a sparkline in the table."""

SHORT_KINDS = {
    "boundary": "edge",
    "modality": "several optima",
    "redundancy": "pair",
    "irrelevant": "no effect",
    "importance": "importance",
    "concentration": "concentrated",
    "entropy": "explored",
    "failing-region": "failures",
}
"""Findings in one or two words, for the table."""


def dimension_row(one: api.DimensionReview, *, roomy: bool = True) -> Row:
    """Name, range, both sparklines, findings as signs with a word, what is proposed; `roomy` as in `note`."""
    current = one.current
    changed = range_text(current) != range_text(one.dimension)
    if not one.active:
        ink = "muted"
    elif current.is_frozen:
        ink = "frozen"
    else:
        ink = ""
    name = ("❄ " if current.is_frozen else "± " if changed else "  ") + current.name
    range_cell = line((range_text(current), "bold:frozen" if current.is_frozen else "bold:text" if changed else ink))
    return Row(
        current.name,
        (
            line((name, ink)),
            range_cell,
            line((sparkline(one.all_counts, SPARK), "all")),
            line((sparkline(one.top_counts, SPARK), "top")),
            note(one, roomy=roomy),
        ),
        ink,
    )


def note(one: api.DimensionReview, *, roomy: bool = True) -> Line:
    """Findings as sign and word, then the proposal in a word; where there is no room without its bounds."""
    if not one.active:
        return line(("not active in this sprint" if roomy else "not in this sprint", "muted"))
    spans: list[tuple[str, str]] = []
    for finding in one.findings:
        if finding.severity == "ok":
            continue
        sign = SEVERITY_SIGNS[finding.severity]
        spans.append((f"{sign.glyph} {SHORT_KINDS.get(finding.kind, finding.kind)} ", sign.ink))
    if one.proposal is not None and not one.current.is_frozen:
        bounds = f" {proposal_text(one.proposal, one.current)}" if roomy else ""
        spans.append((f"→ {one.proposal.action}{bounds}", "muted"))
    return tuple(spans)


def proposed(proposal: api.Proposal, current: api.Dimension) -> api.Dimension | None:
    """The dimension a proposal would make; None where it makes none that can exist."""
    try:
        if proposal.action == "freeze":
            return replace(current, frozen=proposal.value)
        if proposal.action == "unfreeze":
            return replace(current, frozen=api.UNSET)
        if proposal.action == "choices":
            return replace(current, choices=tuple(proposal.choices or ()), frozen=api.UNSET)
        low, high = current.bounds
        return replace(
            current,
            low=low if proposal.low is None else proposal.low,
            high=high if proposal.high is None else proposal.high,
            frozen=api.UNSET,
        )
    except api.EngineError:
        return None


def proposal_text(proposal: api.Proposal, current: api.Dimension) -> str:
    """What a proposal would make of the range."""
    if proposal.action == "freeze":
        return f"at {current.text(proposal.value)}"
    made = proposed(proposal, current)
    return "" if made is None else range_text(made).removesuffix(" log")


def finding_lines(one: api.DimensionReview, width: int) -> list[Line]:
    """Findings of a dimension as sentences."""
    lines: list[Line] = []
    for finding in sorted(one.findings, key=lambda f: ("warning", "info", "ok").index(f.severity)):
        sign = SEVERITY_SIGNS[finding.severity]
        first, *rest = wrap(finding.text, width - 2) or [line("")]
        lines.append(line((f"{sign.glyph} ", sign.ink), *first))
        lines += [line("  ", *more) for more in rest]
    return lines


def proposal_lines(
    one: api.DimensionReview, effect: api.EditEffect | None, width: int, n_trials: int = 0
) -> list[Line]:
    """The proposal, why, and what it would keep and lose; `n_trials` as in `effect_lines`."""
    if one.current.is_frozen:
        return [
            line(
                ("❄ frozen at ", "frozen"),
                (range_text(one.current).removeprefix("= ").removesuffix(" frozen"), "bold:frozen"),
                ("  f unfreezes it", "muted"),
            )
        ]
    if one.proposal is None:
        return [line(("nothing to trim here", "muted"))]
    what = line((f"{one.proposal.action} ", "bold:top"), (proposal_text(one.proposal, one.current), "top"))
    word = "proposal " if len("proposal ") + width_of(what) <= width else "→ "
    lines = [line((word, "muted"), *what), *wrap(one.proposal.reason, width, "muted")]
    if effect is not None:
        lines += effect_lines(effect, width, n_trials)
    return [*lines, line(("space", "bold:accent"), (" accepts it", "muted"))]


def effect_lines(effect: api.EditEffect, width: int, n_trials: int = 0) -> list[Line]:
    """The diff before it is kept: what stays, what goes.

    Args:
        effect: As the engine says it.
        width: Cells.
        n_trials: Complete trials of the sprint; where more than the effect counts, the others lie outside already.
    """
    if effect.error:
        return wrap(f"✗ {effect.error}", width, "error")
    fewer = n_trials > effect.n_before
    text = f"keeps {effect.n_kept} of {effect.n_before} trials" + (" inside the space as it is now" if fewer else "")
    lines = wrap(text, width, "good" if not effect.loses else "warning")
    if effect.loses:
        lines += wrap(effect.loses + (" of these" if fewer else ""), width, "warning")
    elif effect.dropped:
        lines.append(line((f"drops {plural(len(effect.dropped), 'trial')}, none of the best", "muted")))
    return lines


def card_lines(finding: api.Finding, width: int) -> list[Line]:
    """A finding as a plain-language card: what, evidence, what it may mean, what to do."""
    sign = SEVERITY_SIGNS[finding.severity]
    lines: list[Line] = [
        line((f"{sign.glyph} {sign.word}: {finding.kind}", f"bold:{sign.ink}")),
        *wrap(finding.text, width),
    ]
    for title, text in (("what it may mean", finding.meaning), ("what you can do", finding.advice)):
        if text:
            lines += [(), line((title, "bold:text")), *wrap(text, width)]
    if finding.evidence:
        lines += [(), line(("evidence", "bold:text"))]
        for key, value in finding.evidence.items():
            lines += wrap(f"{key.replace('_', ' ')}: {evidence_text(value)}", width, "muted", indent="  ")
    return lines


def evidence_text(value: object) -> str:
    """A piece of evidence in few characters: ``lr 0.252, width 0.38`` for values by name, commas between several."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {evidence_text(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(evidence_text(one) for one in value)
    if value is None or isinstance(value, int | float | str):
        return value_text(value, 3)
    return str(value)


def failed_params(review: api.Review) -> list[Mapping[str, api.Value]]:
    """Parameters of the trials that failed."""
    return [trial.params for trial in review.trials if trial.state == api.TrialState.FAILED]


def failed_values(review: api.Review, name: str) -> list[api.Value]:
    """Values of one dimension in the trials that failed."""
    return [params[name] for params in failed_params(review) if name in params]


def best_value(one: api.DimensionReview) -> api.Value | api.Unset:
    """The value of the best trial; `UNSET` where none has one."""
    return one.top_values[0] if one.top_values else api.UNSET


def median_value(one: api.DimensionReview) -> api.Value | api.Unset:
    """The middle value of the top trials, on the dimension's own scale; the commonest category."""
    values = one.top_values
    if not values:
        return api.UNSET
    if one.dimension.kind == "categorical":
        counts = [one.top_counts[place] if place >= 0 else 0 for place in map(one.dimension.index, values)]
        return values[counts.index(max(counts))]
    ordered = sorted(api.as_number(value) for value in values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        median = ordered[middle]
    else:
        a, b = ordered[middle - 1], ordered[middle]
        median = math.sqrt(a) * math.sqrt(b) if one.dimension.log else a / 2 + b / 2
    return median if one.dimension.spacing is None else one.dimension.nearest(median)


def warnings_count(dimensions: Sequence[api.DimensionReview]) -> int:
    """How many dimensions carry a warning."""
    return sum(any(f.severity == "warning" for f in one.findings) for one in dimensions)
