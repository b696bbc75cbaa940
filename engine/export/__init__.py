"""Export and import of finished sprints."""
