"""What reminders do, for the clinic's administrator: from delivery to answer to taken, and trials of wordings."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import select
from werkzeug.wrappers import Response

from companion.care import audit
from companion.comparing import FEWEST, Share
from companion.errors import BadInput
from companion.messages import wording
from companion.messages.wording import Contacts, Wording
from companion.rates import Interval
from companion.reminders.effect.arms import MOST_PARTS
from companion.reminders.effect.effect import rows
from companion.reminders.effect.effect_figures import by_channel, by_hour, by_wording, result_of
from companion.reminders.effect.effect_models import Metric, WordingTrial
from companion.reminders.effect.exposures import end_of, running_trial, start_trial, stop_trial, trials
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.forms import Form
from companion.web.in_words import message_words
from companion.web.language import language
from companion.web.schemas import FormSchema

blueprint = Blueprint("effect", __name__)

LOOKED_AT = timedelta(days=28)
METRICS = {
    Metric.ANSWERED.value: _l("answered within the window"),
    Metric.TAKEN.value: _l("taken, said within the window"),
}
ARMS = {
    Wording.STANDARD.value: _l("the usual way"),
    Wording.THANKS.value: _l("with thanks"),
    Wording.STEP.value: _l("taking it as a step"),
}


class TrialSchema(FormSchema):
    metric = fields.Str(required=True, validate=validate.OneOf(list(METRICS)))
    days = fields.Int(required=True)
    new_patients_a_day = fields.Int(required=True)
    share_standard = fields.Int(required=True)
    share_thanks = fields.Int(required=True)
    share_step = fields.Int(required=True)


@blueprint.get("/office/effect")
@guarded(Action.SEE_EFFECT)
def index() -> str:
    since = now() - LOOKED_AT
    with look() as db:
        tables = [
            (_("By the way it went"), rows(by_channel(db, since, now()))),
            (_("By the hour"), rows(by_hour(db, since, now()))),
        ]
        if running_trial(db, now()) is None:  # who looks while it runs stops it when it looks well
            tables.append((_("By wording"), rows(by_wording(db, since, now()))))
        return render_template(
            "effect/index.html",
            tables=tables,
            tried=[(trial, result_of(db, trial, now()), end_of(trial) <= now()) for trial in trials(db)],
            metrics=METRICS,
            names=message_words.CHANNELS | ARMS,
            arms=ARMS,
            percent=percent,
            points=points,
            fewest=FEWEST,
            days=LOOKED_AT.days,
        )


@blueprint.route("/office/effect/new", methods=["GET", "POST"])
@guarded(Action.RUN_TRIAL)
@needs_fresh_password
def new() -> Answer:
    """The terms are written down before it starts, and never change."""
    form = Form(TrialSchema(), {"metric": "answered", "days": 56, "new_patients_a_day": 50} | dict.fromkeys(SHARES, 1))
    if form.is_valid():
        try:
            _start(form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for("effect.index"))
    parts = [(n, n) for n in range(MOST_PARTS + 1)]
    with look() as db:
        running = running_trial(db, now())
    shown = render_template(
        "effect/new.html",
        form=form,
        running=running,
        metrics=list(METRICS.items()),
        parts=parts,
        wordings=_wordings(),
        arms=ARMS,
    )
    return shown, form.status


SHARES = [f"share_{arm}" for arm in Wording]


@blueprint.post("/office/effect/<trial_id>/end")
@guarded(Action.RUN_TRIAL)
def end(trial_id: str) -> Response:
    with changes() as db:
        trial = db.scalar(select(WordingTrial).where(WordingTrial.public_id == trial_id)) or abort(404)
        if stop_trial(trial, now()):
            audit.note(db, actor=actor().public_id, action="ended_trial", now=now(), trial=trial_id)
    flash(_("Everybody reads the standard wording again."))
    return redirect(url_for("effect.index"))


def _start(said: dict[str, Any]) -> None:
    with changes() as db:
        trial = start_trial(
            db,
            by=actor(),
            shares={arm.value: said[f"share_{arm}"] for arm in Wording},
            metric=said["metric"],
            days=said["days"],
            new_patients_a_day=said["new_patients_a_day"],
            now=now(),
        )
        audit.note(db, actor=actor().public_id, action="started_trial", now=now(), trial=trial.public_id)


def _wordings() -> list[tuple[str, str]]:
    """Each way to put a reminder, as a patient reads it."""
    settings = outside().settings
    contacts = Contacts(settings.clinic_phone, settings.emergency_number)
    return [(arm.value, wording.reminder(language(), ["08:00"], contacts, put=arm).text) for arm in Wording]


def percent(share: Share | None) -> str:
    """ "82 % (77-86)"; a dash where there are too few."""
    if share is None:
        return "-"
    return f"{share.value:.0%} ({share.interval.low * 100:.0f}-{share.interval.high * 100:.0f})"


def points(difference: float, interval: Interval) -> str:
    """ "+3.1 (-1.2 to +7.4)", in percentage points."""
    low, high = interval.low * 100, interval.high * 100
    return _(
        "%(difference)s (%(low)s to %(high)s)",
        difference=f"{difference * 100:+.1f}",
        low=f"{low:+.1f}",
        high=f"{high:+.1f}",
    )
