"""How ranks flow from stage to stage: one column a stage, names in the order of their ranks, crossings as lines."""

from collections.abc import Collection, Mapping, Sequence

from tui.text import Canvas, Line, fit, line


def draw_rank_flow(
    stages: Sequence[str], ranks: Mapping[str, Mapping[str, int]], *, width: int, height: int
) -> list[Line]:
    """One row a rank; a thread's name stands in its rank's row at every stage, with ``↗ ↘ →`` where it went."""
    shown = [stage for stage in stages if ranks.get(stage)]
    if not shown:
        return [line(("no stage has a score yet", "muted"))]
    column = max(width // len(shown), 12)
    canvas = Canvas(width, height)
    names = short_names({name for stage in shown for name in ranks[stage]}, column - 7)
    for index, stage in enumerate(shown):
        canvas.put(index * column, 0, fit(stage, column - 2), "bold:text")
        ordered = sorted(ranks[stage].items(), key=lambda item: (item[1], item[0]))
        for row, (name, rank) in enumerate(ordered[: height - 1], start=1):
            move, ink = "", ""
            if index:
                before = ranks[shown[index - 1]].get(name)
                move, ink = ("·", "muted") if before is None else direction_of(before, rank)
            canvas.put(index * column, row, f"{rank:>2} {move or ' '} ", ink or "muted")
            canvas.put(index * column + 5, row, fit(names[name], column - 7), "bold:top" if rank == 1 else "")
    return canvas.lines()


def short_names(names: Collection[str], width: int) -> dict[str, str]:
    """Names in at most ``width`` cells: cut at their end, or in their middle where the ends tell them apart."""
    cut = {name: fit(name, width).rstrip() for name in names}
    if len(set(cut.values())) < len(cut) and width > 3:
        tail = width // 2
        cut = {name: f"{name[: width - tail - 1]}…{name[-tail:]}" if len(name) > width else name for name in names}
    return cut


def direction_of(before: int, after: int) -> tuple[str, str]:
    """Arrow and ink of a move in rank."""
    if after == before:
        return "→", "muted"
    return ("↗", "good") if after < before else ("↘", "warning")
