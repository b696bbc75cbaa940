"""Which threshold moves when (paper B.1.4, B.3): rules with start, stop, skip and δ, rotation, and named presets."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from model.errors import ModelError
from model.thresholds.thresholds import LOWEST, NAMES, ThresholdName

Method = Literal["scut", "climb", "exact"]
"""``scut`` finds the mention threshold, ``exact`` the relation threshold, ``climb`` tries ±δ of any."""

FIT_DELTA = 0.05
"""δ in evaluations during training (paper B.1.2)."""

CALIBRATION_DELTA = 0.025
"""δ in the calibration phase (paper B.1.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """How and in which epochs one threshold moves (B.1.4).

    Attributes:
        method: How.
        start: First epoch, from 1.
        stop: Last epoch; None for no end.
        skip: Epochs left out after each one that qualifies.
        delta: δ of ``climb``.
    """

    method: Method
    start: int = 1
    stop: int | None = None
    skip: int = 0
    delta: float = FIT_DELTA

    def __post_init__(self) -> None:
        if self.start < 1 or (self.stop is not None and self.stop < self.start) or self.skip < 0:
            raise ModelError(
                f"a threshold rule needs 1 <= start <= stop and skip >= 0; "
                f"given: start {self.start}, stop {self.stop}, skip {self.skip}"
            )
        if not 0 < self.delta < 1:
            raise ModelError(f"δ must lie between 0 and 1; given: {self.delta}")

    def applies(self, epoch: int) -> bool:
        """True if the threshold moves in this epoch (from 1)."""
        inside = self.start <= epoch and (self.stop is None or epoch <= self.stop)
        return inside and (epoch - self.start) % (self.skip + 1) == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What one epoch does.

    Attributes:
        scut: True to set the mention threshold by SCut first.
        beta: Which F-beta SCut maximizes.
        scut_lowest: Lowest threshold SCut may choose.
        deltas: Thresholds that try ±δ.
        exact: True to find the relation threshold exactly.
    """

    scut: bool = False
    beta: float = 1.0
    scut_lowest: float = LOWEST
    deltas: Mapping[ThresholdName, float]
    exact: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The rules of all three thresholds; a threshold without a rule that applies keeps its value.

    Attributes:
        name: For reports.
        mention: Rules; the first that applies counts.
        coref: Rules; ``climb`` only.
        relation: Rules; ``climb`` or ``exact``.
        rotate: True to climb one threshold an epoch, in turn, of those whose rule applies (B.1.2).
        beta: Which F-beta SCut maximizes.
        early_lowest: Lowest threshold SCut may choose in early epochs (paper §2.3, which gives no value).
        early_epochs: How many epochs are early.
    """

    name: str = "custom"
    mention: tuple[Rule, ...] = ()
    coref: tuple[Rule, ...] = ()
    relation: tuple[Rule, ...] = ()
    rotate: bool = False
    beta: float = 1.0
    early_lowest: float = 0.1
    early_epochs: int = 3

    def __post_init__(self) -> None:
        allowed = {"mention": {"scut", "climb"}, "coref": {"climb"}, "relation": {"exact", "climb"}}
        for name in NAMES:
            for rule in getattr(self, name):
                if rule.method not in allowed[name]:
                    raise ModelError(
                        f"the {name} threshold moves by {' or '.join(sorted(allowed[name]))}; given: {rule.method!r}"
                    )
        if not self.beta > 0:
            raise ModelError(f"beta must be above 0; given: {self.beta}")

    def plan(self, epoch: int) -> Plan:
        """What to do after an epoch (from 1)."""
        rules = self._rules(epoch)
        climbing = [name for name in NAMES if name in rules and rules[name].method == "climb"]
        if self.rotate and climbing:
            climbing = [climbing[self._turn(epoch) % len(climbing)]]
        return Plan(
            scut="mention" in rules and rules["mention"].method == "scut",
            beta=self.beta,
            scut_lowest=self.early_lowest if epoch <= self.early_epochs else LOWEST,
            deltas={name: rules[name].delta for name in climbing},
            exact="relation" in rules and rules["relation"].method == "exact",
        )

    def _rules(self, epoch: int) -> dict[ThresholdName, Rule]:
        found: dict[ThresholdName, Rule] = {}
        for name in NAMES:
            rule = next((rule for rule in getattr(self, name) if rule.applies(epoch)), None)
            if rule is not None:
                found[name] = rule
        return found

    def _turn(self, epoch: int) -> int:
        """How many earlier epochs climbed; counting them, not epochs, keeps a skip from starving a threshold."""
        return sum(any(rule.method == "climb" for rule in self._rules(e).values()) for e in range(1, epoch))


_SCUT, _CLIMB = (Rule(method="scut"),), (Rule(method="climb"),)
_FROM_11 = (Rule(method="climb", start=11),)

PRESETS: Mapping[str, Policy] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            # Nothing moves: the thresholds given at the start.
            Policy(name="fixed"),
            # Algorithm 2 as listed: SCut each epoch, nine combinations of coreference and relation.
            Policy(name="algorithm-2", mention=_SCUT, coref=_CLIMB, relation=_CLIMB),
            # The text of B.3: as above, but from after the 10th epoch and one in turn.
            Policy(name="after-10", mention=_SCUT, coref=_FROM_11, relation=_FROM_11, rotate=True),
            # B.1.4 with B.1.2: SCut finds a start in the first epoch, then all three climb in turn.
            Policy(
                name="b14",
                mention=(Rule(method="scut", stop=1), Rule(method="climb", start=2)),
                coref=(Rule(method="climb", start=2),),
                relation=(Rule(method="climb", start=2),),
                rotate=True,
            ),
            # Ours: SCut, ±δ of coreference, and the exact relation threshold of each.
            Policy(name="exact", mention=_SCUT, coref=_CLIMB, relation=(Rule(method="exact"),)),
        )
    }
)
"""Policies by name; ``fixed``, ``algorithm-2``, ``after-10``, ``b14``, ``exact``."""


def preset(name: str) -> Policy:
    """A policy by name.

    Raises:
        ModelError: If there is none of that name.
    """
    if name not in PRESETS:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        raise ModelError(
            f"a threshold policy is one of {', '.join(PRESETS)}; given: {name!r}",
            f"did you mean {near[0]!r}?" if near else "",
        )
    return PRESETS[name]


def calibration_policy(*, rotate: bool = False, delta: float = CALIBRATION_DELTA) -> Policy:
    """The calibration phase's policy: all three thresholds climb, jointly (27 combinations) or in turn (paper B.3)."""
    rule = (Rule(method="climb", delta=delta),)
    name = "rotate" if rotate else "joint"
    return Policy(name=name, mention=rule, coref=rule, relation=rule, rotate=rotate)
