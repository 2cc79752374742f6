"""The programme's figures: by month on a page and as a file, by quarter as a report to print."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date

from flask import Blueprint, Response, abort, render_template
from sqlalchemy.orm import Session

from companion.errors import BadInput
from companion.exporting.as_csv import BYTE_ORDER_MARK, cell
from companion.programme.figures.definitions import (
    full_months,
    full_quarters,
    month_text,
    months_of,
    quarter_of,
    quarter_text,
)
from companion.programme.figures.reading_views import by_month, by_quarter
from companion.typeset import to_pdf
from companion.web.access import Action, guarded
from companion.web.context import look, now
from companion.web.in_words import programme_figure_words
from companion.web.programme.figure_cells import Cell, cells_of, quarters_of
from companion.web.report.paper import print_style

blueprint = Blueprint("programme_figures", __name__)

HIDDEN = "fewer than 5"
"""In a file, which has no footnote; docs/kpi.md says what it means."""
COLUMNS = ("month", "figure", "currency", "counted", "among", "people", "view")


def today() -> date:
    """The day in UTC, as the views' months are."""
    return now().astimezone(UTC).date()


def cells_by_month(db: Session) -> list[Cell]:
    """Of the twelve months that are over."""
    return cells_of(by_month(db, full_months(today())))


@blueprint.get("/clinic/programme-figures")
@guarded(Action.SEE_FIGURES)
def index() -> str:
    with look() as db:
        cells = cells_by_month(db)
    found: defaultdict[str, list[Cell]] = defaultdict(list)
    for each in sorted(cells, key=lambda each: (-each.period, each.currency or "")):
        found[each.name].append(each)
    return render_template(
        "programme/figures.html",
        found=found,
        quarters=[quarter_text(number) for number in reversed(full_quarters(today()))],
        words=programme_figure_words,
        month_text=month_text,
    )


@blueprint.get("/clinic/programme-figures.csv")
@guarded(Action.SEE_FIGURES)
def download() -> Response:
    """The same, with the same numbers hidden."""
    with look() as db:
        cells = cells_by_month(db)
    response = Response(_as_csv(cells), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="programme-figures.csv"'
    return response


def _as_csv(cells: Sequence[Cell]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    views = {each.name: each.view for each in programme_figure_words.DEFINITIONS}
    for each in cells:
        numbers = (each.counted, each.among, each.people)
        told = (HIDDEN,) * 3 if each.is_hidden else numbers
        row = (month_text(each.period), each.name, each.currency, *told, views[each.name])
        writer.writerow([cell(value) for value in row])
    return BYTE_ORDER_MARK + out.getvalue()


@blueprint.get("/clinic/programme-figures/<quarter>.pdf")
@guarded(Action.SEE_FIGURES)
def report(quarter: str) -> Response:
    """A quarter that is over, of the last four."""
    try:
        number = quarter_of(quarter)
    except BadInput:
        abort(404)
    if number not in full_quarters(today()):
        abort(404)
    response = Response(to_pdf(report_page(number), print_style()), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="programme-{quarter}.pdf"'
    return response


def report_page(number: int) -> str:
    """The report as a page to be printed: three months beside their quarter, and how each figure is counted."""
    months = months_of(number)
    with look() as db:
        cells = cells_of(by_month(db, months))
        whole = quarters_of(by_quarter(db, range(number, number + 1)), cells)
    by_place = {(each.name, each.currency, each.period): each for each in cells}
    lines = sorted({(each.name, each.currency or "") for each in cells})
    return render_template(
        "programme/quarter_report.html",
        quarter=quarter_text(number),
        months=months,
        lines=lines,
        at_place=lambda name, currency, period: by_place.get((name, currency or None, period)),
        whole={(each.name, each.currency or ""): each for each in whole},
        words=programme_figure_words,
        month_text=month_text,
        made_at=now(),
    )
