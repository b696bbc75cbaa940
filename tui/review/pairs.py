"""Pairs: how dimensions move together among the top trials, and a scatter of any two."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.drawing.styled_lines import Line, fit_line, line, wrap
from tui.plots.correlation import CELL, STRONG, correlations, draw_matrix, strong_from
from tui.plots.scatter import draw_pair_scatter, map_legend
from tui.shell.data_screen import DataScreen
from tui.widgets.painting import Lines, Painting, titled

LEAST_SCATTER = 6
"""Rows of a scatter that shows anything, its title and the words below it included."""

MAP_AFTER = 0.15
"""Seconds the cursor rests on a pair before its map is made: a passing cursor costs no model."""

MAP_CELLS = 24
"""Cells of a map each way: what four shades and a hundred trials can tell apart."""


class PairMatrix(Painting, can_focus=True):
    """The lower triangle of rank correlations with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "go(1,0)", "Down", show=False, id="pairs.down", tooltip="Next hyperparameter on the y axis"),
        Binding("up,k", "go(-1,0)", "Up", show=False, id="pairs.up", tooltip="Previous hyperparameter on the y axis"),
        Binding(
            "right,l", "go(0,1)", "Right", show=False, id="pairs.right", tooltip="Next hyperparameter on the x axis"
        ),
        Binding(
            "left,h", "go(0,-1)", "Left", show=False, id="pairs.left", tooltip="Previous hyperparameter on the x axis"
        ),
    ]

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.names: tuple[str, ...] = ()
        self.rho: dict[tuple[str, str], float | None] = {}
        self.strong = STRONG
        self.at = (1, 0)

    def show(self, names: Sequence[str], rho: dict[tuple[str, str], float | None], strong: float) -> None:
        """Draw these; the cursor begins on the strongest pair."""
        first = self.names != tuple(names)
        self.names, self.rho, self.strong = tuple(names), rho, strong
        strongest = max(rho, key=lambda pair: abs(rho[pair] or 0.0), default=None)
        if first and strongest is not None:
            self.at = (names.index(strongest[1]), names.index(strongest[0]))
        self.repaint()

    @property
    def pair(self) -> tuple[str, str] | None:
        """(across, upwards) under the cursor."""
        row, column = self.at
        return (self.names[column], self.names[row]) if 0 <= column < row < len(self.names) else None

    def draw(self, width: int, height: int) -> list[Line]:  # noqa: ARG002
        """The matrix."""
        return draw_matrix(self.names, self.rho, self.pair, width, self.strong)

    def action_go(self, down: int, right: int) -> None:
        """Move the cursor inside the triangle."""
        row = min(max(self.at[0] + down, 1), len(self.names) - 1)
        self.at = (row, min(max(self.at[1] + right, 0), row - 1))
        self.repaint()
        screen = self.screen
        if isinstance(screen, PairsScreen):
            screen.show_pair()


