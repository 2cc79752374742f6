"""Reports of laboratories and check-ups: kept as they came, their values confirmed by a clinician."""
