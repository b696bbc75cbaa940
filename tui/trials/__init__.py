"""The table of a sprint's trials: a column a hyperparameter, sorted, filtered, compared, copied."""
