from dataclasses import replace

import pytest

from engine import api
from tui.drawing.proposals import effect_lines, median_value, proposed
from tui.drawing.styled_lines import plain
from tui.live.view import news, speed, why_line, without_date
from tui.plan.basis import default_stage
from tui.plan.form import PRIMING, RUN_TO, FieldError, field_notes, plan_of, preview_lines, texts_of
from tui.plots.brackets import draw_brackets
from tui.review.rows import card_lines, dimension_row, proposal_lines
from tui.threads.sprint_rows import (
    badge,
    best_of,
    progress_line,
    ranks,
    stage_cell,
    stages_of,
    state_cell,
    tree_columns,
)
from tui.trial.rows import progress
from tui.widgets.columns import Column, Row, column_widths, matches, passing
from tui.widgets.field import LABEL_WIDTH

FIDELITY = api.Fidelity(train_parts=6, val_parts=3, run_to="epochs", epochs=1, scheduler=False)
SPRINT = api.SprintView(
    id=1, label="alpha-T6_V3_M25-E0_S0-1E_v1", thread="alpha", thread_id=1, stage="1E", version=1,
    state=api.SprintState.RUNNING, space_number=1, fidelity=FIDELITY,
    sampler="gp", pruner="none", n_trials=12, n_random=6, n_complete=5, n_pruned=1,
    n_failed=1, best_score=40.0, best_trial=3, eta_seconds=95.0, short_label="1E_v1", suffix="1E",
)  # fmt: skip
LR = api.Dimension(name="lr", kind="float", low=1e-5, high=1e-2, log=True)
PLAN = api.SprintPlan(thread="alpha", stage="1E", fidelity=FIDELITY, n_trials=12, n_random=6, suffix="1E")


def thread(name: str, **best: float) -> api.ThreadView:
    """A thread with one sprint a stage."""
    sprints = tuple(
        replace(SPRINT, id=i, stage=stage, best_score=score) for i, (stage, score) in enumerate(best.items())
    )
    return api.ThreadView(
        id=1, name=name, objective="m:C", options={}, metric="f1", direction=api.Direction.MAXIMIZE, created_at=0.0,
        archived=False, notes="", space_number=1, sprints=sprints,
    )  # fmt: skip


def test_stages_stand_in_the_order_one_goes_through_them() -> None:
    assert stages_of([thread("a", Full=3.0, own=1.0), thread("b", Warm=2.0)]) == ["Warm", "Full", "own"]


def test_ranks_are_shared_by_equal_scores() -> None:
    threads = [thread("a", Full=3.0), thread("b", Full=5.0), thread("c", Full=3.0), thread("d", Warm=9.0)]
    assert ranks(threads, "Full") == {"b": 1, "a": 2, "c": 2}
    assert stage_cell(threads[0], "Full", 2) == "3.000 (2)"
    assert stage_cell(threads[3], "Full", None) == "–"


def test_only_scores_of_one_metric_are_ranked_against_each_other() -> None:
    threads = [thread("a", Full=3.0), thread("b", Full=95.0), thread("c", Full=4.0)]
    threads[1] = replace(threads[1], metric="accuracy")
    assert ranks(threads, "Full") == {"c": 1, "a": 2, "b": 1}
    lower = [replace(one, direction=api.Direction.MINIMIZE) for one in threads]
    assert ranks(lower, "Full") == {"a": 1, "c": 2, "b": 1}


def test_states_are_told_by_sign_and_word_with_what_is_done_and_what_is_left() -> None:
    assert plain(state_cell(SPRINT)) == "● running 7/12 ETA 1m35s"
    done = replace(SPRINT, state=api.SprintState.DONE, reviewed=True)
    assert plain(state_cell(done)) == "✓ reviewed  5 complete, 1 pruned, 1 failed"
    assert plain(state_cell(done, short=True)) == "✓ reviewed"
    assert plain(state_cell(SPRINT, short=True)) == "● 7/12 1m35s"
    assert SPRINT.n_ended == 7
    told = plain(progress_line(SPRINT, 100))
    assert all(word in told for word in ("running", "7/12", "1 pruned", "1 failed", "best 40.00 #3", "ETA 1m35s"))


