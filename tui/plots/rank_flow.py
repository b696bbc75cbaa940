"""How ranks flow from stage to stage: one column a stage, names in the order of their ranks, crossings as lines."""

from collections.abc import Collection, Mapping, Sequence

from tui.drawing.styled_lines import Canvas, Line, fit, line


def draw_rank_flow(
    stages: Sequence[str], ranks: Mapping[str, Mapping[str, int]], *, width: int, height: int
) -> list[Line]:
    """One row a rank; a thread's name stands in its rank's row at every stage, with ``↗ ↘ →`` where it went."""
    shown = [stage for stage in stages if ranks.get(stage)]
    if not shown:
        return [line(("No stage has scores yet", "muted"))]
    column = max(width // len(shown), 12)
    canvas = Canvas(width, height)
    names = short_names({name for stage in shown for name in ranks[stage]}, column - 6)
    for index, stage in enumerate(shown):
        canvas.put(index * column, 0, fit(stage, column - 2), "bold:text")
        ordered = sorted(ranks[stage].items(), key=lambda item: (item[1], item[0]))
        for row, (name, rank) in enumerate(ordered[: height - 1], start=1):
            move, ink = "", ""
            if index:
                before = ranks[shown[index - 1]].get(name)
                move, ink = ("·", "muted") if before is None else direction_of(before, rank)
            canvas.put(index * column, row, f"{rank:>2} {move or ' '} ", ink or "muted")
            canvas.put(index * column + 5, row, fit(names[name], column - 6), "bold:top" if rank == 1 else "")
    return canvas.lines()


def short_names(names: Collection[str], width: int) -> dict[str, str]:
    """Names in at most ``width`` cells: cut at their end, or where that leaves some alike, to what only they have."""
    cut = {name: fit(name, width).rstrip() for name in names}
    if len(set(cut.values())) == len(cut) or width <= 3:
        return cut
    tail = width // 2
    middle = {name: f"{name[: width - tail - 1]}…{name[-tail:]}" if len(name) > width else name for name in names}
    return {name: own_part(name, names, width) or middle[name] for name in names}


def own_part(name: str, names: Collection[str], width: int) -> str:
    """The longest part of a name, of whole words between its hyphens, that fits and no other name has; empty for none.

    ``net-wide-adam`` beside ``net-deep-adam`` is ``wide``, or ``wide-adam`` where there is room.
    """
    words, others = name.split("-"), [f"-{other}-" for other in names if other != name]
    runs = ["-".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
    own = [run for run in runs if len(run) <= width and not any(f"-{run}-" in other for other in others)]
    return max(own, key=len, default="")


def direction_of(before: int, after: int) -> tuple[str, str]:
    """Arrow and ink of a move in rank."""
    if after == before:
        return "→", "muted"
    return ("↗", "good") if after < before else ("↘", "warning")
