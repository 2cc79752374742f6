"""Whether a medicine, as somebody wrote it down, is the one of a name. Pure."""

import re

STRENGTH = r"(\s+[\d.,/]+\s*(mg|g|µg|mcg|ug|iu|u|ie|ml|%|毫克|克|微克|单位|毫升)?(/[\d.]*\s*ml)?)?"
"""What may follow a medicine's name without making another one of it; "MR" or "retard" would."""


def is_named(name: str, drug: str) -> bool:
    """Whether the medicine is the one of that name, whatever strength stands behind it."""
    return re.fullmatch(re.escape(name.casefold()) + STRENGTH, " ".join(drug.casefold().split())) is not None
