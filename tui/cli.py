"""The command ``trimtab``: opens the interface, runs the demo, hands the other verbs to the engine and the model."""

import contextlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from engine.api import (
    EngineError,
    ExitCode,
    find_workspace,
    is_missing,
    masked_text,
    missing_text,
    named_store,
    named_workspace,
    similar_workspaces,
    unusable_file,
)
from tui.arguments import ENGINE_VERBS, MODEL_VERBS
from tui.entry import main as main  # noqa: PLC0414 - what scripts of earlier installations call
from tui.options import MIN_INTERVAL, THEME_NAMES, DemoSize, Options
from tui.shell.config_commands import config


class Verbs(click.Group):
    """The group whose help lists every verb, also those of the engine and the model."""

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """All verbs by package."""
        own = [(name, command.get_short_help_str(60)) for name, command in sorted(self.commands.items())]
        for title, rows in (
            ("Interface", own),
            ("Sprints", list(ENGINE_VERBS.items())),
            ("Model", list(MODEL_VERBS.items())),
        ):
            with formatter.section(title):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Verbs of all packages, and the options of this one."""
        others = {**ENGINE_VERBS, **MODEL_VERBS}
        verbs = [CompletionItem(name, help=line) for name, line in others.items() if name.startswith(incomplete)]
        return [*super().shell_complete(ctx, incomplete), *verbs]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """An unknown verb is bad input that names the nearest one."""
        if args and args[0] not in self.commands:
            from difflib import get_close_matches

            known = [*self.commands, *ENGINE_VERBS, *MODEL_VERBS]
            near = get_close_matches(args[0], known, n=1)
            raise click.UsageError(
                f"No such command: {args[0]}" + (f" – did you mean {near[0]}?" if near else " – see trimtab --help")
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    help="Folder of the workspace [TRIMTAB_WORKSPACE, ./, ./trimtab-workspace, ./trimtab-demo, ./trimtab-recorded].",
)
@click.option("--store", "store_url", help="Database URL in place of the workspace's store.db [TRIMTAB_STORE].")
@click.option("--group", is_flag=True, help="Open the workspace to the folder's group; otherwise it is yours alone.")
@click.option("--readonly", is_flag=True, help="Look only: nothing can be changed.")
@click.option("--once", is_flag=True, help="Print the threads once; exit 1 when a sprint failed or is orphaned.")
@click.option(
    "--mouse/--no-mouse",
    default=None,
    help="Report the mouse [where the terminal has one]; Shift selects text as without it.",
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Printable ASCII only.")
@click.option(
    "--interval",
    type=click.FloatRange(min=MIN_INTERVAL),
    help="Seconds between looks at the store [1.0].",
)
@click.option(
    "--theme", type=click.Choice(["auto", *(name.removeprefix("trimtab-") for name in THEME_NAMES)]), help="Colours."
)
@click.version_option(package_name="trimtab", prog_name="trimtab")
@click.pass_context
def trimtab(
    ctx: click.Context,
    workspace: Path | None,
    store_url: str | None,
    group: bool,
    readonly: bool,
    once: bool,
    mouse: bool | None,
    ascii_only: bool,
    interval: float | None,
    theme: str | None,
) -> None:
    """Steer a hyperparameter search by hand, in sprints. Without a command, opens the interface."""
    values, problems = settings_given()
    chosen = theme or values.get("theme", "auto")
    ctx.obj = Options(
        workspace=workspace or find_workspace(),
        store_url=store_url or named_store(),
        create=not readonly,
        group=group,
        guide=None,
        readonly=readonly,
        mouse=values.get("mouse", True) if mouse is None else mouse,
        ascii=ascii_only or values.get("ascii", False),
        interval=interval or values.get("interval", 1.0),
        theme="" if chosen == "auto" else f"trimtab-{chosen}",
        problems=problems,
    )
    if ctx.invoked_subcommand is None:
        ctx.exit(show_once(ctx.obj) if once else open_interface(ctx.obj))


def settings_given() -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values of the settings file, and what is wrong with it: told in the interface, which opens all the same."""
    from tui.shell.settings import load_settings

    try:
        values, problems = load_settings()
    except EngineError as problem:
        return {}, (str(problem),)
    return values, tuple(map(str, problems))


@trimtab.command()
@click.pass_obj
def ui(options: Options) -> None:
    """Open the interface (as without a command)."""
    raise click.exceptions.Exit(open_interface(options))


