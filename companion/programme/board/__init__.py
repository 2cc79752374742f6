"""A board of questions for each condition: under made-up names, and nothing on it before a professional released it."""
