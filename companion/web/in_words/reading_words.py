"""What was said of a reading, in words of the reader's language."""

from companion.readings.amendments import MINE, NOT_MINE, Amendment, Field
from companion.web.charting.values import MEALS
from companion.web.language import gettext as _


def said_words(row: Amendment) -> str:
    """One line of a reading's history. Whose it is moved to is never named: that is another patient."""
    match Field(row.field):
        case Field.MEAL:
            return _("It was %(when)s", when=MEALS[row.said])
        case Field.NOTE:
            return _("Note: %(words)s", words=row.said) if row.said else _("Note taken away")
        case Field.VALUE:
            return _("Corrected to %(value)s", value=row.said)
        case Field.EXCLUDED:
            return _("Left out") if row.said == "yes" else _("Taken back in")
    return {MINE: _("It is mine"), NOT_MINE: _("Not mine")}.get(row.said, _("Moved to whose it is"))