def test_trials_are_counted_by_how_they_ended() -> None:
    assert api.progress_counts(SPRINT) == "7/12 trials: 5 complete, 1 pruned, 1 failed"
    done = replace(SPRINT, state=api.SprintState.DONE, n_trials=9, n_complete=5, n_pruned=4, n_failed=0)
    assert api.trial_counts(done) == "9 trials: 5 complete, 4 pruned"
    assert api.trial_counts(done, done) == "18 trials: 10 complete, 8 pruned"
    assert "9/9 trials: 5 complete, 4 pruned" in plain(progress_line(done, 100))


def test_a_sprint_whose_every_trial_failed_has_failed_and_fills_no_bar() -> None:
    failed = replace(SPRINT, state=api.SprintState.DONE, n_complete=0, n_pruned=0, n_failed=12, stopped=True)
    assert failed.is_unwell
    assert not replace(SPRINT, state=api.SprintState.DONE).is_unwell
    for cell in (state_cell(failed), progress_line(failed, 100)):
        assert plain(cell).startswith("✗ failed")
        assert "error" in cell[0][1]
    told = plain(progress_line(failed, 100))
    assert "█" not in told
    assert "done" not in told
    assert plain(badge(replace(thread("a"), sprints=(failed,)))) == "✗ 1 failed"


def test_a_threads_row_shows_first_what_runs_or_needs_a_person() -> None:
    own = thread("a", Full=3.0, Warm=2.0)
    assert plain(badge(replace(own, sprints=()))) == "p plans"
    done = tuple(replace(sprint, state=api.SprintState.DONE) for sprint in own.sprints)
    assert plain(badge(replace(own, sprints=done))) == "2 sprints"
    assert plain(badge(replace(own, sprints=(*done, replace(SPRINT, state=api.SprintState.FAILED))))) == "✗ 1 failed"
    assert (
        plain(badge(replace(own, sprints=(*done, replace(SPRINT, state=api.SprintState.FAILED), SPRINT))))
        == "● 1 running"
    )


def test_three_stages_and_the_trend_fit_into_80_columns_also_while_a_sprint_runs() -> None:
    for state in ("running", "done"):
        own = thread("a", **{"1E": 3.0, "Warm": 2.0, "Full": 4.0})
        threads = [replace(own, sprints=tuple(replace(s, state=api.SprintState(state)) for s in own.sprints))]
        assert all(column_widths(tree_columns(threads, ["1E", "Warm", "Full"], 80), 80))


def test_brackets_are_ladders_on_one_axis_of_epochs() -> None:
    brackets = [
        api.BracketView(bracket=b, rungs=(1, 3, 9, 27)[b:], share=share, n_trials=n)
        for b, share, n in ((0, 0.55, 5.0), (1, 0.24, 2.5), (2, 0.12, 1.0), (3, 0.09, 0.0))
    ]
    head, *rows = (plain(one) for one in draw_brackets(brackets, 40)[2:])
    assert head.split() == ["b", "share", "n", "1", "3", "9", "27"]
    assert [row.count("●") for row in rows] == [4, 3, 2, 1]
    assert [row.index("●") for row in rows] == [head.index(str(epoch)) for epoch in (1, 3, 9, 27)]
    assert draw_brackets([], 40) == []


def test_notes_of_the_plan_fit_beside_their_values_on_80_columns() -> None:
    texts = texts_of(PLAN, [SPRINT])
    pruners = api.choices("pruners")
    words = {"pruner": [one.name for one in pruners], "run_to": RUN_TO, "prime": PRIMING}
    for name, told in words.items():
        for value in told:
            note = field_notes({**texts, name: value}, None, pruners)[name]
            assert len(f"▸ {'':{LABEL_WIDTH}}‹ {value} ›  {note}") <= 40
    for name in ("random", "epochs", "top", "calibration", "keep"):
        assert len(f"▸ {'':{LABEL_WIDTH}}99  {field_notes(texts, None)[name]}") <= 40


