"""The patient's day without a network: what a device may keep of it, and answers that arrive once."""
