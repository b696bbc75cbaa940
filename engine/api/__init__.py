"""The engine's only door for interfaces: `from engine import api`.

Importing this package loads the standard library and plain records; the database is loaded by the first call that
needs it, and no call loads torch, skopt or Optuna (tests/engine/api/test_light.py looks). Each public name is listed
once, below: type checkers read the list as imports, and a name is imported from there when it is first used.
"""

import re
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from engine.api.archives import pack_workspace, recorded_as, unpack_workspace
    from engine.api.auto import review_automatically, reviewers, run_stages
    from engine.api.comparison import TrajectoryView, compare_threads, sprint_spaces, trajectory
    from engine.api.configurations import FORMS, configuration_text
    from engine.api.constraining import ConstraintEffect, preview_constraints
    from engine.api.doctor_checks import doctor
    from engine.api.exchange import export_sprint, import_sprint
    from engine.api.extensions import Choice, choices
    from engine.api.form_fields import FormField, FormFieldError, ThreadForm, thread_forms
    from engine.api.live import keep_store_whole, latest_event
    from engine.api.logs import LogView, find_in_log, list_logs, read_log
    from engine.api.planning import create_sprint, default_plan, preview_plan, replacement_plan, scaled_random
    from engine.api.priming_summary import priming_counts, unusable_reasons
    from engine.api.records import sprint_records
    from engine.api.rehearsing import try_in_words
    from engine.api.review_views import BracketView, DimensionReview, EditView, PlanPreview, Review, SpaceView
    from engine.api.reviewing import mark_reviewed, review
    from engine.api.score_shapes import Dependence, ScoreMap, dependence, score_map
    from engine.api.space_history import diff_spaces, edit_log, preview_restore, redo, restore_space, undo
    from engine.api.spaces import (
        accept_all,
        add_dimension,
        apply_edit,
        constrain,
        preview_accept,
        preview_edit,
        restore,
        working_space,
    )
    from engine.api.sprints import (
        add_trial,
        extend_sprint,
        get_sprint,
        list_sprints,
        pause_sprint,
        queue_sprint,
        resume_sprint,
        retry_trials,
        run_sprint,
        sprint_space,
        start_sprint,
        stop_sprint,
        stop_trial,
        stopped_workers,
        store_waits,
        work_in_job,
    )
    from engine.api.threads import (
        archive_thread,
        branch_thread,
        check_thread,
        create_thread,
        get_thread,
        list_threads,
        load_thread_file,
        rename_thread,
        set_notes,
        thread_file_schema,
        thread_warnings,
    )
    from engine.api.trial_artifacts import Artifact, threshold_trace, trial_examples, trial_views
    from engine.api.trial_edits import (
        changed_values,
        clone_trial,
        redo_trial_edit,
        star_trials,
        tag_trials,
        undo_trial_edit,
    )
    from engine.api.trials import get_trial, list_epochs, list_trials, tail_log
    from engine.api.views import CheckView, RunView, SprintView, ThreadView, TrialView, progress_counts, trial_counts
    from engine.api.words import COMPLETE, store_checks_named, words_to_complete
    from engine.artifacts.example_text import Piece, ends_text, entity_name, entity_rows, item_text, marked_sentences
    from engine.artifacts.examples import ClassCount, ErrorCount, ExampleDocument, ExampleSet, ExampleSide
    from engine.artifacts.gold_vs_predicted import ExampleRow, example_rows, task_counts
    from engine.artifacts.threshold_history import ClassThreshold, ClimbRound, CutBest, CutCurve, ThresholdTrace
    from engine.boundary.ascii_letters import to_ascii
    from engine.boundary.console import visible_console
    from engine.boundary.exit_codes import ExitCode
    from engine.boundary.input import read_text
    from engine.boundary.json_text import read_json
    from engine.boundary.output import Output
    from engine.boundary.streams import safe_streams
    from engine.boundary.text import name_fault, notes_fault, one_line, visible, visible_log
    from engine.boundary.yaml_text import read_value, read_yaml
    from engine.boundary.yaml_words import core_scalar
    from engine.boundary.yaml_writing import flow_text, with_values
    from engine.environment import BEFORE, own_environment
    from engine.errors import EngineError, unusable_file
    from engine.logs.pages import LogLine, LogPage
    from engine.objectives.declaration import Declaration
    from engine.objectives.named_spaces import catalogue
    from engine.progress import CalledOff, watched
    from engine.review.advice import Advice
    from engine.review.findings import Finding, Severity
    from engine.review.rank_agreement import Comparison, compare_stages
    from engine.review.trajectories import Stretch, Trajectory
    from engine.secrets import masked_text
    from engine.space.conditions import condition_text
    from engine.space.cut_cost import CutCost
    from engine.space.dimension import Dimension
    from engine.space.edit_preview import DimensionChange, EditEffect
    from engine.space.proposal import Proposal
    from engine.space.space import Space, describe_range
    from engine.sprint.options import OPTIONS, SprintOption
    from engine.sprint.plan import Prime, SprintPlan
    from engine.sprint.stages import next_stage
    from engine.sprint.thread_file import ThreadSpec, parse_thread
    from engine.start import own_command
    from engine.store.workspace import (
        STORE,
        Workspace,
        find_workspace,
        is_missing,
        missing_text,
        named_store,
        named_workspace,
        open_workspace,
        similar_workspaces,
    )
    from engine.trials.budgets import BudgetUse
    from engine.trials.fidelity import Fidelity, parse_code, warmup_epochs
    from engine.trials.states import Direction, SprintState, TrialState
    from engine.trials.trial import EpochReport, TrialRecord
    from engine.trials.trial_filter import FilterError, TrialFilter, parse_filter
    from engine.values import UNSET, Unset, Value, as_number, same_value, value_text, whole_text
    from engine.wording import (
        NOTHING,
        SEVERITY_SIGNS,
        STATES,
        StateSign,
        duration,
        moment,
        near,
        number,
        plural,
        score,
        short,
        state_sign,
    )

IMPORTED = re.compile(r"^    from (?P<home>[\w.]+) import (?:\((?P<many>[^)]*)\)|(?P<few>[^(\n]+))$", re.MULTILINE)
"""A line, or several in brackets, of the list above."""


@lru_cache(maxsize=1)
def homes() -> dict[str, str]:
    """The module that defines each public name."""
    spec = find_spec(__name__)
    source = cast(Any, spec).loader.get_source(__name__)
    return {
        name: match["home"]
        for match in IMPORTED.finditer(source)
        for name in re.findall(r"\w+", match["many"] or match["few"])
    }


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    if name.startswith("_") or name not in homes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(homes()[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(homes())
