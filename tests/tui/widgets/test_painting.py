"""Paintings follow their size, also where a layout gives it late."""

from collections.abc import Iterator

import pytest
from textual.app import App
from textual.widget import Widget

from tui.drawing.styled_lines import Line, line, plain
from tui.drawing.theme import DEFAULT_THEME, THEMES
from tui.widgets.painting import Lines
from tui.widgets.scroll_lines import ScrollLines


def numbered(width: int, height: int) -> list[Line]:
    return [line(f"{row} of {height}, {width} wide") for row in range(height)]


class Stage(App[None]):
    CSS = "Lines { height: 3; } .-late Lines { height: 6; } ScrollLines { height: 1fr; }"

    def compose(self) -> Iterator[Widget]:
        yield Lines(numbered, id="lines")
        yield ScrollLines(id="pane")

    def on_mount(self) -> None:
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        self.query_one(ScrollLines).show(numbered)


def rows_of(widget: Widget) -> list[str]:
    return ["".join(segment.text for segment in widget.render_line(y)).rstrip() for y in range(widget.size.height)]


async def test_what_a_function_draws_is_drawn_again_for_a_size_that_a_class_changes_later() -> None:
    app = Stage()
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        assert rows_of(app.query_one(Lines))[-1] == "2 of 3, 40 wide"
        assert rows_of(app.query_one(ScrollLines))[-1] == "16 of 17, 40 wide"
        app.screen.add_class("-late")
        await pilot.pause()
        assert rows_of(app.query_one(Lines)) == [plain(row) for row in numbered(40, 6)]
        assert rows_of(app.query_one(ScrollLines)) == [plain(row) for row in numbered(40, 14)]
        await pilot.resize_terminal(30, 12)
        await pilot.pause()
        assert rows_of(app.query_one(Lines))[0] == "0 of 6, 30 wide"
        assert rows_of(app.query_one(ScrollLines))[-1] == "5 of 6, 30 wide"


@pytest.mark.parametrize("given", [(), (line("one"), line("two"))])
async def test_fixed_lines_stay_as_they_are(given: tuple[Line, ...]) -> None:
    app = Stage()
    async with app.run_test(size=(40, 20)) as pilot:
        app.query_one(Lines).show(given)
        await pilot.pause()
        assert rows_of(app.query_one(Lines)) == [*(plain(row) for row in given), *[""] * (3 - len(given))]
