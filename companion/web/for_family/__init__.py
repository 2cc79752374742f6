"""The caregiver's pages."""
