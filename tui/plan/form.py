"""The plan as a form: texts of its fields to a plan and back, pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import api
from tui.drawing.format import duration, number, plural, score, value_text
from tui.drawing.styled_lines import Line, fit_line, line, wrap
from tui.plots.brackets import draw_brackets

RUN_TO = {"epochs": "fixed epochs", "warmup": "warmup only", "all": "full schedule"}
"""How far a trial runs, and in few words what that is."""
PRIMING = {"none": "none", "cold": "re-run best", "warm": "reuse scores"}
"""Kinds of priming and what is taken from the trials of the sprint before."""
FORM_OPTIONS = tuple(option for option in api.OPTIONS if option.label)
"""Options that have a field of their own."""
FIDELITY_NOTE = 12
"""Cells behind a fidelity on 80 columns."""
NO_SPRINT = "–"
"""Shown as source of priming where there is none."""


def texts_of(plan: api.SprintPlan, sprints: Sequence[api.SprintView]) -> dict[str, str]:
    """A plan as the texts of its fields."""
    source = next((s.short_label or s.label for s in sprints if s.id == plan.prime_from), NO_SPRINT)
    f = plan.fidelity
    return {
        "stage": plan.stage,
        "sampler": plan.sampler,
        "pruner": plan.pruner,
        "trials": str(plan.n_trials),
        "random": str(plan.n_random),
        "fidelity": f.code,
        "run_to": f.run_to,
        "epochs": str(f.epochs if f.epochs is not None else f.max_epochs),
        "scheduler": "on" if f.scheduler else "off",
        "calibration": str(f.calibration_epochs),
        "prime": plan.prime,
        "from": source,
        "seed": str(plan.seed),
        "suffix": plan.suffix,
        **{option.field: _option_text(option, getattr(plan, option.name)) for option in FORM_OPTIONS},
        "checkpoint": plan.checkpoint or "",
    }


def plan_of(base: api.SprintPlan, texts: Mapping[str, str], sprints: Sequence[api.SprintView]) -> api.SprintPlan:
    """The plan that the fields say, on top of what the form has no field for.

    Raises:
        FieldError: Naming the field that is wrong.
        EngineError: When the plan as a whole cannot be.
    """
    train, val, epochs = _fidelity(texts["fidelity"], base.fidelity.max_epochs)
    run_to = texts["run_to"]
    fidelity: dict[str, Any] = {
        "train_parts": train,
        "val_parts": val,
        "max_epochs": epochs,
        "run_to": run_to,
        "epochs": count(texts, "epochs") if run_to == "epochs" else None,
        "scheduler": texts["scheduler"] == "on",
        "calibration_epochs": count(texts, "calibration"),
    }
    source = next((s.id for s in sprints if (s.short_label or s.label) == texts["from"]), None)
    changes: dict[str, Any] = {
        "sampler": texts["sampler"],
        "sampler_options": base.sampler_options if texts["sampler"] == base.sampler else {},
        "pruner": texts["pruner"],
        "pruner_options": base.pruner_options if texts["pruner"] == base.pruner else {},
        "n_trials": count(texts, "trials"),
        "n_random": count(texts, "random"),
        "fidelity": api.Fidelity(**fidelity),
        "prime": texts["prime"],
        "prime_from": source,
        "seed": count(texts, "seed"),
        "suffix": texts["suffix"],
        **{option.name: _option_value(option, texts) for option in FORM_OPTIONS},
        "checkpoint": texts["checkpoint"] or None,
    }
    return replace(base, **changes)


class FieldError(ValueError):
    """A field's text is wrong.

    Attributes:
        field: Its name.
    """

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def count(texts: Mapping[str, str], name: str) -> int:
    """A whole number of 0 or more.

    Raises:
        FieldError: When the text is none.
    """
    text = texts[name].strip() or "0"
    if not text.isdigit():
        raise FieldError(name, f"must be a whole number, got {text!r}")
    return int(text)


def _option_text(option: api.SprintOption, value: float | None) -> str:
    if option.is_count:
        return str(value)
    return "" if value is None else number(value / option.scale)


def _option_value(option: api.SprintOption, texts: Mapping[str, str]) -> float | None:
    """What a field says of an option; nothing is no limit."""
    text = texts[option.field]
    if option.is_count:
        return count(texts, option.field)
    if not text:
        return None
    try:
        amount = float(text)
    except ValueError:
        raise FieldError(option.field, f"{option.field}, got {text!r}") from None
    if amount <= 0:
        raise FieldError(option.field, "must be above 0, or blank for no limit")
    return amount * option.scale


def _fidelity(text: str, max_epochs: int) -> tuple[int, int, int]:
    try:
        train, val, epochs = api.parse_code(text)
    except api.EngineError:
        raise FieldError("fidelity", "like T6_V3_M25") from None
    return train, val, max_epochs if epochs is None else epochs


def field_notes(
    texts: Mapping[str, str], preview: api.PlanPreview | None, pruners: Sequence[api.Choice] = ()
) -> dict[str, str]:
    """What stands behind each field."""
    notes = {
        "pruner": next((choice.short for choice in pruners if choice.name == texts["pruner"]), ""),
        "random": "random startup",
        "run_to": RUN_TO.get(texts["run_to"], ""),
        "prime": PRIMING.get(texts["prime"], ""),
        "suffix": "enter edits",
        "checkpoint": "blank: pretrained",
        **{option.field: option.note for option in FORM_OPTIONS},
        "calibration": "epochs, never pruned",
    }
    notes["epochs"] = "" if texts["run_to"] == "epochs" else "set by train for"
    if preview is not None:
        known = preview.n_train is not None
        sizes = f"{preview.n_train}+{preview.n_val}"
        told = f"{sizes} {preview.units_short}"
        notes["fidelity"] = (told if len(told) <= FIDELITY_NOTE else sizes) if known else ""
    return notes


def preview_lines(preview: api.PlanPreview, width: int) -> list[Line]:
    """What the plan would become: what forbids it first, then label, cost, priming."""
    lines: list[Line] = []
    for sign, ink, texts in (("✗", "error", preview.errors), ("▲", "warning", preview.warnings)):
        for text in texts:
            lines += wrap(f"{sign} {text}", width, ink, indent="  ")
    if not preview.errors:
        lines.insert(0, line(("✓ Ready to launch", "good")))
    lines += [(), *wrap(preview.label, width, "bold:top")]
    lines.append(line(("space ", "muted"), f"#{preview.space_number}, {plural(preview.n_free, 'free hyperparameter')}"))
    if preview.n_train is not None:
        lines.append(line(("per trial ", "muted"), f"{preview.n_train} + {preview.n_val} {preview.units}"))
    lines.append(line(("cost ", "muted"), f"{number(preview.epoch_equivalents, 3)} full-data epochs"))
    unknown = "unknown until a trial finishes"
    cost = duration(preview.forecast_seconds) if preview.forecast_seconds is not None else unknown
    lines.append(line(("estimated time ", "muted"), (cost, "bold:text")))
    lines += wrap(preview.forecast_basis, width, "muted")
    lines += draw_brackets(preview.brackets, width)
    if preview.plan.prime != "none":
        lines += priming_lines(preview, width)
    return lines


def priming_lines(preview: api.PlanPreview, width: int) -> list[Line]:
    """Which trials enter, and which do not and why."""
    how = "will be re-evaluated" if preview.plan.prime == "cold" else "scores are reused"
    lines: list[Line] = [(), line((f"primed: {len(preview.primed)}", "bold:text"), (f"  {how}", "muted"))]
    for trial in preview.primed[:6]:
        params = " ".join(f"{name}={value_text(value, 2)}" for name, value in trial.params.items())
        lines.append(fit_line(line((f"#{trial.number:<3} {score(trial.score):>6} ", "top"), (params, "muted")), width))
    if len(preview.primed) > 6:
        lines.append(line((f"… and {len(preview.primed) - 6} more", "muted")))
    if preview.dropped:
        lines.append(line((f"dropped: {len(preview.dropped)}", "bold:text")))
        for dropped, reason in preview.dropped[:8]:
            lines += wrap(f"#{dropped} {reason}", width, "muted", indent="   ")
        if len(preview.dropped) > 8:
            lines.append(line((f"… and {len(preview.dropped) - 8} more", "muted")))
    if counts := api.priming_counts(preview):
        lines += [(), *wrap(counts, width, "bold:text")]
        for reason in api.unusable_reasons(preview, 4):
            lines += wrap(reason, width, "muted", indent="   ")
    return lines
