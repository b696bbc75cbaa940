"""The samplers by name, with their options; importing this loads none of them.

A package adds one with an entry point in the group ``trimtab.samplers`` that names a `SamplerInfo`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from engine.errors import EngineError
from engine.registries.registry import Registry, record_of, resolve
from engine.samplers.problem import Ask
from engine.values import refuse_unknown_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplerInfo:
    """A sampler as the plan screen shows it.

    Attributes:
        name: As it is written in plans.
        module: Where its ``ask`` lives.
        summary: What it is, in one sentence.
        options: Defaults by name; every option is reachable.
        choices: What an option may be, where it is one of a few words.
        ranges: What a numeric option must be: a test and its words.
        is_guided: Whether a model of the trials proposes the next one.
        reads_outside: Whether the model learns from earlier trials beyond the bounds as well: a process over the score
            does, for a score there says what scores near it are; a density of where good trials lie does not.
    """

    name: str
    module: str
    summary: str
    options: Mapping[str, Any]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: "Mapping[str, Range]" = field(default_factory=dict)
    is_guided: bool = True
    reads_outside: bool = False


Range = tuple[Callable[[float], bool], str]


def _at_least(least: int) -> Range:
    return lambda given: given >= least, f"{least} or more"


_BUILT_IN: Mapping[str, SamplerInfo] = {
    info.name: info
    for info in (
        SamplerInfo(
            name="gp",
            module="engine.samplers.gp",
            summary="Gaussian process as gp_minimize runs it: Matérn, gp_hedge over EI, LCB, PI (scikit-optimize)",
            options={
                "acq_func": "gp_hedge",
                "acq_optimizer": "auto",
                "noise": "gaussian",  # gaussian, or a fixed variance of the standardized score
                "xi": 0.01,
                "kappa": 1.96,
                "n_points": 10_000,
                "n_restarts_optimizer": 5,
                "initial_point_generator": "random",
                "liar": "min",  # what a pending trial is taken to score, of the losses so far
                "max_points": 400,  # beyond it the worst of the older trials are left out: the cost is cubic
            },
            choices={
                "acq_func": ("gp_hedge", "EI", "LCB", "PI"),
                "acq_optimizer": ("auto", "lbfgs", "sampling"),
                "initial_point_generator": ("random", "sobol", "lhs", "halton", "hammersly", "grid"),
                "liar": ("min", "mean", "max"),
            },
            ranges={
                "xi": _at_least(0),
                "kappa": _at_least(0),
                "n_points": _at_least(1),
                "n_restarts_optimizer": _at_least(1),
                "max_points": _at_least(2),
            },
            reads_outside=True,
        ),
        SamplerInfo(
            name="tpe",
            module="engine.samplers.tpe",
            summary="Tree-structured Parzen estimator: densities of good against other trials (Optuna)",
            options={
                "n_startup_trials": 4,
                "multivariate": True,
                "constant_liar": True,
                "group": False,
                "n_ei_candidates": 24,
            },
            ranges={"n_startup_trials": _at_least(0), "n_ei_candidates": _at_least(1)},
        ),
        SamplerInfo(
            name="gp-optuna",
            module="engine.samplers.gp_optuna",
            summary="Gaussian process of Optuna: log EI, quicker to good points (needs torch)",
            options={"n_startup_trials": 4, "deterministic_objective": False},
            ranges={"n_startup_trials": _at_least(0)},
        ),
        SamplerInfo(
            name="random",
            module="engine.samplers.random",
            summary="Uniform draws on each dimension's own scale",
            options={},
            is_guided=False,
        ),
        SamplerInfo(
            name="qmc",
            module="engine.samplers.qmc",
            summary="A scrambled Sobol sequence: fills the space more evenly than random draws",
            options={"scramble": True},
            is_guided=False,
        ),
        SamplerInfo(
            name="cmaes",
            module="engine.samplers.cmaes",
            summary="Covariance matrix adaptation: a Gaussian cloud that moves and turns, generation by generation",
            options={"sigma": 0.3, "population": 0},
            ranges={
                "sigma": (lambda given: 0 < given <= 1, "above 0 and at most 1, a share of each range"),
                "population": (lambda given: given == 0 or given >= 3, "3 or more, or 0, which chooses"),
            },
        ),
    )
}

SAMPLERS = Registry(
    kind="sampler", group="trimtab.samplers", built_in=_BUILT_IN, adapt=record_of("sampler", SamplerInfo)
)
"""Every sampler; one line more and its conformance is tested."""


def sampler_info(name: str) -> SamplerInfo:
    """The sampler of that name.

    Raises:
        EngineError: Naming the nearest known one.
    """
    return SAMPLERS.named(name)


def complete_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the defaults filled in.

    Raises:
        EngineError: For an unknown sampler or option, or one of the wrong kind.
    """
    info = sampler_info(name)
    known = info.options
    refuse_unknown_keys(options, known, where=f"sampler {name}")
    for key, given in options.items():
        default = known[key]
        fits = isinstance(given, type(default)) or (isinstance(default, float) and isinstance(given, int))
        if key != "noise" and (not fits or isinstance(given, bool) != isinstance(default, bool)):
            raise EngineError(f"sampler {name}: {key} must be like {default!r}, got {given!r}")
        if key in info.choices and given not in info.choices[key]:
            raise EngineError(f"sampler {name}: {key} must be one of {', '.join(info.choices[key])}, got {given!r}")
        holds, words = info.ranges.get(key, (lambda _: True, ""))
        if not holds(given):
            raise EngineError(f"sampler {name}: {key} must be {words}, got {given!r}")
        if key == "noise" and not (given == "gaussian" or (isinstance(given, int | float) and given > 0)):
            raise EngineError(f"sampler {name}: noise must be gaussian or a variance above 0, got {given!r}")
    return {**known, **options}


def load_sampler(name: str) -> Ask:
    """The sampler's function; imports what it needs."""
    return cast(Ask, resolve(f"{sampler_info(name).module}:ask"))
