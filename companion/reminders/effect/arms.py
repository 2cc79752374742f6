"""Which wording a patient reads in a trial: by hash, so that it is the same at every reminder and on every machine.
Pure."""

from collections.abc import Mapping

from companion.errors import BadInput
from companion.messages.wording import Wording
from companion.splitting import part_of

CONTROL = Wording.STANDARD
"""Always one of the arms: nobody's reminder is withheld to learn something."""
MOST_PARTS = 9


def arm_of(salt: str, patient: str, shares: Mapping[str, int]) -> Wording:
    """The patient's arm, by the trial's salt and the public id. `shares`: {arm: parts}."""
    return Wording(part_of(salt, patient, shares))


def checked_shares(shares: Mapping[str, int]) -> dict[str, int]:
    """The shares above 0, if they make a trial: the standard wording and another one. Raises BadInput."""
    for arm, parts in shares.items():
        if arm not in set(Wording):
            raise BadInput(f"{arm!r} is no wording", where="shares", advice=f"choose among {', '.join(Wording)}")
        if not 0 <= parts <= MOST_PARTS:
            raise BadInput("is not between 0 and 9", where=f"share_{arm}")
    chosen = {str(arm): parts for arm, parts in shares.items() if parts > 0}
    if CONTROL not in chosen:
        raise BadInput("the standard wording is always tried", where=f"share_{CONTROL}", advice="give it 1 or more")
    if len(chosen) == 1:
        raise BadInput("nothing to compare with", where="shares", advice="give another wording 1 or more")
    return chosen