def test_every_state_that_waits_for_a_person_says_which_key() -> None:
    assert "r review" in plain(news(replace(SPRINT, state=api.SprintState.DONE)))
    for state in ("orphaned", "paused", "ready", "draft", "failed"):
        assert "R " in plain(news(replace(SPRINT, state=api.SprintState(state))))
    assert "every trial fails" in plain(news(replace(SPRINT, alarms=("every trial fails",))))
    assert news(SPRINT) == ()
    assert "A worker is loading" in plain(news(replace(SPRINT, n_complete=0, n_pruned=0)))


def test_a_stopped_sprint_is_not_called_done() -> None:
    stopped = replace(SPRINT, state=api.SprintState.DONE, stopped=True)
    assert plain(progress_line(stopped, 80)).startswith("✓ stopped ")
    told = plain(news(stopped))
    assert "Stopped" in told
    assert "R resume" in told


def test_a_trial_that_was_stopped_says_why_and_another_nothing() -> None:
    trial = api.TrialView(number=4, state=api.TrialState.COMPLETE, source="random", params={})
    assert why_line(trial, 80) == ()
    assert why_line(None, 80) == ()
    pruned = replace(trial, state=api.TrialState.PRUNED, reason="bracket 0, rung 1: 30 misses 40")
    assert plain(why_line(pruned, 80)) == "✂ #4 pruned: bracket 0, rung 1: 30 misses 40"
    usual = replace(pruned, reason="bracket 1, rung 0 (epoch 3): score 67.73 < cutoff 91.89 (1 of 2 promoted)")
    assert plain(why_line(usual, 80)) == f"✂ #4 {usual.reason}"
    assert len(plain(why_line(usual, 80))) <= 80


def test_speeds_of_running_trials_are_added_up() -> None:
    def report(**metrics: float) -> api.EpochReport:
        return api.EpochReport(step=1, phase="train", score=1.0, metrics=metrics)

    epochs = [[report(images_per_s=4.0), report(images_per_s=5.0)], [report(images_per_s=2.0), report()], []]
    assert speed(epochs, "images_per_s") == 7.0


def test_log_lines_lose_their_date_only() -> None:
    assert without_date("2026-11-24 18:33:00 launcher 7") == "18:33:00 launcher 7"
    assert without_date("epoch 3") == "epoch 3"


def test_a_trials_progress_counts_finished_epochs_and_the_running_ones_share() -> None:
    trial = api.TrialView(
        number=0, state=api.TrialState.RUNNING, source="model", params={}, epoch=3, n_epochs=4, fraction=0.5
    )
    assert progress(trial) == 0.625
    assert progress(replace(trial, state=api.TrialState.COMPLETE)) == 1.0
    assert progress(replace(trial, state=api.TrialState.PRUNED, epoch=1)) == 0.25


def test_a_dimensions_row_shows_findings_as_sign_and_word_and_the_proposal() -> None:
    finding = api.Finding(kind="boundary", severity="warning", text="6 of 10 crowd the high end", dimension="lr")
    proposal = api.Proposal(action="widen", dimension="lr", low=1e-5, high=1e-1)
    one = api.DimensionReview(
        dimension=LR,
        current=LR,
        active=True,
        all_counts=(1, 2),
        top_counts=(0, 2),
        findings=(finding,),
        advice=api.Advice(action="widen", text="Widen.", proposal=proposal, recommended=True),
    )
    text = dimension_row(one).text
    assert "▲ at bound" in text
    assert "→ widen 1e-5 … 0.1" in text
    narrow = dimension_row(one, roomy=False).text
    assert narrow.endswith("▲ at bound → widen")
    frozen = replace(one, current=replace(LR, frozen=1e-3))
    assert "❄ lr" in dimension_row(frozen).text
    settled = replace(frozen, advice=api.Advice(text="Frozen at 0.001."))
    assert "→" not in dimension_row(settled).text
    assert "not active" in dimension_row(replace(one, active=False)).text


