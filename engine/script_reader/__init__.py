"""Reading a person's training script without running it: its options, its score, and the thread file that follows."""
