"""The engine's only door for interfaces: `from engine import api`.

Importing this package loads the standard library and plain records; the database is loaded by the first call that
needs it, and no call loads torch, skopt or Optuna (tests/engine/api/test_light.py looks).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api.archives import pack_workspace as pack_workspace
    from engine.api.archives import recorded_as as recorded_as
    from engine.api.archives import unpack_workspace as unpack_workspace
    from engine.api.auto import review_automatically as review_automatically
    from engine.api.auto import reviewers as reviewers
    from engine.api.auto import run_stages as run_stages
    from engine.api.comparison import TrajectoryView as TrajectoryView
    from engine.api.comparison import compare_threads as compare_threads
    from engine.api.comparison import sprint_spaces as sprint_spaces
    from engine.api.comparison import trajectory as trajectory
    from engine.api.configurations import FORMS as FORMS
    from engine.api.configurations import configuration_text as configuration_text
    from engine.api.constraining import ConstraintEffect as ConstraintEffect
    from engine.api.constraining import preview_constraints as preview_constraints
    from engine.api.doctor_checks import doctor as doctor
    from engine.api.exchange import export_sprint as export_sprint
    from engine.api.exchange import import_sprint as import_sprint
    from engine.api.extensions import Choice as Choice
    from engine.api.extensions import choices as choices
    from engine.api.live import keep_store_whole as keep_store_whole
    from engine.api.live import latest_event as latest_event
    from engine.api.logs import LogView as LogView
    from engine.api.logs import find_in_log as find_in_log
    from engine.api.logs import list_logs as list_logs
    from engine.api.logs import read_log as read_log
    from engine.api.planning import create_sprint as create_sprint
    from engine.api.planning import default_plan as default_plan
    from engine.api.planning import preview_plan as preview_plan
    from engine.api.planning import replacement_plan as replacement_plan
    from engine.api.planning import scaled_random as scaled_random
    from engine.api.records import sprint_records as sprint_records
    from engine.api.rehearsing import try_in_words as try_in_words
    from engine.api.review_views import BracketView as BracketView
    from engine.api.review_views import DimensionReview as DimensionReview
    from engine.api.review_views import EditView as EditView
    from engine.api.review_views import PlanPreview as PlanPreview
    from engine.api.review_views import Review as Review
    from engine.api.review_views import SpaceView as SpaceView
    from engine.api.reviewing import mark_reviewed as mark_reviewed
    from engine.api.reviewing import review as review
    from engine.api.score_shapes import Dependence as Dependence
    from engine.api.score_shapes import ScoreMap as ScoreMap
    from engine.api.score_shapes import dependence as dependence
    from engine.api.score_shapes import score_map as score_map
    from engine.api.space_history import diff_spaces as diff_spaces
    from engine.api.space_history import edit_log as edit_log
    from engine.api.space_history import preview_restore as preview_restore
    from engine.api.space_history import redo as redo
    from engine.api.space_history import restore_space as restore_space
    from engine.api.space_history import undo as undo
    from engine.api.spaces import accept_all as accept_all
    from engine.api.spaces import add_dimension as add_dimension
    from engine.api.spaces import apply_edit as apply_edit
    from engine.api.spaces import constrain as constrain
    from engine.api.spaces import preview_accept as preview_accept
    from engine.api.spaces import preview_edit as preview_edit
    from engine.api.spaces import restore as restore
    from engine.api.spaces import working_space as working_space
    from engine.api.sprints import add_trial as add_trial
    from engine.api.sprints import extend_sprint as extend_sprint
    from engine.api.sprints import get_sprint as get_sprint
    from engine.api.sprints import list_sprints as list_sprints
    from engine.api.sprints import pause_sprint as pause_sprint
    from engine.api.sprints import queue_sprint as queue_sprint
    from engine.api.sprints import resume_sprint as resume_sprint
    from engine.api.sprints import retry_trials as retry_trials
    from engine.api.sprints import run_sprint as run_sprint
    from engine.api.sprints import sprint_space as sprint_space
    from engine.api.sprints import start_sprint as start_sprint
    from engine.api.sprints import stop_sprint as stop_sprint
    from engine.api.sprints import stop_trial as stop_trial
    from engine.api.sprints import stopped_workers as stopped_workers
    from engine.api.sprints import store_waits as store_waits
    from engine.api.sprints import work_in_job as work_in_job
    from engine.api.threads import archive_thread as archive_thread
    from engine.api.threads import branch_thread as branch_thread
    from engine.api.threads import check_thread as check_thread
    from engine.api.threads import create_thread as create_thread
    from engine.api.threads import get_thread as get_thread
    from engine.api.threads import list_threads as list_threads
    from engine.api.threads import load_thread_file as load_thread_file
    from engine.api.threads import rename_thread as rename_thread
    from engine.api.threads import set_notes as set_notes
    from engine.api.threads import thread_file_schema as thread_file_schema
    from engine.api.trial_artifacts import Artifact as Artifact
    from engine.api.trial_artifacts import threshold_trace as threshold_trace
    from engine.api.trial_artifacts import trial_examples as trial_examples
    from engine.api.trial_edits import changed_values as changed_values
    from engine.api.trial_edits import clone_trial as clone_trial
    from engine.api.trial_edits import redo_trial_edit as redo_trial_edit
    from engine.api.trial_edits import star_trials as star_trials
    from engine.api.trial_edits import tag_trials as tag_trials
    from engine.api.trial_edits import undo_trial_edit as undo_trial_edit
    from engine.api.trials import get_trial as get_trial
    from engine.api.trials import list_epochs as list_epochs
    from engine.api.trials import list_trials as list_trials
    from engine.api.trials import tail_log as tail_log
    from engine.api.views import CheckView as CheckView
    from engine.api.views import RunView as RunView
    from engine.api.views import SprintView as SprintView
    from engine.api.views import ThreadView as ThreadView
    from engine.api.views import TrialView as TrialView
    from engine.api.views import progress_counts as progress_counts
    from engine.api.views import trial_counts as trial_counts
    from engine.api.words import COMPLETE as COMPLETE
    from engine.api.words import store_checks_named as store_checks_named
    from engine.api.words import words_to_complete as words_to_complete
    from engine.artifacts.example_text import Piece as Piece
    from engine.artifacts.example_text import ends_text as ends_text
    from engine.artifacts.example_text import entity_name as entity_name
    from engine.artifacts.example_text import entity_rows as entity_rows
    from engine.artifacts.example_text import item_text as item_text
    from engine.artifacts.example_text import marked_sentences as marked_sentences
    from engine.artifacts.examples import ClassCount as ClassCount
    from engine.artifacts.examples import ErrorCount as ErrorCount
    from engine.artifacts.examples import ExampleDocument as ExampleDocument
    from engine.artifacts.examples import ExampleSet as ExampleSet
    from engine.artifacts.examples import ExampleSide as ExampleSide
    from engine.artifacts.gold_vs_predicted import ExampleRow as ExampleRow
    from engine.artifacts.gold_vs_predicted import example_rows as example_rows
    from engine.artifacts.gold_vs_predicted import task_counts as task_counts
    from engine.artifacts.threshold_history import ClassThreshold as ClassThreshold
    from engine.artifacts.threshold_history import ClimbRound as ClimbRound
    from engine.artifacts.threshold_history import CutBest as CutBest
    from engine.artifacts.threshold_history import CutCurve as CutCurve
    from engine.artifacts.threshold_history import ThresholdTrace as ThresholdTrace
    from engine.boundary.ascii_letters import to_ascii as to_ascii
    from engine.boundary.console import visible_console as visible_console
    from engine.boundary.exit_codes import ExitCode as ExitCode
    from engine.boundary.input import read_text as read_text
    from engine.boundary.json_text import read_json as read_json
    from engine.boundary.output import Output as Output
    from engine.boundary.streams import safe_streams as safe_streams
    from engine.boundary.text import name_fault as name_fault
    from engine.boundary.text import notes_fault as notes_fault
    from engine.boundary.text import one_line as one_line
    from engine.boundary.text import visible as visible
    from engine.boundary.text import visible_log as visible_log
    from engine.boundary.yaml_text import read_value as read_value
    from engine.boundary.yaml_text import read_yaml as read_yaml
    from engine.boundary.yaml_words import core_scalar as core_scalar
    from engine.boundary.yaml_writing import flow_text as flow_text
    from engine.boundary.yaml_writing import with_values as with_values
    from engine.environment import BEFORE as BEFORE
    from engine.environment import own_environment as own_environment
    from engine.errors import EngineError as EngineError
    from engine.errors import unusable_file as unusable_file
    from engine.logs.pages import LogLine as LogLine
    from engine.logs.pages import LogPage as LogPage
    from engine.progress import CalledOff as CalledOff
    from engine.progress import watched as watched
    from engine.review.advice import Advice as Advice
    from engine.review.findings import Finding as Finding
    from engine.review.findings import Severity as Severity
    from engine.review.rank_agreement import Comparison as Comparison
    from engine.review.rank_agreement import compare_stages as compare_stages
    from engine.review.trajectories import Stretch as Stretch
    from engine.review.trajectories import Trajectory as Trajectory
    from engine.secrets import masked_text as masked_text
    from engine.space.conditions import condition_text as condition_text
    from engine.space.cut_cost import CutCost as CutCost
    from engine.space.dimension import Dimension as Dimension
    from engine.space.edit_preview import DimensionChange as DimensionChange
    from engine.space.edit_preview import EditEffect as EditEffect
    from engine.space.named_spaces import catalogue as catalogue
    from engine.space.proposal import Proposal as Proposal
    from engine.space.space import Space as Space
    from engine.space.space import describe_range as describe_range
    from engine.sprint.plan import Prime as Prime
    from engine.sprint.plan import SprintPlan as SprintPlan
    from engine.sprint.stages import next_stage as next_stage
    from engine.sprint.thread_file import ThreadSpec as ThreadSpec
    from engine.sprint.thread_file import parse_thread as parse_thread
    from engine.start import own_command as own_command
    from engine.store.workspace import STORE as STORE
    from engine.store.workspace import Workspace as Workspace
    from engine.store.workspace import find_workspace as find_workspace
    from engine.store.workspace import is_missing as is_missing
    from engine.store.workspace import missing_text as missing_text
    from engine.store.workspace import named_store as named_store
    from engine.store.workspace import named_workspace as named_workspace
    from engine.store.workspace import open_workspace as open_workspace
    from engine.store.workspace import similar_workspaces as similar_workspaces
    from engine.trials.budgets import BudgetUse as BudgetUse
    from engine.trials.fidelity import Fidelity as Fidelity
    from engine.trials.fidelity import parse_code as parse_code
    from engine.trials.fidelity import warmup_epochs as warmup_epochs
    from engine.trials.states import Direction as Direction
    from engine.trials.states import SprintState as SprintState
    from engine.trials.states import TrialState as TrialState
    from engine.trials.trial import EpochReport as EpochReport
    from engine.trials.trial import TrialRecord as TrialRecord
    from engine.trials.trial_filter import FilterError as FilterError
    from engine.trials.trial_filter import TrialFilter as TrialFilter
    from engine.trials.trial_filter import parse_filter as parse_filter
    from engine.values import UNSET as UNSET
    from engine.values import Unset as Unset
    from engine.values import Value as Value
    from engine.values import as_number as as_number
    from engine.values import same_value as same_value
    from engine.values import value_text as value_text
    from engine.values import whole_text as whole_text
    from engine.wording import NOTHING as NOTHING
    from engine.wording import SEVERITY_SIGNS as SEVERITY_SIGNS
    from engine.wording import STATES as STATES
    from engine.wording import StateSign as StateSign
    from engine.wording import duration as duration
    from engine.wording import moment as moment
    from engine.wording import near as near
    from engine.wording import number as number
    from engine.wording import plural as plural
    from engine.wording import score as score
    from engine.wording import short as short
    from engine.wording import state_sign as state_sign

HOME: dict[str, tuple[str, ...]] = {
    "engine.api.trial_artifacts": ("Artifact", "threshold_trace", "trial_examples"),
    "engine.api.auto": ("review_automatically", "reviewers", "run_stages"),
    "engine.api.doctor_checks": ("doctor",),
    "engine.api.comparison": ("TrajectoryView", "compare_threads", "sprint_spaces", "trajectory"),
    "engine.api.configurations": ("FORMS", "configuration_text"),
    "engine.api.constraining": ("ConstraintEffect", "preview_constraints"),
    "engine.api.exchange": ("export_sprint", "import_sprint"),
    "engine.api.extensions": ("Choice", "choices"),
    "engine.api.live": ("keep_store_whole", "latest_event"),
    "engine.api.logs": ("LogView", "find_in_log", "list_logs", "read_log"),
    "engine.api.planning": ("create_sprint", "default_plan", "preview_plan", "replacement_plan", "scaled_random"),
    "engine.api.archives": ("pack_workspace", "recorded_as", "unpack_workspace"),
    "engine.api.records": ("sprint_records",),
    "engine.api.review_views": (
        "BracketView",
        "DimensionReview",
        "EditView",
        "PlanPreview",
        "Review",
        "SpaceView",
    ),
    "engine.api.reviewing": ("mark_reviewed", "review"),
    "engine.api.score_shapes": ("Dependence", "ScoreMap", "dependence", "score_map"),
    "engine.api.space_history": ("diff_spaces", "edit_log", "preview_restore", "redo", "restore_space", "undo"),
    "engine.api.spaces": (
        "accept_all",
        "add_dimension",
        "apply_edit",
        "constrain",
        "preview_accept",
        "preview_edit",
        "restore",
        "working_space",
    ),
    "engine.api.sprints": (
        "add_trial",
        "extend_sprint",
        "get_sprint",
        "list_sprints",
        "pause_sprint",
        "queue_sprint",
        "resume_sprint",
        "run_sprint",
        "sprint_space",
        "start_sprint",
        "stop_sprint",
        "retry_trials",
        "stop_trial",
        "stopped_workers",
        "store_waits",
        "work_in_job",
    ),
    "engine.api.rehearsing": ("try_in_words",),
    "engine.api.threads": (
        "archive_thread",
        "branch_thread",
        "check_thread",
        "create_thread",
        "get_thread",
        "list_threads",
        "load_thread_file",
        "rename_thread",
        "set_notes",
        "thread_file_schema",
    ),
    "engine.api.trial_edits": (
        "changed_values",
        "clone_trial",
        "redo_trial_edit",
        "star_trials",
        "tag_trials",
        "undo_trial_edit",
    ),
    "engine.api.trials": ("get_trial", "list_epochs", "list_trials", "tail_log"),
    "engine.api.views": (
        "CheckView",
        "RunView",
        "SprintView",
        "ThreadView",
        "TrialView",
        "progress_counts",
        "trial_counts",
    ),
    "engine.trials.budgets": ("BudgetUse",),
    "engine.space.named_spaces": ("catalogue",),
    "engine.review.rank_agreement": ("Comparison", "compare_stages"),
    "engine.space.conditions": ("condition_text",),
    "engine.space.dimension": ("Dimension",),
    "engine.space.cut_cost": ("CutCost",),
    "engine.space.edit_preview": ("DimensionChange", "EditEffect"),
    "engine.boundary.exit_codes": ("ExitCode",),
    "engine.boundary.ascii_letters": ("to_ascii",),
    "engine.api.words": ("COMPLETE", "store_checks_named", "words_to_complete"),
    "engine.boundary.console": ("visible_console",),
    "engine.boundary.output": ("Output",),
    "engine.boundary.streams": ("safe_streams",),
    "engine.boundary.text": ("name_fault", "notes_fault", "one_line", "visible", "visible_log"),
    "engine.boundary.input": ("read_text",),
    "engine.boundary.json_text": ("read_json",),
    "engine.boundary.yaml_text": ("read_value", "read_yaml"),
    "engine.boundary.yaml_words": ("core_scalar",),
    "engine.boundary.yaml_writing": ("flow_text", "with_values"),
    "engine.errors": ("EngineError", "unusable_file"),
    "engine.artifacts.gold_vs_predicted": ("ExampleRow", "example_rows", "task_counts"),
    "engine.artifacts.example_text": (
        "Piece",
        "ends_text",
        "entity_name",
        "entity_rows",
        "item_text",
        "marked_sentences",
    ),
    "engine.artifacts.examples": ("ClassCount", "ErrorCount", "ExampleDocument", "ExampleSet", "ExampleSide"),
    "engine.trials.fidelity": ("Fidelity", "parse_code", "warmup_epochs"),
    "engine.review.advice": ("Advice",),
    "engine.review.findings": ("Finding", "Severity"),
    "engine.space.proposal": ("Proposal",),
    "engine.logs.pages": ("LogLine", "LogPage"),
    "engine.wording": (
        "NOTHING",
        "SEVERITY_SIGNS",
        "STATES",
        "StateSign",
        "duration",
        "moment",
        "near",
        "number",
        "plural",
        "score",
        "short",
        "state_sign",
    ),
    "engine.sprint.plan": ("Prime", "SprintPlan"),
    "engine.progress": ("CalledOff", "watched"),
    "engine.values": ("UNSET", "Unset", "Value", "as_number", "same_value", "value_text", "whole_text"),
    "engine.space.space": ("Space", "describe_range"),
    "engine.sprint.stages": ("next_stage",),
    "engine.sprint.thread_file": ("ThreadSpec", "parse_thread"),
    "engine.review.trajectories": ("Stretch", "Trajectory"),
    "engine.artifacts.threshold_history": ("ClassThreshold", "ClimbRound", "CutBest", "CutCurve", "ThresholdTrace"),
    "engine.trials.states": ("Direction", "SprintState", "TrialState"),
    "engine.trials.trial": ("EpochReport", "TrialRecord"),
    "engine.trials.trial_filter": ("FilterError", "TrialFilter", "parse_filter"),
    "engine.store.workspace": (
        "STORE",
        "Workspace",
        "find_workspace",
        "is_missing",
        "missing_text",
        "named_store",
        "named_workspace",
        "open_workspace",
        "similar_workspaces",
    ),
    "engine.environment": ("BEFORE", "own_environment"),
    "engine.secrets": ("masked_text",),
    "engine.start": ("own_command",),
}
"""Where each public name is defined; loaded on first use."""

_MODULE_OF = {name: module for module, names in HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_MODULE_OF)
