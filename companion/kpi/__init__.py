"""The clinic's figures: counted once a day into rows, and shown so that nobody is found in them (docs/kpi.md)."""
