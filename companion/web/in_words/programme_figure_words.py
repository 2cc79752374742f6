"""The programme's figures in words: what each is called and how it is counted (as docs/programme-figures.md has it)."""

from typing import NamedTuple

from flask_babel.speaklater import LazyString

from companion.programme.figures.definitions import FIGURES, Kind
from companion.web.in_words.figure_words import hidden_text
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.programme.figure_cells import BY_NAME, Cell


class Definition(NamedTuple):
    """`counted`: what stands above the line, `among`: below it."""

    name: str
    title: LazyString
    counted: LazyString
    among: LazyString
    note: LazyString

    @property
    def view(self) -> str:
        return BY_NAME[self.name].view


_REMINDED = _l("doses with a first reminder; cancelled ones are not in it")
_SAID = {
    "mau": (
        _l("Active in the month"),
        _l("patients who answered a dose, or of whom a value came in"),
        _l("patients who were here on any day of the month"),
        _l("Doses by the patient's own day, values by when they came in (UTC)."),
    ),
    "retention": (
        _l("Still active a month later"),
        _l("of them those who are active in this month, too"),
        _l("patients who were active in the month before"),
        _l("Active as above."),
    ),
    "reminders.handed_over": (
        _l("Reminders taken by the provider"),
        _l("doses whose first reminder a provider took"),
        _REMINDED,
        _l("The month of the dose, by the patient's own day."),
    ),
    "reminders.delivered": (
        _l("Reminders that arrived"),
        _l("doses whose first reminder is known to have arrived"),
        _REMINDED,
        _l("Not every provider tells that a message arrived, so it is at least that."),
    ),
    "reminders.answered": (
        _l("Reminded, and answered"),
        _l("doses answered as taken or skipped, also late"),
        _REMINDED,
        _l("It says what followed a reminder, not that the reminder caused it."),
    ),
    "reminders.taken": (
        _l("Reminded, and taken"),
        _l("doses answered as taken, also late"),
        _REMINDED,
        _l("By the patients' own word."),
    ),
    "refills.repeat": (
        _l("Repeat refills"),
        _l("packs of a medicine of which packs were received before"),
        _l("packs noted as received"),
        _l("Only what patients or the clinic noted."),
    ),
    "orders.on_time": (
        _l("Delivered on time"),
        _l("orders delivered by the promised instant"),
        _l("orders promised for that month; cancelled ones are not in it, failed ones are"),
        _l("By the pharmacies' word."),
    ),
    "orders.value": (
        _l("Order value"),
        _l("what the orders cost by the price lists of their day"),
        _l("orders of the month with all prices known; failed and cancelled ones are not in it"),
        _l("The mean, for each currency. It is told to nobody who advises a dose."),
    ),
    "csat": (
        _l("Satisfied (CSAT)"),
        _l("patients who gave 4 or 5 of 5"),
        _l("patients who gave a score in the month"),
        _l("Who does not answer is in neither."),
    ),
    "survey.answered": (
        _l("Answered the survey"),
        _l("patients who answered, whenever they did"),
        _l("patients who were asked in the month"),
        _l("Read it beside the satisfied: few answers say little."),
    ),
}
DEFINITIONS = tuple(Definition(figure.name, *_SAID[figure.name]) for figure in FIGURES)
"""In the order of the page."""


def value_text(cell: Cell | None) -> str:
    """The value as it may be told; "–" where there was nothing."""
    if cell is None:
        return "–"
    if cell.counted is None or not cell.among:
        return hidden_text()
    if BY_NAME[cell.name].kind is Kind.MONEY:
        mean, whole = (_money(hundredths) for hundredths in (cell.counted // cell.among, cell.counted))
        said = {"mean": mean, "whole": whole, "currency": cell.currency or "", "n": cell.among}
        return _("%(mean)s %(currency)s each (%(n)s orders, %(whole)s together)", **said)
    percent = f"{100 * cell.counted / cell.among:.0f}"
    return _("%(percent)s %% (%(n)s of %(of)s)", percent=percent, n=cell.counted, of=cell.among)


def people_text(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return hidden_text() if cell.people is None else str(cell.people)


def _money(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"
