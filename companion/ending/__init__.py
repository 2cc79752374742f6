"""Care ends, or somebody's work at the clinic: what stops, who is told, and how a mistake is undone."""