def test_an_impossible_proposal_makes_no_dimension() -> None:
    assert proposed(api.Proposal(action="narrow", dimension="lr", low=1.0, high=0.1), LR) is None


def test_the_median_of_a_log_dimension_is_geometric() -> None:
    one = api.DimensionReview(dimension=LR, current=LR, active=True, top_values=(1e-4, 1e-2))
    value = median_value(one)
    assert isinstance(value, float)
    assert abs(value - 1e-3) < 1e-9


def test_effects_name_the_best_trial_that_would_be_lost() -> None:
    effect = api.EditEffect(n_before=120, n_kept=96, dropped=(7,), loses="excludes #7 (rank 2)")
    told = " ".join(plain(row) for row in effect_lines(effect, 60))
    assert "96 of 120 trials remain" in told
    assert "Excludes #7 (rank 2)" in told
    assert told == " ".join(plain(row) for row in effect_lines(effect, 60, n_trials=120))


def test_a_proposals_bounds_are_whole_also_on_a_narrow_panel() -> None:
    proposal = api.Proposal(action="narrow", dimension="lr", low=6.44e-4, high=2.21e-3)
    one = api.DimensionReview(
        dimension=LR,
        current=LR,
        active=True,
        advice=api.Advice(action="narrow", text="Narrow.", proposal=proposal, recommended=True),
    )
    assert plain(proposal_lines(one, None, 40)[0]) == "recommended narrow 6.44e-4 … 0.00221"
    assert plain(proposal_lines(one, None, 31)[0]) == "→ narrow 6.44e-4 … 0.00221"


def test_an_effect_on_a_trimmed_space_says_among_which_trials() -> None:
    effect = api.EditEffect(n_before=2, n_kept=1, dropped=(42,), loses="excludes #42 (rank 1)")
    told = " ".join(plain(row) for row in effect_lines(effect, 30, n_trials=120))
    assert told == "1 of the 2 trials in the current space remain Excludes #42 (rank 1)"


def test_cards_tell_what_evidence_meaning_and_advice() -> None:
    finding = api.Finding(
        kind="boundary",
        severity="info",
        text="it crowds",
        meaning="the optimum may lie outside",
        advice="widen",
        evidence={"n_edge": 6, "share": {"lr": 0.25224768840016815, "width": 0.38}, "range": [1e-5, 0.5]},
    )
    told = "\n".join(plain(row) for row in card_lines(finding, 60))
    for words in (
        "note: boundary",
        "it crowds",
        "the optimum may lie outside",
        "widen",
        "n edge: 6",
        "share: lr 0.252, width 0.38",
        "range: 1e-5, 0.5",
    ):
        assert words in told


def test_a_plan_survives_the_form_unchanged() -> None:
    assert plan_of(PLAN, texts_of(PLAN, [SPRINT]), [SPRINT]) == PLAN
    primed = replace(PLAN, prime="cold", prime_from=1, top_n=3, max_seconds=5400.0, checkpoint="/runs/e7")
    assert plan_of(PLAN, texts_of(primed, [SPRINT]), [SPRINT]) == primed


@pytest.mark.parametrize(("field", "text"), [("trials", "ten"), ("fidelity", "T6"), ("hours", "-1"), ("seed", "1.5")])
def test_wrong_texts_name_their_field(field: str, text: str) -> None:
    with pytest.raises(FieldError) as caught:
        plan_of(PLAN, texts_of(PLAN, []) | {field: text}, [])
    assert caught.value.field == field


