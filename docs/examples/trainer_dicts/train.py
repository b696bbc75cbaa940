"""In the style of a Hugging Face Trainer script: dictionaries among progress bars, several a epoch."""

import argparse
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--learning_rate", type=float, default=5e-5)
parser.add_argument("--num_train_epochs", type=int, default=3)
parser.add_argument("--warmup_ratio", type=float, default=0.0)
args = parser.parse_args()

weight = 0.0
for epoch in range(1, args.num_train_epochs + 1):
    weight -= args.learning_rate * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    print(f"\r {epoch * 33}%|███▎      | {epoch}/{args.num_train_epochs}", end="", file=sys.stderr, flush=True)
    print({"loss": round(loss * 1.1, 4), "learning_rate": args.learning_rate, "epoch": epoch - 0.5}, flush=True)
    print(
        {"eval_loss": round(loss, 6), "eval_f1": 1 / (1 + loss) - 0.1 * args.warmup_ratio, "epoch": float(epoch)},
        flush=True,
    )
print({"train_runtime": 1.234, "train_loss": round(loss, 4), "epoch": float(args.num_train_epochs)})
