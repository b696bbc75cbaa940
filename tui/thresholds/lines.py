"""What a trial's thresholds did, in words, grids and plots: pure functions."""

import math
from collections.abc import Sequence

from engine import api
from tui.drawing.format import number, plural
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import Line, fit, line, wrap
from tui.plots.curve import Series, draw_curves, upright
from tui.plots.cut_curve import BEST, IN_FORCE, INKS, LOWEST, MARKS, draw_cut_curve

NAMES = ("mention", "coref", "relation")
SAME = 1e-9

LABEL, CELL = 7, 6
"""Cells of a row's label and of one F1 in the grid: three blocks of three fit into 80 columns."""


def scut_lines(curve: api.CutCurve | None, width: int, height: int) -> list[Line]:
    """SCut's curve with what it means."""
    if curve is None:
        return [
            line((" SCut", "bold:text")),
            *wrap("This model is given gold mentions, so there is no mention threshold.", width, "muted", " "),
        ]
    words = [row for text in scut_words(curve) for row in wrap(text, max(width - 2, 20), "", "  ")]
    legend: list[tuple[str, str]] = [(" ", "")]
    for i, beta in enumerate(curve.betas):
        legend += [(f"{MARKS[i % len(MARKS)]} F{beta:g}  ", INKS[i % len(INKS)])]
    legend += [(f"{IN_FORCE} in force  ", "warning"), (f"{BEST} best F{curve.beta:g}  ", "top")]
    legend += [(f"{LOWEST} lowest", "muted")]
    head = [(" SCut  ", "bold:text"), ("the mention threshold, over all candidate spans", "muted")]
    top = [tuple(head), *[((" ", ""), *row) for row in words], tuple(legend)]
    return [*top, *draw_cut_curve(curve, width=width, height=max(height - len(top), 4))]


def scut_words(curve: api.CutCurve) -> list[str]:
    """The curve in sentences."""
    best = next((one for one in curve.best if one.beta == curve.beta), None)
    here = _value_at(curve, curve.in_force)
    words = []
    if best is not None:
        found = f"F{curve.beta:g} {best.f:.1f} (keeps {best.kept} spans, {best.right} of {curve.n_gold} gold)"
        stands = f"in force {number(curve.in_force, 3)}: F{curve.beta:g} {here:.1f}"
        if abs(best.threshold - curve.in_force) < 1e-5:
            words.append(f"in force {number(curve.in_force, 3)}, the best: {found}")
        else:
            would = "chosen by SCut before hill climbing" if curve.used else "unchanged; SCut would choose"
            words.append(f"{stands}; {would} {number(best.threshold, 3)}: {found}")
    others = [f"F{one.beta:g} at {number(one.threshold, 3)}" for one in curve.best if one.beta != curve.beta]
    if others:
        words.append("higher F-beta favour recall: " + ", ".join(others))
    if curve.discard is None:
        words.append("No gold mention is among the candidates, so no threshold helps.")
    elif curve.lowest > curve.discard:
        words.append(f"SCut stops at {number(curve.lowest, 2)}: below it too many spans pass and few are mentions")
    else:
        words.append(f"below {number(curve.discard, 2)} there is no gold mention: candidates are discarded")
    return words


def climb_lines(trace: api.ThresholdTrace, step: int | None, width: int, height: int) -> list[Line]:
    """The hill climb: the rounds of one epoch in words, its combinations as a grid, all rounds as a plot.

    Args:
        trace: All rounds.
        step: The epoch looked at; None for the last round's.
        width: In cells.
        height: In rows.
    """
    if not trace.rounds:
        return [
            line((" hill climb", "bold:text")),
            *wrap(
                "No threshold changed in this trial: `thresholds: fixed` without calibration epochs keeps them.",
                width - 1,
                "muted",
                " ",
            ),
        ]
    chosen = [one for one in trace.rounds if one.step == step]
    top = [((" ", ""), *row) for text in round_words(chosen, step) for row in wrap(text, max(width - 2, 20), "", "  ")]
    grid = grid_lines(chosen[-1], width) if len(chosen) == 1 else []
    if len(top) + len(grid) + 6 > height:
        grid = []
    head = line((" hill climb  ", "bold:text"), (f"{plural(trace.n_rounds, 'round')}; j k choose the epoch", "muted"))
    legend = line((" · tried  ", "all"), ("○ current  ", "text"), ("◆ went to  ", "top"), ("│ this epoch", "warning"))
    lines = [head, *top, *grid, legend]
    return [*lines, *_climb_plot(trace.rounds, step, width, max(height - len(lines), 4))]


def round_words(rounds: Sequence[api.ClimbRound], step: int | None) -> list[str]:
    """What the rounds of an epoch did."""
    if not rounds:
        return [f"epoch {step}: no threshold was tried" if step is not None else "No epoch selected"]
    first, last = rounds[0], rounds[-1]
    n_tried = sum(len(one.tried) for one in rounds)
    kind = "calibration" if last.phase == "calibration" else "training"
    words = []
    if len(rounds) > 1:
        words.append(f"epoch {step}, {kind}: {plural(n_tried, 'point')} looked at in {plural(len(rounds), 'round')}")
    elif n_tried > 1:
        words.append(f"epoch {step}, {kind}: {n_tried} combinations of {last.what or 'thresholds'}")
    else:
        words.append(f"epoch {step}, {kind}: only SCut changed")
    if first.scut is not None:
        words.append(f"SCut set mention to {number(first.scut, 3)}")
    gain = last.f1_after - first.f1_before
    moves = " · ".join(
        f"{name} {_move(before, after)}" for name, before, after in zip(NAMES, first.before, last.after, strict=True)
    )
    if gain > 0:
        words.append(f"{moves}: F1 {first.f1_before:.2f} → {last.f1_after:.2f} (+{gain:.2f})")
    else:
        tried = [one[3] for round_ in rounds for one in round_.tried[1:] if math.isfinite(one[3])]
        beside = f", best neighbour {max(tried):.2f}" if tried else ""
        words.append(f"{moves}: no neighbour was better than the current F1 {first.f1_before:.2f}{beside}")
    return words


