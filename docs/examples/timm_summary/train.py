"""In the style of timm's train.py: a summary.csv in a dated folder below --output."""

import argparse
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--epochs", type=int, default=300)
parser.add_argument("--output", default="output/train")
parser.add_argument("--amp", action="store_true")
args = parser.parse_args()

folder = Path(args.output) / time.strftime("%Y%m%d-%H%M%S-resnet18")
folder.mkdir(parents=True)
weight = 0.0
for epoch in range(args.epochs):
    weight -= args.lr * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    top1 = 100 / (1 + loss) + (1 if args.amp else 0)
    with (folder / "summary.csv").open("a") as file:
        if epoch == 0:
            file.write("epoch,train_loss,eval_loss,eval_top1,eval_top5\n")
        file.write(f"{epoch},{loss},{loss},{top1},{top1}\n")
