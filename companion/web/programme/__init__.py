"""The pages of the care programme, of every role."""
