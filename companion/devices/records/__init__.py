"""From the records that a device sent to readings: what they mean, and when each was taken. Pure."""
