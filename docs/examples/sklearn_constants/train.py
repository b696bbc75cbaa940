"""In the style of a scikit-learn script: constants at the top, one line at the end."""

LEARNING_RATE = 0.1  # of the boosting
MAX_ITER = 100
HIDDEN = (64, 32)
SOLVER = "adam"

weight = 0.0
for _ in range(MAX_ITER):
    weight -= LEARNING_RATE * 2 * (weight - 3)
accuracy = 1 / (1 + (weight - 3) ** 2) - (0.05 if SOLVER == "sgd" else 0.0)
print("fitting ...")
print(f"Test accuracy: {accuracy:.6f}")
