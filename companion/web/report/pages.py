"""The report for the visit, twice: a patient's own, and the doctor's of a patient. As a page, and as a PDF."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from companion.typeset import to_pdf
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.context import look, now, outside, subject
from companion.web.language import language
from companion.web.report.day_log import slots_of
from companion.web.report.paper import print_style, with_charts_coloured
from companion.web.report.report import PERIODS, Report, report_of

blueprint = Blueprint("report", __name__)

USUAL_DAYS = 14
MEALS = {**values.MEALS, "": _l("at another time")}


@blueprint.get("/report")
@guarded(Action.SEE_READINGS)
def mine() -> str:
    return _page("report/page.html", _report(tells_doses=False))


@blueprint.get("/report.pdf")
@guarded(Action.SEE_READINGS)
def mine_as_pdf() -> Response:
    return _pdf(_report(tells_doses=False))


@blueprint.get("/clinic/patients/<patient_id>/report")
@guarded(Action.SEE_PATIENT)
def of_patient(patient_id: str) -> str:
    return _page("report/page.html", _report(tells_doses=True))


@blueprint.get("/clinic/patients/<patient_id>/report.pdf")
@guarded(Action.SEE_PATIENT)
def of_patient_as_pdf(patient_id: str) -> Response:
    return _pdf(_report(tells_doses=True))


def _report(*, tells_doses: bool) -> Report:
    days = request.args.get("days", default=USUAL_DAYS, type=int)
    if days not in PERIODS:
        abort(404)
    with look() as db:
        return report_of(db, outside().store, subject(), now(), days, language(), tells_doses=tells_doses)


def _page(template: str, report: Report) -> str:
    assert request.endpoint is not None
    return render_template(
        template,
        report=report,
        slots=slots_of(report.log),
        periods=PERIODS,
        words=words,
        meals=MEALS,
        page_endpoint=request.endpoint.removesuffix("_as_pdf"),
        pdf_endpoint=request.endpoint.removesuffix("_as_pdf") + "_as_pdf",
        arguments=request.view_args or {},
    )


def _pdf(report: Report) -> Response:
    made = to_pdf(with_charts_coloured(_page("report/paper.html", report)), print_style())
    day = now().astimezone(ZoneInfo(report.patient.zone)).date()
    response = Response(made, mimetype="application/pdf")
    # No name in the name of the file: it lies in a folder of downloads that others may see.
    response.headers["Content-Disposition"] = f'attachment; filename="report-{day.isoformat()}.pdf"'
    return response
