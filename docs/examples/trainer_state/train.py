"""In the style of a TRL script: the Trainer writes trainer_state.json into a folder for each checkpoint."""

import argparse
import json
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--learning_rate", type=float, default=1e-4)
parser.add_argument("--num_train_epochs", type=int, default=3)
parser.add_argument("--output_dir", type=Path, default=Path("out"))
args = parser.parse_args()

weight, history = 0.0, []
for epoch in range(1, args.num_train_epochs + 1):
    weight -= args.learning_rate * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    history.append({"epoch": epoch - 0.5, "loss": loss * 1.1, "step": 10 * epoch - 5})
    history.append({"epoch": float(epoch), "eval_loss": loss, "eval_runtime": 0.1, "step": 10 * epoch})
    folder = args.output_dir / f"checkpoint-{10 * epoch}"
    folder.mkdir(parents=True)
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 10 * epoch, "log_history": history}))
