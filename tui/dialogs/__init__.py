"""Modal questions: confirm, prompt, help, cards, trimming."""
