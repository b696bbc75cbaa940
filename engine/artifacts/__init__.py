"""Files that trials leave for people to look at, and how they are read."""
