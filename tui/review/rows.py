"""The review as rows and sentences: pure functions of the engine's records."""

from collections.abc import Mapping, Sequence

from engine import api
from tui.drawing.format import SEVERITY_SIGNS, value_text
from tui.drawing.proposals import effect_lines, proposal_text
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import Line, line, width_of, wrap
from tui.plots.sparkline import sparkline
from tui.widgets.columns import Row

SPARK = 8
"""Cells of a sparkline in the table."""

SHORT_KINDS = {
    "boundary": "edge",
    "modality": "several optima",
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


def warnings_count(dimensions: Sequence[api.DimensionReview]) -> int:
    """How many dimensions carry a warning."""
    return sum(any(f.severity == "warning" for f in one.findings) for one in dimensions)
