"""The pharmacist desk: what cannot wait never waits, what is written is shown, and the rest is asked of a person."""
