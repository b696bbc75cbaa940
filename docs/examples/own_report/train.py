"""A script that is edited: one import, and a call of trimtab.report after each epoch."""

import trimtab

given = trimtab.params(lr=0.1, width=64)
epochs = trimtab.facts(epochs=10)["epochs"]

weight = 0.0
for epoch in range(1, epochs + 1):
    weight -= given["lr"] * 2 * (weight - 3)
    loss = (weight - 3) ** 2
    if not trimtab.report(epoch=epoch, score=1 / (1 + loss) - 1 / given["width"], loss=loss):
        break
