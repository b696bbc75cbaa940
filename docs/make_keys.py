"""Writes docs/keys.md from the interface's own bindings: ``python docs/make_keys.py``. A test keeps the page true."""

from pathlib import Path

from tui.shell.keymap import all_bindings

PAGE = Path(__file__).with_name("keys.md")

HEAD = """# Keys

Made from the interface's bindings by `python docs/make_keys.py`. `?` shows those of the screen you are on.

To change one, map its id to keys in `~/.config/trimtab/keys.yaml`; several keys are separated by commas:

```yaml
review.freeze: f,F
app.quit: ctrl+q
```

An unknown id is refused with the nearest known one.

The mouse works beside the keys where the terminal reports one: a click chooses a row and a second one opens it, a click
on a head sorts, on the last row it presses the key that stands there; the wheel scrolls, and brackets in a plot are
dragged. Hold Shift to select text as in any other program. `--no-mouse`, or `trimtab config set mouse false`, turns the
mouse off. `trimtab config show` lists the other settings; `trimtab config schema` prints their JSON Schema.
"""

SECTIONS = {
    "app": "Everywhere",
    "screen": "Every screen",
    "table": "Tables",
    "threads": "Threads",
    "review": "Review",
    "plan": "Plan",
    "live": "Live",
    "trials": "Trials, on the live screen",
    "compare": "Compare",
}
"""Titles of the sections by the part of an id before its dot; the others follow under their own name."""

NAMES = {"question_mark": "?", "slash": "/", "colon": ":", "space": "space", "escape": "esc", "plus": "+", "minus": "-"}


def keys_page() -> str:
    """The whole page."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    for name, binding in sorted(all_bindings().items()):
        keys = " ".join(f"`{NAMES.get(key.strip(), key.strip())}`" for key in binding.key.split(","))
        text = (binding.tooltip or binding.description).replace("|", "\\|")
        sections.setdefault(name.partition(".")[0], []).append(f"| {keys} | {text} | `{name}` |")
    tables = [
        f"\n## {SECTIONS.get(name, name.capitalize())}\n\n| keys | does | id |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
        for name, rows in sections.items()
        if rows
    ]
    return HEAD + "".join(tables)


if __name__ == "__main__":
    PAGE.write_text(keys_page(), encoding="utf-8")
