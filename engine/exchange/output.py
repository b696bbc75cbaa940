"""Where an export's file goes: through the one helper for outputs."""

from engine.boundary.output import Output
from engine.errors import EngineError
from engine.exchange.format import ExportTarget


def output_of(target: ExportTarget) -> Output:
    """The file of a target: made new, whole or not at all."""
    return Output(path=target.path, refusal=EngineError, replace=target.replace, workspaces=target.workspaces)
