"""A check-list for a person with a device and a computer with a radio: what only hardware can show."""
