"""companion: medication adherence and device data, with a doctor between every reading and every dose."""

__version__ = "0.1.0"
