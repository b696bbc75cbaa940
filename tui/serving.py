"""``trimtab serve``: the same interface in a browser, by textual-serve; on this machine alone unless told otherwise."""

import ipaddress
import shlex
import sys

from engine.api import EngineError
from tui.options import Options


def serve_interface(options: Options, host: str, port: int) -> None:
    """Serve until interrupted; every page that is opened runs an interface of its own on the workspace.

    Raises:
        EngineError: Without textual-serve, or when the address cannot be listened on.
    """
    try:
        from textual_serve.server import Server
    except ImportError:
        raise EngineError("serve needs textual-serve", "pip install 'trimtab[serve]'") from None
    if not is_loopback(host):
        warning = (
            f"trimtab: warning: {host} is reached from other machines, and there is no password: whoever opens the "
            "page can start, stop and change sprints as you. --readonly lets them look only."
        )
        print(warning, file=sys.stderr)  # noqa: T201
    try:
        Server(shlex.join(served_command(options)), host=host, port=port, title="trimtab").serve()
    except OSError as problem:
        raise EngineError(
            f"serve must be able to listen on {host}:{port}, got: {problem.strerror or problem}",
            "choose another --port",
        ) from None


def served_command(options: Options) -> list[str]:
    """The command that each page runs: this interface with the same options."""
    command = [sys.executable, "-m", "tui", "--workspace", str(options.workspace.expanduser().resolve())]
    command += ["--store", options.store_url] if options.store_url else []
    command += ["--readonly"] if options.readonly else []
    command += ["--mouse"] if options.mouse else []
    command += ["--ascii"] if options.ascii else []
    command += ["--theme", options.theme.removeprefix("trimtab-")] if options.theme else []
    return [*command, "--interval", f"{options.interval:g}"]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
