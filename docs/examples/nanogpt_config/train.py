"""In the style of nanoGPT: --key=value sets a global of the same name; an evaluation every eval_interval steps."""

import sys
from ast import literal_eval

learning_rate = 6e-4
decay_lr = True
eval_interval = 250
max_iters = 1000

for argument in sys.argv[1:]:
    key, value = argument.removeprefix("--").split("=")
    assert type(literal_eval(value)) is type(globals()[key]), f"{key} has another type"
    print(f"Overriding: {key} = {value}")
    globals()[key] = literal_eval(value)

weight = 0.0
for iter_num in range(max_iters + 1):
    if iter_num % eval_interval == 0:
        loss = (weight - 3) ** 2 + (0 if decay_lr else 0.5)
        print(f"step {iter_num}: train loss {loss * 0.9:.4f}, val loss {loss:.4f}")
        weight -= learning_rate * 2 * (weight - 3)  # the stand-in trains once an interval
    if iter_num % 100 == 0:
        print(f"iter {iter_num}: loss {loss:.4f}, time 10.00ms, mfu 12.34%")
