"""In the style of pytorch/examples mnist: argparse, and a line of text after each epoch."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--epochs", type=int, default=14)
parser.add_argument("--no-augment", action="store_true")
args = parser.parse_args()

weight = 0.0
for epoch in range(1, args.epochs + 1):
    weight -= args.lr * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    accuracy = 100 / (1 + loss) - 10 * args.dropout - (5 if args.no_augment else 0)
    print(f"Train Epoch: {epoch} [60000/60000 (100%)]\tLoss: {loss:.6f}")
    print(f"\nTest set: Average loss: {loss:.4f}, Accuracy: {accuracy * 100:.0f}/10000 ({accuracy:.2f}%)\n")
