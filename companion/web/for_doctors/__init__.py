"""The doctor's pages: what waits, one suggestion, a patient, plans and protocols."""
