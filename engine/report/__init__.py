"""The story of a thread, written for people who were not there: as Markdown with pictures, or as one HTML file."""
