"""In the style of yolov5: hyperparameters in a YAML file, results in runs/train/exp*/results.csv beside the script."""

import argparse
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--hyp", default="hyp.yaml")
parser.add_argument("--epochs", type=int, default=100)
args = parser.parse_args()

lines = (line.split("#")[0].partition(":") for line in Path(args.hyp).read_text().splitlines())
hyp = {key.strip(): float(value) for key, _, value in lines if value.strip()}
runs = Path(__file__).parent / "runs" / "train"
folder = next(path for n in range(1, 1000) if not (path := runs / f"exp{n}").exists())
folder.mkdir(parents=True)

weight = 0.0
with (folder / "results.csv").open("w") as file:
    file.write(f"{'epoch':>12},{'train/box_loss':>15},{'metrics/mAP_0.5':>16}\n")
    for epoch in range(args.epochs):
        weight -= hyp["lr0"] * 2 * (weight - 3)
        loss = (weight - 3) ** 2
        file.write(f"{epoch:12d},{loss:15.5f},{1 / (1 + loss) - hyp['mixup'] / 10:16.6f}\n")
        file.flush()
