"""Where meters on the market depart from the profile, each with what is known of it."""

from companion.devices.glucose_profile import GlucoseContext

CARESENS_KETONE_MEAL = 6
"""CareSens Dual (i-SENS) marks a ketone record by a meal that the profile does not have."""

REVERSED_SEQUENCE_MODELS = ("DM30", "Diamond Mini")
"""TaiDoc/FORA Diamond Mini DM30b numbers its records from the newest: a number says nothing about later ones."""


def is_ketone(context: GlucoseContext) -> bool:
    """Whether the record with this context is a ketone value, which must never be read as a glucose."""
    return context.meal == CARESENS_KETONE_MEAL


def has_lasting_sequence(model: str) -> bool:
    """Whether "records from number n" means the records after it."""
    return not any(name.lower() in model.lower() for name in REVERSED_SEQUENCE_MODELS)
