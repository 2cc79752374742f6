"""Lists of patients by what is known of them, for their doctors: who is on each, and why, figure by figure."""

from flask import Blueprint, abort, render_template, request

from companion.programme.segments.backtest import backtested
from companion.programme.segments.definitions import Definitions
from companion.programme.segments.keeping import counts, members
from companion.programme.segments.placing import reasons
from companion.programme.segments.shipped import definitions
from companion.web.access import Action, guarded_list, listed_for
from companion.web.context import actor, look, now, outside, shows
from companion.web.in_words import segment_words

blueprint = Blueprint("segments", __name__, url_prefix="/doctor/segments")

A_PAGE = 50


@blueprint.get("")
@guarded_list(Action.SEE_PATIENT)
def index() -> str:
    """The lists, how many are on each, and how good the trends are."""
    known = present()
    with look() as db:
        counted = counts(db, known, listed_for(db, actor(), Action.SEE_PATIENT, now()))
    shows(())
    return render_template(
        "programme/segments.html",
        segments=known.segments,
        counts=counted,
        definitions=known,
        backtest=backtested(),
        told=segment_words,
    )


@blueprint.get("/<key>")
@guarded_list(Action.SEE_PATIENT)
def one(key: str) -> str:
    known, page = present(), request.args.get("page", 1, type=int)
    segment = known.segment(key) or abort(404)
    if page < 1:
        abort(404)
    with look() as db:
        whose = listed_for(db, actor(), Action.SEE_PATIENT, now())
        found = members(db, segment.needs, whose, skip=(page - 1) * A_PAGE, limit=A_PAGE + 1)
        shown = found[:A_PAGE]
        shows(member.patient for member in shown)
        return render_template(
            "programme/segment.html",
            segment=segment,
            members=[(member, reasons(known, key, member.sheet)) for member in shown],
            page=page,
            has_more=len(found) > A_PAGE,
            told=segment_words,
        )


def present() -> Definitions:
    return definitions(outside().settings.segments_file)
