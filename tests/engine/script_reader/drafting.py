"""Drafting a thread file for a script that a test writes."""

from pathlib import Path
from typing import Any

import yaml

from engine.script_reader.draft import draft_thread


def drafted(folder: Path, script: str, files: dict[str, str], **options: Any) -> dict[str, Any]:
    """The thread file for a script, as YAML reads it."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    draft = draft_thread(folder / script, folder=folder, **options)
    assert "# guess" in draft.text
    plain = yaml.safe_load(draft.text)
    assert isinstance(plain, dict)
    return plain


ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=64, metavar="N")
parser.add_argument("-l", "--lr", type=float, default=1e-3)
parser.add_argument("--wd", type=float, default=0.0, help="weight decay")
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--opt", choices=["sgd", "adam"], default="sgd")
parser.add_argument("--tied", action="store_true")
parser.add_argument("--bias", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--epochs", type=int, default=14)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--fraction", type=float, default=1.0)
parser.add_argument("--save", default="model.pt")
parser.add_argument("--log-interval", type=int, default=10)
parser.add_argument("--data", required=True)
args = parser.parse_args()
for epoch in range(args.epochs):
    print("| end of epoch {:3d} | valid loss {:5.2f} | valid ppl {:8.2f}".format(epoch, loss, ppl))
"""
"""A script of the most usual kind."""