def test_a_preview_says_first_what_forbids_the_plan_and_lists_what_is_dropped() -> None:
    preview = api.PlanPreview(
        plan=replace(PLAN, prime="cold", prime_from=1),
        label="alpha-T6_V3_M25-E0_S0-1E_v2",
        settings={},
        errors=("no trial fits",),
        dropped=((7, "lr = 0.1 is outside 1e-5 … 0.01"),),
        brackets=(api.BracketView(bracket=0, rungs=(1, 3, 9), share=0.4, n_trials=3.6),),
    )
    rows = [plain(row) for row in preview_lines(preview, 60)]
    assert rows[0].startswith("✗ no trial fits")
    assert any("#7 lr = 0.1 is outside" in row for row in rows)
    assert any("●" in row and "40%" in row for row in rows)


def test_columns_of_least_importance_go_first_and_the_elastic_one_takes_the_rest() -> None:
    columns = [Column("A", 10), Column("B", 10, rank=2), Column("C", 10, elastic=True), Column("D", 10, rank=1)]
    assert column_widths(columns, 60) == [10, 10, 25, 10]
    assert column_widths(columns, 40) == [10, 0, 16, 10]
    assert column_widths(columns, 25) == [10, 0, 12, 0]
    assert column_widths([Column("A", 10, elastic=True, most=30), Column("B", 5)], 200) == [30, 5]


def test_a_filtered_tree_keeps_parents_and_children_together() -> None:
    tree = [
        Row("a", ("adam",)), Row("a1", ("1E",), parent="a"), Row("a2", ("Warm",), parent="a"),
        Row("s", ("sgd",)), Row("s1", ("1E",), parent="s"),
    ]  # fmt: skip
    keys = {wanted: [row.key for row in passing(tree, wanted)] for wanted in ("", "sgd", "warm", "!sgd", "!1E")}
    assert keys == {
        "": ["a", "a1", "a2", "s", "s1"],
        "sgd": ["s", "s1"],
        "warm": ["a", "a2"],
        "!sgd": ["a", "a1", "a2"],
        "!1E": ["a", "a2", "s"],
    }


def test_filters_take_a_substring_or_its_absence() -> None:
    assert matches("✓ complete head=mlp", "MLP")
    assert not matches("✓ complete head=mlp", "!mlp")
    assert matches("anything", "!")


def test_a_paused_sprint_says_after_what() -> None:
    paused = replace(SPRINT, state=api.SprintState.PAUSED, pause_mode="epoch", n_running=1)
    assert paused.standing == "paused after the epoch"
    assert replace(paused, pause_mode="trial").standing == "pauses after the running trial"
    assert replace(paused, pause_mode="trial", n_running=0).standing == "paused after the trial"
    assert "paused after the epoch: R resume" in plain(news(paused))
    assert "‖ paused after the epoch" in plain(progress_line(paused, 120))


def test_a_plan_after_a_reviewed_sprint_is_of_the_next_stage() -> None:
    one = thread("a", **{"1E": 1.0})
    reviewed = replace(one, sprints=(replace(one.sprints[0], state=api.SprintState.DONE, reviewed=True),))
    assert default_stage(one) == "1E"
    assert default_stage(replace(one, sprints=(replace(reviewed.sprints[0], reviewed=False),))) == "1E"
    assert default_stage(reviewed) == "Warm"


def test_the_best_of_a_stage_is_the_least_score_where_less_is_better() -> None:
    sprints = tuple(replace(SPRINT, id=n, best_score=score) for n, score in enumerate((0.3, 0.1, 0.2)))
    more = replace(thread("a", **{"1E": 1.0}), sprints=sprints)
    assert best_of(more, "1E") == 0.3
    assert best_of(replace(more, direction=api.Direction.MINIMIZE), "1E") == 0.1


def test_the_form_reads_how_many_checkpoints_are_kept() -> None:
    texts = {**texts_of(PLAN, []), "keep": "7"}
    assert plan_of(PLAN, texts, []).keep_top == 7
