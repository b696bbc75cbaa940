"""Every kind of thing that has a registry here, for help, docs and `trimtab doctor`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.registries.registry import Registry, resolve


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of thing.

    Attributes:
        title: In the plural.
        registry: ``module:REGISTRY``.
        follows: What an entry point names, and the protocol behind it.
        chosen: Where a person chooses one.
    """

    title: str
    registry: str
    follows: str
    chosen: str

    def load(self) -> Registry[Any]:
        """The registry."""
        found: Registry[Any] = resolve(self.registry)
        return found


KINDS: Mapping[str, Kind] = {
    "samplers": Kind(
        title="Samplers",
        registry="engine.samplers.registry:SAMPLERS",
        follows="A `SamplerInfo`; its module has a function `ask` that follows `engine.samplers.problem.Ask`.",
        chosen="`trimtab sprint new --sampler NAME`, the field *sampler* of the plan form, `sampler:` of a stage",
    ),
    "pruners": Kind(
        title="Pruners",
        registry="engine.pruners.registry:PRUNERS",
        follows="A `PrunerInfo`; its `make` follows `engine.pruners.pruner.MakePruner`. "
        "A pruner with a method `ladders` has its brackets drawn.",
        chosen="`trimtab sprint new --pruner NAME`, the field *pruner* of the plan form, `pruner:` of a stage",
    ),
    "reviewers": Kind(
        title="Reviewers",
        registry="engine.reviewers.registry:REVIEWERS",
        follows="A `ReviewerInfo`; its `review` follows `engine.reviewers.policy.Reviewer`.",
        chosen="`trimtab auto --reviewer NAME`, `trimtab space accept --reviewer NAME`",
    ),
    "launchers": Kind(
        title="Launchers",
        registry="engine.launchers.registry:LAUNCHERS",
        follows="A `LauncherInfo`; its `start` follows `engine.launchers.launcher.Start`.",
        chosen="`trimtab sprint start --launcher NAME`, `trimtab sprint resume --launcher NAME`",
    ),
    "exchange_formats": Kind(
        title="Exchange formats",
        registry="engine.exchange.registry:FORMATS",
        follows="An object that follows `engine.exchange.format.ExchangeFormat`.",
        chosen="`trimtab export --format NAME`, `trimtab import --format NAME`",
    ),
    "metric_sources": Kind(
        title="Metric sources",
        registry="engine.metric_sources.registry:SOURCES",
        follows="A class that follows `engine.metric_sources.reading.MetricSource`, "
        "built with `(options: SourceOptions, place: Place)`.",
        chosen="the key under `report:` in a thread file",
    ),
    "objectives": Kind(
        title="Objectives",
        registry="engine.objectives.registry:OBJECTIVES",
        follows="An `ObjectiveInfo`; its `target` names a class that follows `engine.objectives.protocol.Objective`.",
        chosen="`objective: NAME` in a thread file, the new-thread form",
    ),
}
"""Kinds by the last part of their entry points' group, ``trimtab.samplers`` and so on."""
