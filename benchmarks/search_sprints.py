"""The search benchmark's threads of sprints: 1E, a review, Warm, a review, Full, through the engine's own functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from search_tasks import MAX_EPOCHS

from engine.diagnostics import diagnose
from engine.pruners.pruning_decision import make_verdict
from engine.reviewers.registry import propose
from engine.samplers.suggest import Search, suggest
from engine.space.edits import apply_proposal
from engine.space.space import Space
from engine.sprint.stages import HYPERBAND
from engine.trials.states import Direction
from engine.trials.trial import EpochReport, TrialRecord, ranked

SIXTH = 6
WARM_EPOCHS = 7


@dataclass(frozen=True)
class Sizes:
    """Trials of the three stages and how many of them are random."""

    explore: tuple[int, int] = (120, 60)
    warm: tuple[int, int] = (90, 30)
    full: int = 9

    @property
    def budget(self) -> float:
        """Epochs over all training data."""
        return self.explore[0] / SIXTH + self.warm[0] * WARM_EPOCHS / SIXTH + self.full * MAX_EPOCHS


PAPER = Sizes()
QUICK = Sizes(explore=(40, 20), warm=(30, 10), full=3)


@dataclass
class Outcome:
    """What one method did with one seed."""

    params: Mapping[str, Any]
    cost: float
    n_full: int
    cuts: list[dict[str, Any]] = field(default_factory=list)
    seen: list[tuple[dict[str, Any], float]] = field(default_factory=list)


def run_trial(task, params, *, train_parts, epochs, number, seed) -> float:
    score = float("nan")
    for epoch, value in enumerate(task.train(params, train_parts=train_parts, number=number, seed=seed), 1):
        score = value
        if epoch == epochs:
            break
    return score


def sprint(task, space: Space, *, sampler, n, n_random, train_parts, epochs, seed) -> list[TrialRecord]:
    """One sprint through the engine's own samplers, in memory."""
    options = {"n_startup_trials": 4} if sampler == "tpe" else {}
    search = Search(
        space=space,
        settings={},
        sampler=sampler,
        options=options,
        n_random=n_random,
        seed=seed,
        direction=Direction.MAXIMIZE,
    )
    trials: list[TrialRecord] = []
    state: Mapping[str, Any] = {}
    for number in range(n):
        suggestion = suggest(search, trials, number, state)
        params, source, state = suggestion.params, suggestion.source, suggestion.state
        score = run_trial(task, params, train_parts=train_parts, epochs=epochs, number=number, seed=seed)
        fold = (number % train_parts, number % 3 if train_parts > 1 else 0)
        trials.append(
            TrialRecord(
                number=number, state="complete", source=source, params=params, score=score, fold=fold, n_epochs=epochs
            )
        )
    return trials


def full_sprint(
    task, space: Space, *, epochs: int, seed: int, primed: Sequence[Mapping[str, Any]]
) -> list[TrialRecord]:
    """The Full stage: TPE under Hyperband as the engine's template has it, until its budget of epochs is used.

    Every trial finishes before the next begins, so the rungs fill in order of number, as with one worker.
    """
    verdict = make_verdict("hyperband", HYPERBAND, study_key=f"bench{seed}", direction=Direction.MAXIMIZE)
    assert verdict is not None
    options = {"n_startup_trials": 4}
    search = Search(
        space=space, settings={}, sampler="tpe", options=options, n_random=0, seed=seed, direction=Direction.MAXIMIZE
    )
    trials: list[TrialRecord] = []
    curves: dict[int, dict[int, float]] = {}
    state: Mapping[str, Any] = {}
    used = 0
    while used < epochs:
        number = len(trials)
        if number < len(primed):
            params, source = dict(primed[number]), "primed-cold"
        else:
            found = suggest(search, trials, number, state)
            params, source, state = found.params, found.source, found.state
        curve = curves[number] = {}
        reason = ""
        for epoch, score in enumerate(task.train(params, train_parts=1, number=number, seed=seed), 1):
            curve[epoch] = score
            used += 1
            if epoch < MAX_EPOCHS and verdict.decides_at(epoch):
                reason = verdict.reason_to_prune(curves, number, epoch)
            if reason or used >= epochs:
                break
        whole = len(curve) == MAX_EPOCHS
        trials.append(
            TrialRecord(
                number=number, state="complete" if whole else "pruned", source=source, params=params,
                score=curve[len(curve)], n_epochs=len(curve), reason=reason,
                reports=tuple(EpochReport(step=step, phase="train", score=value) for step, value in curve.items()),
            )
        )  # fmt: skip
    return trials


def reviewed(task, space: Space, trials, reviewer: str, cuts: list[dict[str, Any]], stage: str) -> Space:
    """The space after a review, and what the review cost: is an optimum still inside?"""
    if reviewer == "uncut":
        return space
    findings = diagnose(space, trials, settings={}) if reviewer == "guarded" else ()
    proposals = propose(reviewer, space, trials, findings, settings={})
    after = space
    for proposal in proposals:
        after, _ = apply_proposal(after, proposal)
    held_before = [not space.misfits(o, {}) for o in task.optima]
    held_after = [not after.misfits(o, {}) for o in task.optima]
    cuts.append(
        {
            "stage": stage,
            "n_proposals": len(proposals),
            "volume": float(np.prod([_width(space[d.name], d) for d in after])),
            "excluded": any(held_before) and not any(held_after) if task.optima else None,
            "gained": any(held_after) and not any(held_before) if task.optima else None,
            "space": after.to_dict(),
        }
    )
    return after


def _width(before, after) -> float:
    if after.is_frozen:
        return 1e-3
    if after.kind == "categorical":
        return len(after.choices) / len(before.choices)
    return before.to_unit(after.bounds[1]) - before.to_unit(after.bounds[0])


_EXPLORED: dict[tuple[Any, ...], list[TrialRecord]] = {}


def thread(task, seed: int, sizes: Sizes, sampler: str, reviewer: str) -> Outcome:
    """1E, review, Warm, review, Full primed with the best three. The first sprint is the same for every reviewer."""
    key = (task.name, seed, sizes, sampler)
    if key not in _EXPLORED:
        _EXPLORED.clear()
        n, n_random = sizes.explore
        _EXPLORED[key] = sprint(
            task, task.space, sampler=sampler, n=n, n_random=n_random, train_parts=SIXTH, epochs=1, seed=seed * 10 + 1
        )
    cuts: list[dict[str, Any]] = []
    space = reviewed(task, task.space, _EXPLORED[key], reviewer, cuts, "1E")
    n, n_random = sizes.warm
    warm = sprint(
        task, space, sampler=sampler, n=n, n_random=n_random, train_parts=SIXTH, epochs=WARM_EPOCHS, seed=seed * 10 + 2
    )
    space = reviewed(task, space, warm, reviewer, cuts, "Warm")
    best = [t.params for t in ranked(warm) if not space.misfits(t.params, {})][: min(3, sizes.full)]
    full = full_sprint(task, space, epochs=sizes.full * MAX_EPOCHS, seed=seed * 10 + 3, primed=best)
    whole = ranked(full)
    return Outcome(whole[0].params, sizes.budget, len(whole), cuts, [(dict(t.params), t.score) for t in whole])
