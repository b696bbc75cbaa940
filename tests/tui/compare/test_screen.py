import csv
import math
from dataclasses import replace

import pytest

from engine import api
from tests.tui.conftest import THREAD, Opener, fill, press, screen_text, until
from tui.compare.screen import foreign, in_other_spaces
from tui.compare.trajectory import TrajectoryScreen, followable, rate_of
from tui.drawing.scale import Scale
from tui.drawing.styled_lines import plain
from tui.plots.strip import draw_strip, top_scores


def more_threads(ws: api.Workspace, **checkpoints: int) -> None:
    """Threads like alpha, from checkpoints of these epochs, each with a filled 1E sprint."""
    for name, epoch in checkpoints.items():
        text = THREAD.replace("alpha", name)
        file = ws.path / f"{name}.yaml"
        file.write_text(
            text + (f"checkpoint: {{path: ., epoch: {epoch}, step: 1}}\n" if epoch else ""), encoding="utf-8"
        )
        api.create_thread(ws, api.load_thread_file(file))
        fill(ws, api.create_sprint(ws, api.default_plan(ws, name, "1E")).id)


def along_a_cycle(ws: api.Workspace) -> None:
    """Scores whose best rate rises to epoch 8 and falls after it."""
    from sqlmodel import select

    from engine.store.database import writing
    from engine.store.tables import SprintRow, TrialRow

    with writing(ws) as session:
        for sprint in session.exec(select(SprintRow)).all():
            epoch = float(sprint.checkpoint_label.partition("_")[0].removeprefix("E"))
            best = -4.5 + 1.5 * math.exp(-(((epoch - 8) / 6) ** 2))
            for trial in session.exec(select(TrialRow).where(TrialRow.sprint_id == sprint.id)).all():
                trial.score = 70 - 20 * abs(math.log10(trial.params["lr"]) - best)
                session.add(trial)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_trajectories_show_ranges_over_checkpoints_and_the_schedule_they_suggest(
    ws: api.Workspace, open_app: Opener, size: tuple[int, int]
) -> None:
    more_threads(ws, e4=4, e8=8, e16=16)
    along_a_cycle(ws)
    async with open_app(ws, size) as pilot:
        await press(pilot, "5", "t")
        text = screen_text(pilot)
        for word in ("4 sprints of 4", "E0", "E8", "max_lr", "pct_start", "final decay", "differs beyond", "quartiles"):
            assert word in text, text
        await press(pilot, "j")
        assert "▲ weight_decay: the values" in screen_text(pilot)
        assert " weight_decay  │ range" in screen_text(pilot)
        await press(pilot, "s", "space", "enter")
        await until(pilot, lambda: "3 sprints of 4" in screen_text(pilot))
        await press(pilot, "minus")
        assert "top 9" in screen_text(pilot)
        await press(pilot, "E")
        await until(pilot, lambda: any((ws.path / "exports").glob("trajectories-*.csv")))
        file = next((ws.path / "exports").glob("trajectories-*.csv"))
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        assert rows[0][:2] == ["DIMENSION", "E4"]
        assert rows[1][0] == "lr"


async def test_too_few_checkpoints_are_said(ws: api.Workspace, open_app: Opener) -> None:
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "5", "t")
        assert isinstance(pilot.app.screen, TrajectoryScreen)
        assert "lr needs three" in screen_text(pilot)
        assert "needs ≥ 3 checkpoints" in screen_text(pilot)
        await press(pilot, "s", "space", "enter")
        await until(pilot, lambda: "No sprint to follow" in screen_text(pilot))


async def test_scores_of_another_fidelity_or_space_are_marked(ws: api.Workspace, open_app: Opener) -> None:
    more_threads(ws, beta=0, gamma=0, delta=0)
    api.apply_edit(ws, "delta", api.Proposal(action="freeze", dimension="layers", value=3))
    plan = api.default_plan(ws, "delta", "1E")
    wins(ws, replace(plan, prime="none", prime_from=None, top_n=0))
    plan = replace(api.default_plan(ws, "gamma", "1E"), prime="none", prime_from=None, top_n=0)
    wins(ws, replace(plan, fidelity=replace(plan.fidelity, train_parts=2)))
    async with open_app(ws) as pilot:
        await press(pilot, "5")
        text = screen_text(pilot)
        assert "≠ different protocol" in text
        assert "~ different search space" in text
        marked = {row.strip("│▸ ").split()[0]: row for row in text.splitlines() if " (" in row}
        assert "≠ " in marked["gamma"]
        assert "~ " in marked["delta"]
        assert "≠" not in marked["alpha"] + marked["beta"]


