from engine import api
from tui.drawing.styled_lines import plain, width_of
from tui.plots.curve_groups import draw_group


def test_a_legend_takes_as_many_lines_as_it_needs() -> None:
    losses = dict.fromkeys(("loss", "loss_mention", "loss_coref", "loss_entity", "loss_relation"), 1.234)
    reports = [api.EpochReport(step=step, phase="train", score=1.0, metrics=losses) for step in (1, 2)]
    lines = draw_group("losses", reports, (), api.Declaration(), 40, 14)
    assert len(lines) == 14
    legend = " ".join(plain(one) for one in lines[:3])
    assert all(name.replace("_", " ") in legend for name in losses)
    assert all(width_of(one) <= 40 for one in lines[:3])
