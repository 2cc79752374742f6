"""A prescription line by line, in the reader's language."""

from datetime import date

from companion.web.language import gettext as _
from companion.web.language import on


def dose_lines(said: str, start_on: date, end_on: date | None, nag_minutes: int, nag_times: int) -> dict[str, str]:
    """`said`: how it is taken, with the amount. Repeats are of reminders that nobody answers."""
    repeats = _("%(n)s times, %(minutes)s minutes apart", n=nag_times, minutes=nag_minutes) if nag_times else _("never")
    return {
        _("How it is taken"): said,
        _("First day"): on(start_on),
        _("Last day"): on(end_on) if end_on else _("until it is stopped"),
        _("Repeat an unanswered reminder"): repeats,
    }
