"""How the clinic does: figures with their definitions, a trend over weeks, and the same as a file.

They were counted by the jobs process; the page only reads, hides small numbers and says of when they are.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from companion.exporting.as_csv import BYTE_ORDER_MARK, cell
from companion.kpi.figures import DELIVERY_ENDS, PARTS, channel_of, trend_days
from companion.kpi.hiding import Shown, shown
from companion.kpi.keeping import figures_of, newest_counted
from companion.web.access import Action, guarded
from companion.web.charting.charts import Chart
from companion.web.charting.trends import Week, axis_of, percent_axis, trend_chart
from companion.web.context import look
from companion.web.in_words import figure_words, message_words
from companion.web.in_words.figure_words import Definition, Told

blueprint = Blueprint("clinic_figures", __name__)

Days = Mapping[date, Mapping[str, Shown]]
HIDDEN = "fewer than 5"
"""In a file, which has no footnote; docs/kpi.md says what it means."""
COLUMNS = ("until_on", "figure", "n", "of", "people")


@blueprint.get("/clinic/figures")
@guarded(Action.SEE_FIGURES)
def index() -> str:
    with look() as db:
        newest = newest_counted(db)
        if newest is None:
            return render_template("clinic_figures/none.html")
        until_on, made_at = newest
        weeks = trend_days(until_on)
        days: Days = {day: shown(found) for day, found in figures_of(db, {until_on, *weeks}).items()}
    return render_template(
        "clinic_figures/index.html",
        until_on=until_on,
        made_at=made_at,
        figures=days[until_on],
        channels=_channels(days[until_on]),
        ends=DELIVERY_ENDS,
        trends=[_trend(definition, name, weeks, days) for definition, name in figure_words.TRENDS],
        words=figure_words,
        way=message_words.way,
    )


@blueprint.get("/clinic/figures.csv")
@guarded(Action.SEE_FIGURES)
def download() -> Response:
    """The same days, with the same numbers hidden."""
    with look() as db:
        newest = newest_counted(db)
        wanted = {newest[0], *trend_days(newest[0])} if newest else set()
        days: Days = {day: shown(found) for day, found in figures_of(db, wanted).items()}
    response = Response(_as_csv(days), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="clinic-figures.csv"'
    return response


def _channels(figures: Iterable[str]) -> list[str]:
    return sorted({channel for name in figures if (channel := channel_of(name)) is not None})


def _trend(definition: Definition, name: str, days: Iterable[date], figures: Days) -> tuple[str, Chart]:
    """The title, and the line of that figure."""
    label = str(dict(definition.figures)[name])
    title = label if label.casefold() in str(definition.title).casefold() else f"{definition.title}: {label}"
    weeks = [_week(figures.get(day, {}).get(name), day, definition.told) for day in days]
    is_share = definition.told is not Told.EACH
    axis = percent_axis() if is_share else axis_of(weeks)
    unit = "%" if is_share else _("a patient")
    told = title, _("Over %(n)s weeks, in %(unit)s; a gap where the number is hidden.", n=len(weeks), unit=unit)
    drawn = trend_chart(f"trend-{name.replace('.', '-')}", weeks, axis, told, (_("Week before"), label))
    return f"{title[:1].upper()}{title[1:]} ({unit})", drawn


def _week(figure: Shown | None, day: date, told: Told) -> Week:
    share = figure.share if figure else None
    in_unit = None if share is None else Decimal(str(round(share * (1 if told is Told.EACH else 100), 1)))
    return Week(day, in_unit, figure_words.value_text(figure, told))


def _as_csv(days: Days) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for day in sorted(days, reverse=True):
        for figure in days[day].values():
            writer.writerow([cell(value) for value in _row(day, figure)])
    return BYTE_ORDER_MARK + out.getvalue()


def _row(day: date, figure: Shown) -> tuple[object, ...]:
    """A whole has no further people: it counts them itself."""
    n = HIDDEN if figure.is_hidden else figure.n
    people = HIDDEN if figure.people is None else figure.people
    of = HIDDEN if figure.is_hidden and figure.of is None and figure.name not in PARTS else figure.of
    return day.isoformat(), figure.name, n, of, people
