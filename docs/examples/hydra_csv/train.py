"""In the style of lightning-hydra-template: key=value overrides, a CSV logger deep in the run's own folder."""

import csv
import sys
from pathlib import Path

config = {
    "model.optimizer.lr": "0.1",
    "model.width": "64",
    "trainer.max_epochs": "10",
    "hydra.run.dir": "logs/train/runs/now",
}
config |= dict(override.split("=", 1) for override in sys.argv[1:])
folder = Path(config["hydra.run.dir"]) / "csv" / "version_0"
folder.mkdir(parents=True)

weight = 0.0
rows: list[dict[str, object]] = []
for epoch in range(int(config["trainer.max_epochs"])):
    weight -= float(config["model.optimizer.lr"]) * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    accuracy = 1 / (1 + loss) - 1 / int(config["model.width"])
    rows.append({"epoch": epoch, "step": 8 * epoch + 7, "train/loss": loss})
    rows.append({"epoch": epoch, "step": 8 * epoch + 7, "val/acc": accuracy})
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["epoch", "step", "train/loss", "val/acc"])
        writer.writeheader()
        writer.writerows(rows)
