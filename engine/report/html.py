"""A report as one HTML file: its figures inside, nothing loaded from elsewhere."""

from collections.abc import Iterable
from html import escape

from engine.report.blocks import Block, Bullets, Code, Figure, Heading, Paragraph, Table

STYLE = """
:root { color-scheme: light dark; --text: #1c2024; --muted: #60646c; --rule: #d9d9e0; --page: #fdfdfe; }
@media (prefers-color-scheme: dark) {
  :root { --text: #edeef0; --muted: #b0b4ba; --rule: #43484e; --page: #18191b; } }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.55 system-ui, sans-serif;
  color: var(--text); background: var(--page); }
h1, h2, h3 { line-height: 1.25; margin: 2em 0 .6em; } h1 { margin-top: 0; }
h2 { border-bottom: 1px solid var(--rule); padding-bottom: .25em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; padding: .3em .8em .3em 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--muted); font-weight: 600; } .right { text-align: right; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; padding: .8em; border: 1px solid var(--rule); border-radius: 6px; font-size: .88rem; }
figure { margin: 1em 1.5em 1em 0; display: inline-block; vertical-align: top; }
figcaption { color: var(--muted); font-size: .88rem; }
svg { max-width: 100%; height: auto; }
"""


def html(title: str, blocks: Iterable[Block]) -> str:
    """The report as a document."""
    body = "\n".join(_written(block) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _written(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{escape(text).replace(chr(10), '<br>')}</p>"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        case Table(columns, rows):
            return _table(Table(columns, rows))
        case Figure(_, caption, svg):
            return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"
        case Code(_, text):
            return f"<pre><code>{escape(text)}</code></pre>"


def _table(table: Table) -> str:
    right = [' class="right"' if column.startswith("#") else "" for column in table.columns]
    heads = "".join(
        f"<th{mark}>{escape(column.removeprefix('#'))}</th>" for mark, column in zip(right, table.columns, strict=True)
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{mark}>{escape(cell)}</td>' for mark, cell in zip(right, row, strict=True))}</tr>"
        for row in table.rows
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
