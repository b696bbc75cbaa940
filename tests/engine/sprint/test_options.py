"""An option of a sprint is declared once and is there wherever one looks for it."""

import json
from dataclasses import fields

import click
import pytest

from engine import api
from engine.cli.planning import new
from engine.report.commands import sprint_command
from engine.sprint.options import OPTIONS, SprintOption, option_values
from engine.sprint.plan import SprintPlan
from engine.sprint.stages import KEYS, Stage
from engine.sprint.thread_schema import thread_schema
from tui.plan.form import field_notes, plan_of, texts_of

PLAN = SprintPlan(thread="a", stage="1E")


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_reaches_stage_plan_view_command_line_and_schema(option: SprintOption) -> None:
    assert option.name in KEYS
    assert all(option.name in {one.name for one in fields(kind)} for kind in (Stage, SprintPlan, api.SprintView))
    assert option.flag in {flag for one in new.params if isinstance(one, click.Option) for flag in one.opts}
    assert f'"{option.name}"' in json.dumps(thread_schema())


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.label], ids=lambda option: option.name)
def test_the_plan_form_has_a_field_for_an_option_with_a_label(option: SprintOption) -> None:
    value = 7 if option.is_count else 2 * option.scale
    texts = texts_of(PLAN, ()) | {option.field: "7" if option.is_count else "2"}
    assert getattr(plan_of(PLAN, texts, ()), option.name) == value
    assert field_notes(texts, None)[option.field] == option.note


def test_a_report_names_only_options_that_do_not_go_without_saying() -> None:
    assert "--keep-top" not in sprint_command(PLAN, "")
    told = sprint_command(SprintPlan(thread="a", stage="1E", keep_top=3, max_seconds=5400.0), "")
    assert "--keep-top=3" in told
    assert "--hours=1.5" in told


def test_an_option_without_a_column_is_kept_in_the_plan() -> None:
    assert option_values(object(), {"repeats": 4})["repeats"] == 4
    assert option_values(object())["repeats"] == 1
