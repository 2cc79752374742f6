"""Questionnaires as versioned data, and what patients answered."""
