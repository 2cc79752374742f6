"""What patient and clinic agreed on: goals, steps with owner and day, reviews."""
