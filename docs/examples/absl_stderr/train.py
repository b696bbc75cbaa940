"""In the style of a flax example with absl: --flag=value, and everything is logged to standard error."""

import sys
import time

flags = {"learning_rate": "0.1", "num_epochs": "10", "bias": "0.0"}
flags |= dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])


def log(text: str) -> None:
    """What absl.logging.info prints."""
    print(f"I{time.strftime('%m%d %H:%M:%S')}.123456 140737 train.py:42] {text}", file=sys.stderr, flush=True)


weight = float(flags["bias"])
for epoch in range(1, int(flags["num_epochs"]) + 1):
    weight -= float(flags["learning_rate"]) * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    log(f"epoch:{epoch:3d}, train_loss: {loss:.4f}, test_loss: {loss:.6f}, test_accuracy: {100 / (1 + loss):.2f}")
