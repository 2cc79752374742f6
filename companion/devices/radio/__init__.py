"""Talking to devices: finding them, pairing, one session over as many links as it takes. Bytes, never readings."""
