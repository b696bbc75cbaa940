"""In the style of LightGBM's examples: parameters in a dictionary of the script, one line an iteration."""

import json
import os

params = {"learning_rate": 0.1, "num_leaves": 31, "num_iterations": 20}
params.update(json.loads(os.environ.get("PARAMS", "{}")))

print("[LightGBM] [Info] Total Bins 6132")
weight = 0.0
for iteration in range(1, params["num_iterations"] + 1):
    weight -= params["learning_rate"] * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    print(f"[{iteration}]\ttraining's l2: {loss * 0.9:.6f}\tvalid_0's l2: {loss + params['num_leaves'] / 10000:.6f}")
