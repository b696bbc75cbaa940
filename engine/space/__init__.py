"""Search spaces: hyperparameters, their ranges, constraints, and the edits that change them."""
