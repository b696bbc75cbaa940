"""The review as rows and sentences: pure functions of the engine's records."""

from collections.abc import Mapping, Sequence

from engine import api
from tui.drawing.format import SEVERITY_SIGNS, value_text
from tui.drawing.proposals import effect_lines, proposal_text
from tui.drawing.scale import range_text
from tui.drawing.styled_lines import Line, fit_line, line, width_of, wrap
from tui.plots.sparkline import sparkline
from tui.widgets.columns import Row

SPARK = 8
"""Cells of a sparkline in the table."""

SHORT_KINDS = {
    "boundary": "at bound",
    "modality": "several optima",
    "irrelevant": "no effect",
    "importance": "importance",
    "concentration": "concentrated",
    "entropy": "converged",
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
        numbers={2: _listed(one.all_counts), 3: _listed(one.top_counts)},
    )


def _listed(counts: Sequence[int]) -> str:
    """Counts of a histogram's bins as an export writes them."""
    return " ".join(map(str, counts))


def note(one: api.DimensionReview, *, roomy: bool = True) -> Line:
    """Findings as sign and word, then the one recommended edit; where there is no room without its bounds."""
    if not one.active:
        return line(("not active in this sprint" if roomy else "not in this sprint", "muted"))
    spans: list[tuple[str, str]] = []
    for finding in one.findings:
        if finding.severity == "ok":
            continue
        sign = SEVERITY_SIGNS[finding.severity]
        spans.append((f"{sign.glyph} {SHORT_KINDS.get(finding.kind, finding.kind)} ", sign.ink))
    if one.recommended is not None:
        bounds = f" {proposal_text(one.recommended, one.current)}" if roomy else ""
        spans.append((f"→ {one.recommended.action}{bounds}", "top"))
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
    """The one recommendation, why, and what it would keep and exclude; `n_trials` as in `effect_lines`."""
    advice = one.advice
    if one.current.is_frozen:
        return [
            line(
                ("❄ frozen at ", "frozen"),
                (range_text(one.current).removeprefix("= ").removesuffix(" frozen"), "bold:frozen"),
                ("  f", "bold:accent"),
                (" unfreeze", "muted"),
            )
        ]
    if one.proposal is None:
        return wrap(advice.text or "No change proposed.", width, "muted")
    if not advice.recommended:
        possible = f"{one.proposal.action} to {proposal_text(one.proposal, one.current)}"
        return [
            *wrap(f"Keep. {advice.text}", width, "muted"),
            line(("space", "bold:accent"), (f" {possible} all the same", "muted")),
        ]
    what = line((f"{one.proposal.action} ", "bold:top"), (proposal_text(one.proposal, one.current), "top"))
    word = "recommended " if len("recommended ") + width_of(what) <= width else "→ "
    lines = [line((word, "muted"), *what), *wrap(one.proposal.reason, width, "muted")]
    if effect is not None:
        lines += effect_lines(effect, width, n_trials)
    return [*lines, line(("space", "bold:accent"), (" accept", "muted"))]


def notice_lines(review: api.Review, width: int, most: int) -> list[Line]:
    """What concerns the whole sprint, one line each; where there are more than ``most``, the key to all of them."""
    told = [(SEVERITY_SIGNS[one.severity], one.text, one.meaning) for one in review.notices]
    if review.caution and not any(meaning == review.caution for _, _, meaning in told):
        told.append((SEVERITY_SIGNS["info"], review.caution, ""))
    lines = []
    for sign, text, meaning in told:
        sentence = text if text.endswith(".") else f"{text}."
        both = f"{sentence} {meaning}" if len(sentence) + len(meaning) + 3 <= width else sentence
        if len(both) + 2 > width and meaning and len(meaning) + 2 <= width:
            both = meaning
        lines.append(
            fit_line(line((f"{sign.glyph} ", sign.ink), (both, "warning" if sign.ink == "warning" else "")), width)
        )
    if len(lines) > most > 0:
        more = line((f"… {len(lines) - most + 1} more about the sprint  ", "muted"), ("i", "bold:accent"))
        return [*lines[: most - 1], more]
    return lines


def card_lines(finding: api.Finding, width: int) -> list[Line]:
    """A finding as a plain-language card: what, evidence, what it may mean, what to do."""
    sign = SEVERITY_SIGNS[finding.severity]
    lines: list[Line] = [
        line((f"{sign.glyph} {sign.word}: {finding.kind}", f"bold:{sign.ink}")),
        *wrap(finding.text, width),
    ]
    for title, text in (("Meaning", finding.meaning), ("Action", finding.advice)):
        if text:
            lines += [(), line((title, "bold:text")), *wrap(text, width)]
    if finding.evidence:
        lines += [(), line(("Evidence", "bold:text"))]
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