class PairsScreen(DataScreen):
    """Matrix at the left or above, scatter beside it."""

    TITLE_WORD = "pairs"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "population", "All/top", id="pairs.population", tooltip="Correlate all trials, or the top ones"),
        Binding("v", "map", "Map", id="pairs.map", tooltip="Show or hide the score model's map behind the trials"),
    ]

    def __init__(self, sprint: int) -> None:
        super().__init__()
        self.sprint_id = sprint
        self.review: api.Review | None = None
        self._all = False
        self._with_map = True
        self._maps: dict[tuple[str, str], api.ScoreMap | None] = {}

    def body(self) -> Iterator[Widget]:
        """Matrix and scatter."""
        with Horizontal():
            yield titled(PairMatrix(id="matrix"), "Rank correlation")
            yield titled(Lines(id="scatter", classes="rule-left"), "Pair")

    def hint(self) -> str:
        """For a newcomer."""
        return "Arrows choose two hyperparameters. a all or top trials · v map of the score model"

    def reload(self) -> None:
        """Read the review."""
        ws, sprint, top_k = self.trimtab.ws, self.sprint_id, self.trimtab.memory.place.top_k or None
        self.fetch("load", lambda: api.review(ws, sprint, top_k=top_k), self.loaded)

    def loaded(self, review: api.Review) -> None:
        """Show it."""
        if self.review is not None and self.review.trials != review.trials:
            self._maps.clear()
        self.review = review
        top = set(self.review.top)
        used = [
            t.params for t in review.trials if t.state == api.TrialState.COMPLETE and (self._all or t.number in top)
        ]
        names = [
            d.dimension.name
            for d in self.review.dimensions
            if d.active and not d.dimension.is_frozen and d.dimension.kind != "categorical"
        ]
        matrix = self.query_one(PairMatrix)
        matrix.show(names, correlations(used, names), strong_from(len(used)))
        matrix.focus()
        self._share_width()
        word = "all" if self._all else "top"
        self.show_subject(
            line(
                (f"{self.review.sprint.short_label} ", "top"),
                f"rank correlation among {word} {len(used)} trials; ! beyond chance",
            )
        )
        self.show_pair()

    def on_resize(self) -> None:
        """The matrix takes what it needs, half of the screen at most."""
        self._share_width()

    def _share_width(self) -> None:
        matrix = self.query_one(PairMatrix)
        label = max((len(name) for name in matrix.names), default=4) + 5
        matrix.styles.width = max(min(label + CELL * max(len(matrix.names) - 1, 1) + 1, self.size.width // 2), 24)

    def show_pair(self) -> None:
        """Draw the pair under the cursor; its map is read once the cursor rests on it."""
        pair, review = self.query_one(PairMatrix).pair, self.review
        if pair is None or review is None:
            return
        shown = self._maps.get(pair) if self._with_map else None
        self.query_one("#scatter", Lines).show(
            lambda width, height: pair_lines(review, pair, shown, pair in self._maps, width, height)
        )
        if self._with_map and pair not in self._maps:
            self.set_timer(MAP_AFTER, lambda: self._read_map(pair))

    def _read_map(self, pair: tuple[str, str]) -> None:
        if pair != self.query_one(PairMatrix).pair or pair in self._maps:
            return
        ws, sprint = self.trimtab.ws, self.sprint_id

        def known(found: api.ScoreMap | None) -> None:
            self._maps[pair] = found
            self.show_pair()

        self.fetch("map", lambda: api.score_map(ws, sprint, *pair, columns=MAP_CELLS, rows=MAP_CELLS), known)

    def action_map(self) -> None:
        """With the map, or the trials alone."""
        self._with_map = not self._with_map
        self.show_pair()

    def action_population(self) -> None:
        """All trials, or the top ones."""
        self._all = not self._all
        self.reload()


def pair_lines(
    review: api.Review, pair: tuple[str, str], shown: api.ScoreMap | None, read: bool, width: int, height: int
) -> list[Line]:
    """Title, one dimension against the other over the map of expected scores, and what the map's shades mean.

    Args:
        review: Whose trials are drawn.
        pair: Names across and upwards.
        shown: The map behind them; None for none.
        read: Whether a map was asked for: with none there are too few trials.
        width: Columns.
        height: Rows; below `LEAST_SCATTER` nothing is drawn.
    """
    if height < LEAST_SCATTER:
        return []
    across, upwards = (next(d.dimension for d in review.dimensions if d.dimension.name == name) for name in pair)
    top = set(review.top)
    held = [t for t in review.trials if across.name in t.params and upwards.name in t.params]
    pairs = [
        (t.params[across.name], t.params[upwards.name], t.number in top)
        for t in held
        if t.state == api.TrialState.COMPLETE
    ]
    failed = [(t.params[across.name], t.params[upwards.name]) for t in held if t.state == api.TrialState.FAILED]
    title = line(
        (f" {upwards.name}", "bold:text"),
        (" against ", "muted"),
        (across.name, "bold:text"),
        ("   ◆ top", "top"),
        ("  • other", "text"),
        (f"  ✗ failed {len(failed)}" if failed else "", "error"),
    )
    foot: list[Line] = []
    if shown is not None:
        foot = [line(("  expected ", "muted"), *map_legend(shown.means, review.sprint.direction))]
        foot += [line(" ", *row) for row in wrap(f" {shown.verdict}", width - 2, "muted")]
    elif read:
        foot = [line(("  No map: the score model needs 15 trials with different scores.", "muted"))]
    plot = draw_pair_scatter(
        across, upwards, pairs, width=width - 1, height=height - 1 - len(foot), failed=failed,
        means=shown.means if shown is not None else (), direction=review.sprint.direction,
    )  # fmt: skip
    return [fit_line(title, width), *plot, *foot]
