"""Experiments with words and pages, for the administrator: started by terms that never change, judged at the end."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import select
from werkzeug import Response

from companion.care import audit
from companion.comparing import FEWEST
from companion.errors import BadInput
from companion.programme.surveys.experiment_counts import result_of
from companion.programme.surveys.experiment_models import Experiment, ExperimentMetric, Place
from companion.programme.surveys.experiments import MOST_PARTS, USUAL, WAYS, ended_at, start, stop
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words.segment_words import percent
from companion.web.schemas import FormSchema
from companion.web.words import Words

blueprint = Blueprint("experiments", __name__, url_prefix="/office/experiments")

PLACES: Words = {
    Place.TIP_WORDING: _l("how a message says that there is a tip"),
    Place.TIP_PAGE: _l("how the page with tips begins"),
}
METRICS: Words = {
    ExperimentMetric.OPENED: _l("opened a tip within 14 days"),
    ExperimentMetric.USEFUL: _l("called a tip useful within 14 days"),
}
NAMES: Words = {USUAL: _l("the usual way"), "question": _l("as a question"), "thanks": _l("with thanks")}
VERDICTS: Words = {
    "running": _l("It is running. Its result is shown when it ends, and not before."),
    "uneven": _l("Do not trust this: the people are not split as they should be."),
    "too_few": _l("Too few people: nothing can be said."),
    "no_difference": _l("No difference shown."),
    "difference": _l("A difference is shown."),
}


class TermsSchema(FormSchema):
    place = fields.Str(required=True, validate=validate.OneOf(list(Place)))
    metric = fields.Str(required=True, validate=validate.OneOf(list(ExperimentMetric)))
    days = fields.Int(required=True)
    share_usual = fields.Int(required=True)
    share_other = fields.Int(required=True)


@blueprint.route("", methods=["GET", "POST"])
@guarded(Action.RUN_EXPERIMENTS)
def index() -> Answer:
    usual = {"place": Place.TIP_WORDING.value, "metric": ExperimentMetric.OPENED.value, "days": 56}
    form = Form(TermsSchema(), usual | {"share_usual": 1, "share_other": 1})
    if form.is_valid():
        try:
            _start(form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for(".index"))
    with look() as db:
        made = db.scalars(select(Experiment).order_by(Experiment.id.desc())).all()
        found = [(each, result_of(db, each, now()), ended_at(each) <= now()) for each in made]
    shown = render_template(
        "programme/experiments.html",
        form=form,
        found=found,
        where=PLACES,
        metrics=METRICS,
        names=NAMES,
        verdicts=VERDICTS,
        parts=[(n, n) for n in range(1, MOST_PARTS + 1)],
        percent=percent,
        fewest=FEWEST,
    )
    return shown, form.status


@blueprint.post("/<experiment_id>/end")
@guarded(Action.RUN_EXPERIMENTS)
def end(experiment_id: str) -> Response:
    with changes() as db:
        made = db.scalar(select(Experiment).where(Experiment.public_id == experiment_id)) or abort(404)
        if stop(made, now()):
            told = {"experiment": experiment_id}
            audit.note(db, actor=actor().public_id, action="ended_experiment", now=now(), **told)
    flash(_("Everybody is shown the usual way again."))
    return redirect(url_for(".index"))


def _start(said: dict[str, Any]) -> None:
    other = WAYS[Place(said["place"])][1]
    with changes() as db:
        made = start(
            db,
            by=actor(),
            place=said["place"],
            shares={USUAL: said["share_usual"], other: said["share_other"]},
            metric=said["metric"],
            days=said["days"],
            now=now(),
        )
        told = {"experiment": made.public_id}
        audit.note(db, actor=actor().public_id, action="started_experiment", now=now(), **told)