async def test_threads_of_another_metric_have_ranks_of_their_own(ws: api.Workspace, open_app: Opener) -> None:
    from sqlmodel import select

    from engine.store.database import writing
    from engine.store.tables import SprintRow, ThreadRow

    better(ws, 1)
    more_threads(ws, beta=0, gamma=0)
    with writing(ws) as session:
        gamma = session.exec(select(ThreadRow).where(ThreadRow.name == "gamma")).one()
        gamma.metric = "width"
        sprint = session.exec(select(SprintRow).where(SprintRow.thread_id == gamma.id)).one()
        sprint.metric = "width"
        session.add_all([gamma, sprint])
    async with open_app(ws) as pilot:
        await press(pilot, "5")
        rows = {row.strip("│▸ ").split()[0]: row for row in screen_text(pilot).splitlines() if " (" in row}
        assert "(1)" in rows["alpha"]
        assert "(2)" in rows["beta"]
        assert "(1)" in rows["gamma"]
        assert "≠" in rows["gamma"]


def wins(ws: api.Workspace, plan: api.SprintPlan) -> None:
    """A filled sprint that holds its thread's best score."""
    sprint = api.create_sprint(ws, plan).id
    fill(ws, sprint)
    better(ws, sprint)


def better(ws: api.Workspace, sprint: int) -> None:
    """Raise the scores of a sprint that nobody has read since it ended: final scores are read once."""
    from sqlmodel import select

    from engine.store.database import writing
    from engine.store.tables import TrialRow

    with writing(ws) as session:
        for trial in session.exec(select(TrialRow).where(TrialRow.sprint_id == sprint)).all():
            trial.score = (trial.score or 0.0) + 5
            session.add(trial)


def test_where_no_two_sprints_agree_all_are_marked(ws: api.Workspace) -> None:
    more_threads(ws, beta=0)
    threads = api.list_threads(ws)
    spaces = {thread.sprints[0].id: thread.name for thread in threads}
    assert in_other_spaces(threads, ["1E"], spaces) == {("alpha", "1E"), ("beta", "1E")}
    assert foreign(threads, ["1E"]) == set()


def test_only_single_epoch_sprints_of_one_configuration_are_followed(ws: api.Workspace) -> None:
    more_threads(ws, beta=4)
    fill(ws, api.create_sprint(ws, api.default_plan(ws, "beta", "Warm")).id, 4)
    threads = api.list_threads(ws)
    assert [(s.thread, s.stage) for s in followable(threads, "alpha")] == [("alpha", "1E"), ("beta", "1E")]
    assert followable(threads, "unknown") == ()
    assert rate_of(["a", "lr_shared"], "") == "lr_shared"
    assert rate_of(["a"], "lr") == ""


async def test_what_does_not_fit_below_the_table_is_counted_and_scrolled_to(
    ws: api.Workspace, open_app: Opener
) -> None:
    more_threads(ws, **{f"other{number}": 0 for number in range(12)})
    async with open_app(ws, (80, 24)) as pilot:
        await press(pilot, "5")
        assert "… 5 more lines  J" in screen_text(pilot)
        await press(pilot, "J", "J")
        assert "more lines" not in screen_text(pilot)
        await press(pilot, "K", "K")
        assert "… 5 more lines  J" in screen_text(pilot)


async def test_the_spread_of_the_top_stands_beside_the_best(ws: api.Workspace, open_app: Opener) -> None:
    more_threads(ws, beta=0)
    async with open_app(ws, (120, 40)) as pilot:
        await press(pilot, "5")
        text = screen_text(pilot)
        assert "top 10" in text
        assert text.count("┃") >= 3, "a median a thread and one in the legend"
        await press(pilot, "v")
        assert "quartiles" not in screen_text(pilot)
        await press(pilot, "v")
        assert "quartiles" in screen_text(pilot)
    async with open_app(ws, (200, 60)) as pilot:
        await press(pilot, "5")
        assert "quartiles" in screen_text(pilot)
        assert " 1   alpha" in screen_text(pilot)


def test_a_strip_shows_ends_quartiles_and_median_on_its_axis() -> None:
    scale = Scale(0.0, 100.0)
    assert plain(draw_strip([10.0, 30.0, 50.0, 70.0, 90.0], scale, 20)) == "  ├───▒▒▒▒┃▒▒▒▒───┤ "[:20]
    assert plain(draw_strip([50.0], scale, 20)).strip() == "┃"
    assert plain(draw_strip([], scale, 20)) == " " * 20
    assert top_scores([3.0, math.nan, 1.0, 2.0], 2, api.Direction.MINIMIZE) == [1.0, 2.0]
