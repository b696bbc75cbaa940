"""In the style of Keras mnist_convnet: constants at the top, and a bar that is redrawn with \\r and \\b."""

import sys

batch_size = 128
epochs = 15
learning_rate = 0.1

weight = 0.0
for epoch in range(1, epochs + 1):
    weight -= learning_rate * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    accuracy = 1 / (1 + loss) - batch_size / 10000
    print(f"Epoch {epoch}/{epochs}")
    width = 0
    for step in range(1, 9):
        shown = f"\x1b[1m{step}/8\x1b[0m \x1b[32m{'━' * step}\x1b[0m 12ms/step - accuracy: {accuracy * step / 8:.4f}"
        if step == 8:
            shown += f" - loss: {loss:.4f} - val_accuracy: {accuracy:.6f} - val_loss: {loss:.4f}"
        sys.stdout.write("\b" * width + "\r" + shown)
        sys.stdout.flush()
        width = len(shown)
    sys.stdout.write("\n")
