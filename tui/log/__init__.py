"""The log pager: any log of a sprint in full."""
