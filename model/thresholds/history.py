"""What thresholds did in a training, for people: SCut's curve and every round with all it tried.

The content of ``thresholds.json``; its schema is documented in docs/examples.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from model.evaluation.scores import ClassScore
from model.thresholds.candidates import MentionScores, f_score
from model.thresholds.epoch import EpochTuning
from model.thresholds.hill_climb import Tried
from model.thresholds.report import Calibration
from model.thresholds.scut import BETAS, MentionCut, scut
from model.thresholds.thresholds import LOWEST, ThresholdSet

SCHEMA = 1
"""Version of the file's schema."""

MOST_ROUNDS = 200
"""Rounds written, the last ones: an exact search looks at so many points at most."""

EVEN_POINTS = 41
"""Points of the curve spread evenly over 0..1."""

RANKED_POINTS = 40
"""Points of the curve spread evenly over the candidates: where they crowd the curve is finer."""

Phase = Literal["train", "calibration"]
"""When a round was."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Round:
    """One look around the thresholds.

    Attributes:
        phase: During training or after it.
        step: The epoch as the engine counts them, from 1.
        what: What moved or looked: ``coref, relation ± 0.05``.
        before: Where it started, after SCut where that was used.
        after: Where it ended.
        f1_before: Micro F1 at ``before``, percent.
        f1_after: Micro F1 at ``after``, percent.
        tried: Every combination with its micro F1.
        cut: What SCut chose just before; None where it was not used.
    """

    phase: Phase
    step: int
    what: str
    before: ThresholdSet
    after: ThresholdSet
    f1_before: float
    f1_after: float
    tried: tuple[Tried, ...]
    cut: MentionCut | None = None


@dataclass(kw_only=True, slots=True)
class Trace:
    """Written along while thresholds move.

    Attributes:
        rounds: In order.
        mentions: Every candidate span of the last weights; None for a model that is given its mentions.
        beta: Which F-beta SCut maximized last; None where it was never used.
        lowest: Lowest threshold it was allowed then.
    """

    rounds: list[Round] = field(default_factory=list)
    mentions: MentionScores | None = None
    beta: float | None = None
    lowest: float = LOWEST

    def add_epoch(self, epoch: int, tuning: EpochTuning, *, beta: float, lowest: float) -> None:
        """Takes in what was tuned after an epoch of training."""
        step = tuning.step
        if tuning.cut is not None:
            self.beta, self.lowest = beta, lowest
        # An exact relation threshold has no δ of its own.
        what = ", ".join(f"{name} ± {delta:g}" for name, delta in step.varied.items()) or "exact"
        self.rounds.append(
            Round(
                phase="train",
                step=epoch,
                what=what if len(step.tried) > 1 else "",
                before=step.before,
                after=step.after,
                f1_before=step.f1_before,
                f1_after=step.f1_after,
                tried=step.tried,
                cut=tuning.cut,
            )
        )

    def add_calibration(self, found: Calibration, first_step: int, *, climbs: bool) -> None:
        """Takes in a calibration phase; every round of a climb is an epoch, an exact search is one in all."""
        before, f1 = found.before.thresholds, found.before.f1
        for row in found.path:
            step = first_step + row.iteration - 1 if climbs else first_step
            self.rounds.append(
                Round(
                    phase="calibration",
                    step=step,
                    what=row.what,
                    before=before,
                    after=row.thresholds,
                    f1_before=f1,
                    f1_after=row.f1,
                    tried=row.tried,
                )
            )
            before, f1 = row.thresholds, row.f1


def trace_content(
    trace: Trace, thresholds: ThresholdSet, classes: Mapping[str, ClassScore], names: tuple[str, ...]
) -> dict[str, Any]:
    """The content of ``thresholds.json``.

    Args:
        trace: What was written along.
        thresholds: In force at the end.
        classes: Counts of each relation type at them; those that do not occur may be absent.
        names: The relation types in the order of the heads.
    """
    by_name = dict(zip(names, thresholds.relation_vector(len(names)).tolist(), strict=True)) if names else {}
    return {
        "schema": SCHEMA,
        "thresholds": dict(zip(("mention", "coref", "relation"), _triple(thresholds), strict=True)),
        "scut": None if trace.mentions is None else cut_curve(trace.mentions, thresholds.mention, trace),
        "rounds": [_round(climb) for climb in trace.rounds[-MOST_ROUNDS:]],
        "n_rounds": len(trace.rounds),
        "classes": [
            {
                "name": name,
                "threshold": _plain(by_name[name]),
                "gold": score.gold,
                "predicted": score.predicted,
                "right": score.hits,
            }
            for name, score in sorted(classes.items(), key=lambda item: -item[1].gold)
            if name in by_name
        ],
    }


def cut_curve(mentions: MentionScores, in_force: float, trace: Trace) -> dict[str, Any]:
    """F1 to F4 over the mention threshold, the best of each, and where SCut would not look.

    Args:
        mentions: Every candidate span.
        in_force: The mention threshold at the end.
        trace: Says whether SCut was used, for which F-beta and above which bound.
    """
    gold = mentions.score[mentions.gold]
    best = [scut(mentions, beta=beta, lowest=trace.lowest, current=in_force) for beta in BETAS]
    ranked = np.sort(mentions.score)
    picked = np.unique(np.linspace(0, max(len(ranked) - 1, 0), RANKED_POINTS).astype(np.int64))
    discard = float(gold.min()) if len(gold) else None
    at = np.concatenate(
        [
            np.linspace(0, 1, EVEN_POINTS),
            # Below the lowest gold candidate the curve only falls.
            ranked[picked][ranked[picked] >= (discard or 0.0)] if len(ranked) else [],
            np.linspace(float(gold.min()), float(gold.max()), RANKED_POINTS) if len(gold) else [],
            [in_force, *(cut.threshold for cut in best)],
        ]
    )
    at = np.unique(np.clip(at, 0, 1).astype(np.float32))
    kept = len(ranked) - np.searchsorted(ranked, at, side="left")
    hits = len(gold) - np.searchsorted(np.sort(gold), at, side="left")
    curves = [f_score(hits, kept, mentions.n_gold, beta) for beta in BETAS]
    return {
        "used": trace.beta is not None,
        "beta": trace.beta if trace.beta is not None else BETAS[0],
        "in_force": _plain(in_force),
        "lowest": _plain(trace.lowest),
        "discard": _plain(discard),
        "n_candidates": len(ranked),
        "n_gold": mentions.n_gold,
        "best": [
            {
                "beta": cut.beta,
                "threshold": _plain(cut.threshold),
                "f": _plain(cut.f_beta),
                "kept": cut.kept,
                "right": cut.hits,
            }
            for cut in best
        ],
        "betas": list(BETAS),
        "points": [[_plain(x), *(_plain(curve[i], 2) for curve in curves)] for i, x in enumerate(at.tolist())],
    }


def _round(climb: Round) -> dict[str, Any]:
    return {
        "phase": climb.phase,
        "step": climb.step,
        "what": climb.what,
        "before": _triple(climb.before),
        "after": _triple(climb.after),
        "f1_before": _plain(climb.f1_before, 3),
        "f1_after": _plain(climb.f1_after, 3),
        "tried": [[*_triple(thresholds), _plain(f1, 3)] for thresholds, f1 in climb.tried],
        "scut": None if climb.cut is None else _plain(climb.cut.threshold),
    }


def _triple(thresholds: ThresholdSet) -> list[float | None]:
    """Mention, coreference, relation; of class thresholds their mean."""
    relation = float(np.mean(thresholds.relation))
    return [_plain(thresholds.mention), _plain(thresholds.coref), _plain(relation)]


def _plain(value: float | None, digits: int = 6) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