@trimtab.command()
@click.option("--recorded", is_flag=True, help="Look at finished sprints, recorded earlier: opens in seconds.")
@click.option("--headless", is_flag=True, help="Without a terminal: print the progress and a summary.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: the summary as JSON.")
@click.option("--script", is_flag=True, help="Steer a plain training script instead of the joint model.")
@click.option("--trials", type=click.IntRange(min=2), help="Trials of each sprint [12; 20 with --script].")
@click.option(
    "--documents",
    type=click.IntRange(min=24),
    default=60,
    show_default=True,
    help="Documents of the generated corpus.",
)
@click.option("--encoder", default="", help="Encoder: tiny, minilm, a name or a folder [tiny].")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Seed of corpus and sprints.")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Workers side by side.")
@click.option("--objective", default="", hidden=True, help="Another objective, for tests.")
@click.pass_context
def demo(
    ctx: click.Context,
    /,
    recorded: bool,
    headless: bool,
    as_json: bool,
    trials: int | None,
    **size_options: Any,
) -> None:
    """A guided tour with real trainings on a generated corpus.

    With --script: the same tour on a script that knows nothing of trimtab. With --recorded: finished sprints of full
    size, to review, trim, compare and continue. The workspace is --workspace, else TRIMTAB_WORKSPACE, else
    ./trimtab-demo or ./trimtab-recorded.
    """
    asked = ctx.parent.params if ctx.parent is not None else {}
    options: Options = replace(
        ctx.obj, store_url=asked.get("store_url")
    )  # a tour never goes into a shared store unasked
    given = asked.get("workspace") or named_workspace()
    if recorded:
        from tui.demo import recorded_options

        shown = recorded_options(options, given)
        raise click.exceptions.Exit(show_once(shown) if headless else open_interface(shown))
    trials = trials or (20 if size_options["script"] else DemoSize().trials)
    size = DemoSize(trials=trials, random=max(trials // 2, 1), **size_options)
    from tui.demo import DEMO_FOLDER

    workspace = given or DEMO_FOLDER
    if headless:
        from tui.headless import run_headless

        raise click.exceptions.Exit(
            run_headless(
                fresh_folder(workspace) if given is None else workspace, size, as_json=as_json, group=options.group
            )
        )
    raise click.exceptions.Exit(open_interface(replace(options, workspace=workspace, demo=size, guide=True)))


@trimtab.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others reach all but this.")
@click.option("--port", type=int, default=8765, show_default=True, help="Port to listen on.")
@click.option("--write", is_flag=True, help="Let the browser change, start and stop sprints; else it is read-only.")
@click.pass_obj
def serve(options: Options, host: str, port: int, write: bool) -> None:
    """Show the interface in a browser (needs the extra trimtab[serve]).

    Prints a link with a secret token; whoever has the link gets in, nobody else does.
    """
    from tui.serving import serve_interface

    confirm_new_workspace(options)
    serve_interface(options, host, port, write=write)


@trimtab.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--install", "installs", is_flag=True, help="Write the script where the shell looks for it.")
@click.option("--force", is_flag=True, help="With --install: replace a file that is no completion of trimtab.")
def completion(shell: str, installs: bool, force: bool) -> None:
    """Complete commands, options, threads, sprints, trials and hyperparameters with the Tab key.

    Prints the script for SHELL, for example for eval "$(trimtab completion bash)" in ~/.bashrc.
    """
    from tui.completion import install, shell_script

    lines = install(trimtab, shell, force=force) if installs else [shell_script(trimtab, shell).rstrip()]
    click.echo("\n".join(lines))


def fresh_folder(wanted: Path) -> Path:
    """The folder, or one with a number behind its name where a store lies in it already."""
    candidates = [wanted, *(wanted.with_name(f"{wanted.name}-{n}") for n in range(2, 1000))]
    return next(folder for folder in candidates if not (folder / "store.db").exists())


def confirm_new_workspace(options: Options) -> None:
    """Ask whether a workspace that was named shall be made: its name may be mistyped.

    Raises:
        EngineError: When the person says no, or nobody can be asked and one of nearly that name lies beside it.
    """
    folder = options.workspace
    named = named_workspace() is not None or folder != find_workspace()
    if not named or not options.create or options.demo is not None or not is_missing(folder):
        return
    if sys.stdin.isatty():
        if not click.confirm(f"{missing_text(folder)} Create {folder}?", err=True):
            raise EngineError(f"No workspace was created at {folder}", "name another with --workspace DIR")
    elif similar_workspaces(folder):
        raise EngineError(missing_text(folder), f"to create one there, first run: mkdir {folder}")


def open_interface(options: Options) -> int:
    """Run the interface in this terminal."""
    from tui.terminal import escapes

    refusal = escapes.refusal()
    if refusal:
        print(f"trimtab: {refusal}", file=sys.stderr)  # noqa: T201
        return ExitCode.FAILED
    confirm_new_workspace(options)
    from tui.app import TrimtabApp
    from tui.terminal.malloc import share_one_arena
    from tui.terminal.mouse import has_mouse

    share_one_arena()
    escapes.watch_for_hang_up()
    app = TrimtabApp(options)
    if not escapes.in_browser():
        app.follow_background()
    app.run(mouse=options.mouse and (escapes.in_browser() or has_mouse()))
    escapes.restore()
    if app.problem is not None:
        raise app.problem
    if app.ready and not escapes.in_browser():
        from engine.api import list_sprints
        from tui.shell.closing import closing_words

        with contextlib.suppress(EngineError, OSError):  # a store that is gone has nothing to name
            told = closing_words(options, list_sprints(app.ws))
            print(told, end="\n" if told else "")  # noqa: T201
    return app.return_code or 0


def show_once(options: Options) -> int:
    """Print the threads once."""
    from engine import api
    from tui.status import print_once

    ws = api.open_workspace(options.workspace, options.store_url, readonly=options.readonly)
    return print_once(ws, ascii_only=options.ascii)


trimtab.add_command(config)


def run_verb(given: list[str]) -> int:
    """Run a verb of the interface, or open it; its exit status."""
    try:
        code = trimtab.main(given, prog_name="trimtab", standalone_mode=False)
    except click.UsageError as problem:
        print(f"trimtab: {masked_text(problem.format_message())}", file=sys.stderr)  # noqa: T201
        code = ExitCode.BAD_INPUT
    except EngineError as problem:
        print(f"trimtab: {problem}", file=sys.stderr)  # noqa: T201
        code = ExitCode.BAD_INPUT
    except OSError as problem:
        if os.environ.get("TRIMTAB_DEBUG"):
            raise
        print(f"trimtab: {unusable_file(problem)}", file=sys.stderr)  # noqa: T201
        code = ExitCode.FAILED
    except (KeyboardInterrupt, click.Abort):
        code = ExitCode.INTERRUPTED
    return code if isinstance(code, int) else 0
