import math

from tui.drawing.format import bar


def test_progress_bars_have_their_width_whatever_the_fraction() -> None:
    for fraction in (math.nan, -1.0, 0.0, 0.01, 0.5, 0.99, 1.0, 7.0):
        assert len(bar(fraction, 9)) == 9
    assert bar(0.5, 4) == "██··"
