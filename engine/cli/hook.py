"""``trimtab hook``: try what is called at a sprint's end."""

import click

from engine.cli import output
from engine.cli.context import Invocation, as_json
from engine.errors import EngineError


@click.command()
@as_json
@click.pass_obj
def hook(where: Invocation, json_output: bool) -> None:
    """Call TRIMTAB_HOOK (a shell command) and TRIMTAB_WEBHOOK (a URL) with a test event.

    Launchers call them at a sprint's end, when it pauses after failures, at failures, and at new bests.
    """
    del where  # the environment names the hooks
    from engine.api.hooks import try_hooks

    called, faults = try_hooks()
    if faults:
        raise EngineError(" ".join(faults))
    output.answer({"called": called}, f"called {' and '.join(called)}", json_output)
