"""Pairs: how dimensions move together among the top trials, and a scatter of any two."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from engine import api
from tui.drawing.styled_lines import Line, line
from tui.plots.correlation import STRONG, correlations, draw_matrix, strong_from
from tui.plots.scatter import draw_pair_scatter
from tui.shell.data_screen import DataScreen
from tui.widgets.painting import Lines, Painting

LEAST_SCATTER = 4
"""Rows of a scatter that shows anything, its title included."""


class PairMatrix(Painting, can_focus=True):
    """The lower triangle of rank correlations with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "go(1,0)", "Down", show=False, id="pairs.down", tooltip="Next dimension upwards"),
        Binding("up,k", "go(-1,0)", "Up", show=False, id="pairs.up", tooltip="Previous dimension upwards"),
        Binding("right,l", "go(0,1)", "Right", show=False, id="pairs.right", tooltip="Next dimension across"),
        Binding("left,h", "go(0,-1)", "Left", show=False, id="pairs.left", tooltip="Previous dimension across"),
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
        Binding("a", "population", "All/top", id="pairs.population", tooltip="Correlate all trials, or the top ones")
    ]

    def __init__(self, sprint: int) -> None:
        super().__init__()
        self.sprint_id = sprint
        self.review: api.Review | None = None
        self._all = False

    def body(self) -> Iterator[Widget]:
        """Matrix and scatter."""
        with Horizontal():
            yield PairMatrix(id="matrix")
            yield Lines(id="scatter", classes="rule-left")

    def hint(self) -> str:
        """For a newcomer."""
        return "arrows choose two dimensions; a: among all trials, or the top ones"

    def reload(self) -> None:
        """Read the review."""
        ws, sprint, top_k = self.trimtab.ws, self.sprint_id, self.trimtab.memory.place.top_k or None
        self.fetch("load", lambda: api.review(ws, sprint, top_k=top_k), self.loaded)

    def loaded(self, review: api.Review) -> None:
        """Show it."""
        self.review = review
        top = set(self.review.top)
        used = [t.params for t in review.trials if t.state == "complete" and (self._all or t.number in top)]
        names = [
            d.dimension.name
            for d in self.review.dimensions
            if d.active and not d.dimension.is_frozen and d.dimension.kind != "categorical"
        ]
        matrix = self.query_one(PairMatrix)
        matrix.show(names, correlations(used, names), strong_from(len(used)))
        matrix.focus()
        word = "all" if self._all else "top"
        self.show_subject(
            line(
                (f"{self.review.sprint.short_label} ", "top"),
                f"rank correlation among {word} {len(used)} trials; ! beyond chance",
            )
        )
        self.show_pair()

    def show_pair(self) -> None:
        """Draw the pair under the cursor."""
        pair, review = self.query_one(PairMatrix).pair, self.review
        panel = self.query_one("#scatter", Lines)
        if pair is None or review is None:
            return
        across, upwards = (next(d.dimension for d in review.dimensions if d.dimension.name == name) for name in pair)
        top = set(review.top)
        pairs = [
            (t.params[across.name], t.params[upwards.name], t.number in top)
            for t in review.trials
            if t.state == "complete" and across.name in t.params and upwards.name in t.params
        ]
        title = line(
            (f" {upwards.name}", "bold:text"),
            (" against ", "muted"),
            (across.name, "bold:text"),
            ("   ◆ top", "top"),
            ("  • other", "all"),
        )
        panel.show(
            lambda width, height: (
                [title, *draw_pair_scatter(across, upwards, pairs, width=width - 1, height=height - 1)]
                if height >= LEAST_SCATTER
                else []
            )
        )

    def action_population(self) -> None:
        """All trials, or the top ones."""
        self._all = not self._all
        self.reload()
