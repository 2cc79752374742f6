"""What was approved, until the patient has understood it; and what was taken back, until it was read."""
