"""Programs that the interface benchmark runs beside and inside the interface."""

MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("first frame")

Minimal().run(mouse=False)
"""

HEARTBEAT = """
import asyncio, json, sys, time
from pathlib import Path
from tui import app, cli

mounted = app.TrimtabApp.on_mount

def on_mount(self):
    mounted(self)

    async def beat():
        lags = []
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0.01)
            lags.append(time.perf_counter() - begin - 0.01)
            if len(lags) % 200 == 0:
                Path(sys.argv[1]).write_text(json.dumps(lags))

    self._beat = asyncio.create_task(beat())

app.TrimtabApp.on_mount = on_mount
cli.main(sys.argv[2:])
"""

LIBRARIES = """
import numpy
from sqlmodel import Session, create_engine, text
from textual.app import App
from textual.widgets import Static

class Libraries(App):
    def compose(self):
        with Session(create_engine("sqlite://")) as session:
            session.exec(text("SELECT 1")).all()
        yield Static("first frame")

Libraries().run(mouse=False)
"""
"""The least that what trimtab stands on takes: Textual's minimal app with SQLModel and numpy loaded and used once."""

TICKING = '''
"""An objective whose trials say twice a second how far they are."""

import time


class Ticking:
    metric = "score"
    direction = "maximize"

    def __init__(self, model, data, base_dir):
        pass

    def prepare(self):
        return {"n_train": 600, "n_val": 300}

    def run(self, trial):
        for step in range(1, 400):
            if not trial.progress(1, step / 400, f"batch {step}"):
                break
            time.sleep(0.5)
        trial.report(1, 0.5, {"loss": 0.5})
        return 0.5
'''