def grid_lines(one: api.ClimbRound, width: int) -> list[Line]:
    """F1 of every combination, a block for each relation value: rows mention, columns coreference.

    The current one stands in parentheses, the one gone to between ``>`` and ``<``.
    """
    if len(one.tried) < 3:
        return []
    mentions, corefs, relations = (sorted({round(row[i], 6) for row in one.tried}) for i in range(3))
    if len(relations) > 3:
        return []  # exact relation thresholds: as many values as combinations
    values = {tuple(round(x, 6) for x in row[:3]): row[3] for row in one.tried}
    before, after = (tuple(round(x, 6) for x in point) for point in (one.before, one.after))
    block = LABEL + CELL * len(corefs)
    shown = relations[: max((width - 1) // block, 1)]
    # Where not all blocks fit, those of the current and of the new relation value are the ones to see.
    if len(shown) < len(relations):
        wanted = [r for r in relations if r in (before[2], after[2])]
        shown = wanted[: max((width - 1) // block, 1)] or shown
    lines: list[Line] = [line(" ", *((fit(f"relation {number(r, 3)}", block), "muted") for r in shown))]
    lines.append(
        line(
            " ",
            *(
                (fit(fit("m \\ c", LABEL) + "".join(f"{number(c, 3):^{CELL}}" for c in corefs), block), "muted")
                for _ in shown
            ),
        )
    )
    for m in mentions:
        cells: list[tuple[str, str]] = [(" ", "")]
        for r in shown:
            cells.append((fit(number(m, 3), LABEL), "muted"))
            cells += [_cell((m, c, r), values, before, after) for c in corefs]
        lines.append(tuple(cells))
    return lines


def class_threshold_lines(trace: api.ThresholdTrace) -> list[Line]:
    """Relation types at their thresholds."""
    if not trace.classes:
        return [line((" relation types", "bold:text")), line((" no relation annotated or predicted", "muted"))]
    name_width = min(max(len(one.name) for one in trace.classes) + 1, 28)
    own = len({round(one.threshold, 6) for one in trace.classes}) > 1
    head = "each type has its own threshold" if own else "one threshold for all types"
    lines = [
        line((" relation types  ", "bold:text"), (head, "muted")),
        line((f" {fit('TYPE', name_width)}THRESHOLD   GOLD PREDICTED  RIGHT      F1", "muted")),
    ]
    for one in trace.classes:
        counts = f"{one.threshold:>9.3f} {one.gold:>6} {one.predicted:>9} {one.right:>6}"
        lines.append(
            line(f" {fit(one.name, name_width)}", (counts, ""), (f"{one.f1:>8.1f}", "top" if one.f1 else "muted"))
        )
    return lines


def _climb_plot(rounds: Sequence[api.ClimbRound], step: int | None, width: int, height: int) -> list[Line]:
    tried = [(float(one.step), row[3]) for one in rounds for row in one.tried if math.isfinite(row[3])]
    current = tuple((float(one.step), one.f1_before) for one in rounds)
    reached = tuple((float(one.step), one.f1_after) for one in rounds)
    series = [
        Series(points=tuple(tried), mark="·", ink="all"),
        Series(points=current, mark="○", ink="text"),
        Series(points=reached, mark="◆", ink="top", joined=True),
    ]
    values = [y for one in series for _, y in one.points if math.isfinite(y)]
    # The first epochs find nothing; drawn to scale they would press everything of interest into one row.
    best = max((one.f1_after for one in rounds if math.isfinite(one.f1_after)), default=0.0)
    good = [one for one in rounds if one.f1_after >= best / 2]
    shown = [row[3] for one in good for row in one.tried if math.isfinite(row[3])]
    vertical = Scale.around(min(shown or values), max(values)) if values else None
    if step is not None and vertical is not None:
        series.insert(0, upright(float(step), vertical, height, mark="│", ink="warning"))
    return draw_curves(series, width=width, height=height, x_label="epoch", y_scale=vertical, empty="Nothing was tried")


def _cell(
    point: tuple[float, float, float],
    values: dict[tuple[float, ...], float],
    before: tuple[float, ...],
    after: tuple[float, ...],
) -> tuple[str, str]:
    value = values.get(point)
    if value is None:
        return (" " * CELL, "")
    text = "nan" if math.isnan(value) else f"{value:.1f}"
    if point == after and after != before:
        return (f"{f'>{text}<':^{CELL}}", "bold:top")
    return (f"{f'({text})':^{CELL}}", "bold:text") if point == before else (f"{text:^{CELL}}", "all")


def _move(before: float, after: float) -> str:
    if abs(after - before) < SAME:
        return f"= {number(after, 3)}"
    return f"{'↓' if after < before else '↑'} {number(after, 3)}"


def _value_at(curve: api.CutCurve, threshold: float) -> float:
    """F at a threshold: that of the nearest point."""
    column = 1 + (curve.betas.index(curve.beta) if curve.beta in curve.betas else 0)
    nearest = min(curve.points, key=lambda point: abs(point[0] - threshold), default=None)
    return nearest[column] if nearest is not None else math.nan
