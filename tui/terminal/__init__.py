"""What is sent to the terminal, and how the process serves it."""
