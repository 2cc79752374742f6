"""How the rules do in use, which of them suspended themselves, and protocols on trial in the shadow."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.quality import shadow, suspending
from companion.advice.quality.quality_models import RuleSuspension, ShadowTrial
from companion.advice.quality.rule_quality import LAST, InUse, may_be_suspended
from companion.errors import BadInput
from companion.rates import Interval, wilson
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_doctors.deciding import authenticated_at
from companion.web.forms import Form
from companion.web.in_words import decision_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("rules_in_use", __name__)

LEVEL = 0.95


class LiftSchema(FormSchema):
    reason = fields.Str(required=True)


class TrialSchema(FormSchema):
    protocol = fields.Str(required=True)
    ends_on = fields.Date(required=True)


@dataclass(frozen=True)
class Line:
    """A rule's figures with the interval of each share."""

    in_use: InUse
    is_suspended: bool

    @property
    def shares(self) -> list[tuple[Decision, int, Interval | None]]:
        """How many of each decision, and between which shares it lies; None without reviews."""
        n = len(self.in_use.judged)
        return [(each, self.in_use.count(each), self._interval(each, n)) for each in Decision]

    @property
    def is_flagged(self) -> bool:
        """Rejected often, and never silenced: it lowers a dose."""
        return self.in_use.is_often_rejected and not may_be_suspended(self.in_use.action)

    def _interval(self, decision: Decision, n: int) -> Interval | None:
        return wilson(self.in_use.count(decision) / n, n, LEVEL) if n else None


@blueprint.get("/clinic/rules")
@guarded(Action.SEE_PROTOCOLS)
def index() -> str:
    return _page(Form(LiftSchema()), Form(TrialSchema()))


@blueprint.post("/clinic/rules/suspensions/<int:suspension_id>/lift")
@guarded(Action.SIGN_PROTOCOL)
def lift(suspension_id: int) -> Answer:
    """The rule proposes again, by the name of whoever is signed in."""
    form = Form(LiftSchema())
    if not form.is_valid():
        return _page(form, Form(TrialSchema())), 422
    try:
        with changes() as db:
            found = db.get(RuleSuspension, suspension_id) or abort(404)
            told = {"by": actor(), "authenticated_at": authenticated_at(), "reason": form.data["reason"], "now": now()}
            suspending.lift(db, found, **told)
    except FreshSignInNeeded:
        return redirect(url_for("auth.confirm_password", next=url_for("rules_in_use.index")))
    except BadInput as bad:
        form.refuse(bad)
        return _page(form, Form(TrialSchema())), 422
    flash(_("Noted. The rule may propose again."))
    return redirect(url_for("rules_in_use.index"))


@blueprint.post("/clinic/rules/trials")
@guarded(Action.SIGN_PROTOCOL)
@needs_fresh_password
def start_trial() -> Answer:
    form = Form(TrialSchema())
    if form.is_valid():
        try:
            with changes() as db:
                terms = {"ends_on": form.data["ends_on"], "today": now().date(), "now": now()}
                shadow.start(db, outside().stores.registry, form.data["protocol"], by=actor(), **terms)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Started. Nobody is shown what it says; the report grows with every assessment."))
            return redirect(url_for("rules_in_use.index") + "#trials")
    return _page(Form(LiftSchema()), form), 422


@blueprint.get("/clinic/rules/trials/<trial_id>")
@guarded(Action.SEE_PROTOCOLS)
def trial(trial_id: str) -> str:
    with look() as db:
        found = shadow.report(db, _trial(db, trial_id))
        return render_template("rules_in_use/trial.html", report=found, words=words, directions=DIRECTIONS)


@blueprint.post("/clinic/rules/trials/<trial_id>/stop")
@guarded(Action.SIGN_PROTOCOL)
def stop_trial(trial_id: str) -> Answer:
    with changes() as db:
        shadow.stop(db, _trial(db, trial_id), by=actor(), now=now())
    flash(_("Ended. The report stays."))
    return redirect(url_for("rules_in_use.index") + "#trials")


DIRECTIONS = ("increase", "none", "decrease")


def standing_suspensions(db: Session) -> list[RuleSuspension]:
    """The rules that propose nothing now."""
    return [each for each in suspending.suspensions(db) if each.lifted_at is None]


def _trial(db: Session, public_id: str) -> ShadowTrial:
    try:
        return shadow.get_trial(db, public_id)
    except BadInput:
        abort(404)


def _page(lift_form: Form, trial_form: Form) -> str:
    with look() as db:
        suspensions = suspending.suspensions(db)
        standing = {(each.protocol, each.rule) for each in suspensions if each.lifted_at is None}
        return render_template(
            "rules_in_use/index.html",
            lines=[Line(each, (each.protocol, each.rule) in standing) for each in suspending.in_use(db)],
            suspensions=suspensions,
            trials=shadow.trials(db),
            protocols=[each for each in outside().stores.registry.protocols.values() if each.is_enabled],
            form=lift_form,
            trial_form=trial_form,
            last=LAST,
            words=words,
            decision_words=decision_words,
        )
