"""The hooks that tell a person who is away, tried by hand."""

from engine.errors import EngineError


def try_hooks() -> tuple[list[str], list[str]]:
    """Call the hooks that the environment names with a test event; names of those called, and what was wrong.

    Raises:
        EngineError: When it names none.
    """
    from engine.launchers.hooks import COMMAND, URL, HookEvent, call_hooks, hooks_named

    called = [name for name, value in zip((COMMAND, URL), hooks_named(), strict=True) if value]
    if not called:
        raise EngineError(
            f"{COMMAND} or {URL} must be set in the environment, neither is",
            f"""for example: export {COMMAND}='notify-send "$TRIMTAB_TEXT"'""",
        )
    return called, call_hooks(HookEvent(event="test", text="This is a test of trimtab's hooks."))
