"""Where meters on the market depart from the profile."""

REVERSED_SEQUENCE_MODELS = ("DM30", "Diamond Mini")
"""TaiDoc/FORA Diamond Mini DM30b numbers its records from the newest: a number says nothing about later ones."""


def has_lasting_sequence(model: str) -> bool:
    """Whether "records from number n" means the records after it."""
    return not any(name.lower() in model.lower() for name in REVERSED_SEQUENCE_MODELS)
