"""How we reach people: their addresses in order, what they agreed to hear by each. The same pages three times: for
whoever is signed in, for the doctor of a patient, and for the administrator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.consent_texts import agreement
from companion.care.contact_codes import BY_CODE
from companion.care.contact_models import TOPICS, ContactPoint, Kind, Topic, VerifiedBy
from companion.care.contacts import (
    add_contact,
    checked_address,
    contacts_of,
    find_contact,
    move_contact,
    remove_contact,
)
from companion.care.message_consent import consents_of, say
from companion.care.people import Person, Role, set_quiet_hours
from companion.errors import BadInput
from companion.messages.address_codes import ask_for_code
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words import reach_words as words
from companion.web.language import language
from companion.web.schemas import AddressSchema, QuietHoursSchema


@dataclass(frozen=True)
class Pages:
    """The pages about one person, wherever they stand. `whose`: from the address of the page to the person."""

    whose: Callable[..., Person]
    by_clinic: bool

    def index(self, **where: Any) -> str:
        person = self.whose(**where)
        with look() as db:
            lines, stands = lines_of(db, person), consents_of(db, [person.id])
        usable = outside().ways.kinds
        return render_template(
            "reach/index.html",
            person=person,
            where=where,
            lines=lines,
            agreements=words.agreements(person, [line.point for line in lines], stands, language()),
            to_add=[(kind.value, words.ADD[kind]) for kind in BY_CODE if kind in usable],
            by_clinic=self.by_clinic,
        )

    def new(self, kind: str, **where: Any) -> Answer:
        """Another address. The clinic vouches for what it notes; what people type themselves a code has to prove."""
        person, chosen = self.whose(**where), _kind_to_add(kind)
        form = Form(AddressSchema())
        if form.is_valid():
            try:
                point = self._add(person, chosen, form)
            except BadInput as bad:
                form.refuse(bad)
            else:
                flash(_("Noted."))
                return redirect(self._after_adding(point, where))
        page = render_template(
            "reach/new.html",
            form=form,
            kind=chosen,
            person=person,
            where=where,
            sentences=[agreement(language(), chosen, topic) for topic in TOPICS[Role(person.role)]],
            words=words,
            by_clinic=self.by_clinic,
        )
        return page, form.status

    def _add(self, person: Person, kind: Kind, form: Form) -> ContactPoint:
        address = checked_address(kind, form.data["address"])
        outside().ways.check(kind, address)
        if self.by_clinic and not form.data["agreed"]:
            raise BadInput("their consent is needed", where="agreed", advice="ask, then tick the box")
        with changes() as db:
            whose, by = db.get_one(Person, person.id), db.get_one(Person, actor().id)
            vouched = VerifiedBy.CLINIC if self.by_clinic else None
            label = form.data["label"]
            point = add_contact(db, whose, kind, address, now=now(), verified_by=vouched, label=label, noted_by=by)
            if point.verified_at is None:
                ask_for_code(db, point, now())
            _note(db, "added_address", person, kind=kind.value, point=point.public_id)
        return point

    def _after_adding(self, point: ContactPoint, where: dict[str, Any]) -> str:
        if point.verified_at is None:
            return url_for("proving.code", point_id=point.public_id)
        return url_for(".index", **where)

    def move(self, point_id: str, **where: Any) -> Answer:
        """One place up or down."""
        by = {"up": -1, "down": 1}.get(request.form.get("to", "")) or abort(400)
        person = self.whose(**where)
        with changes() as db:
            move_contact(db, db.get_one(Person, person.id), _point(db, person, point_id), by, now())
            _note(db, "moved_address", person, point=point_id)
        return redirect(url_for(".index", **where))

    def remove(self, point_id: str, **where: Any) -> Answer:
        """Asks first."""
        person = self.whose(**where)
        with look() as db:
            point = _point(db, person, point_id)
        if request.method == "GET":
            return render_template("reach/remove.html", point=point, shown=words.shown(point), where=where)
        with changes() as db:
            remove_contact(db, db.get_one(Person, person.id), _point(db, person, point_id), now())
            _note(db, "removed_address", person, point=point_id)
        flash(_("Removed."))
        return redirect(url_for(".index", **where))

    def agree(self, **where: Any) -> Answer:
        """One topic by one kind of channel is agreed to, or no more."""
        kind, topic = _chosen(Kind, "kind"), _chosen(Topic, "topic")
        agrees = request.form.get("agrees") == "yes"
        person = self.whose(**where)
        with changes() as db:
            whose, by = db.get_one(Person, person.id), db.get_one(Person, actor().id)
            say(db, whose, kind, [topic], agrees=agrees, now=now(), noted_by=by, language=language())
            _note(db, "said_consent", person, kind=kind.value, topic=topic.value, agrees=agrees)
        flash(_("Noted."))
        return redirect(url_for(".index", **where) + f"#{kind.value}")

    def quiet(self, **where: Any) -> Answer:
        """When what can wait is not sent."""
        person = self.whose(**where)
        form = Form(QuietHoursSchema(), {"quiet_from": person.quiet_from, "quiet_until": person.quiet_until})
        if form.is_valid():
            try:
                with changes() as db:
                    hours = form.data["quiet_from"], form.data["quiet_until"]
                    set_quiet_hours(db.get_one(Person, person.id), *hours)
                    _note(db, "set_quiet_hours", person)
            except BadInput as bad:
                form.refuse(bad)
            else:
                flash(_("Noted."))
                return redirect(url_for(".index", **where))
        return render_template("reach/quiet.html", form=form, person=person, where=where), form.status

    def names(self, **where: Any) -> Answer:
        """Whether messages may name medicines and amounts."""
        person, chosen = self.whose(**where), request.form.get("names") == "yes"
        with changes() as db:
            db.get_one(Person, person.id).names_medicines = chosen
            _note(db, "chose_names_in_messages", person, chosen=chosen)
        flash(_("Noted."))
        return redirect(url_for(".index", **where) + "#names")


def lines_of(db: Session, person: Person) -> list[words.Line]:
    """The person's addresses in their order, each with what it is good for."""
    agreed = {kind for _person, kind, _topic in consents_of(db, [person.id])}
    return words.lines(contacts_of(db, [person.id])[person.id], agreed, outside().ways.kinds)


def _kind_to_add(kind: str) -> Kind:
    """A kind of address that can be typed, and that this installation can reach."""
    is_known = kind in set(BY_CODE) and kind in outside().ways.kinds
    return Kind(kind) if is_known else abort(404)


def _chosen(choices: Any, field: str) -> Any:
    """What a button sent, one of those choices."""
    value = request.form.get(field, "")
    return choices(value) if value in set(choices) else abort(400)


def _point(db: Session, person: Person, point_id: str) -> ContactPoint:
    return find_contact(db, person, point_id) or abort(404)


def _note(db: Session, action: str, person: Person, **details: Any) -> None:
    patient = person.public_id if person.role == Role.PATIENT else None
    told = {"person": person.public_id} | details
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=patient, **told)


def _actor_alone() -> Person:
    return actor()


def _patient(patient_id: str) -> Person:
    return subject()


def _anybody(person_id: str) -> Person:
    with look() as db:
        found = db.scalar(select(Person).where(Person.public_id == person_id, Person.left_at.is_(None)))
    return found or abort(404)


def _blueprint(name: str, prefix: str, action: Action, pages: Pages) -> Blueprint:
    """The pages at that address, each behind the gate for that action."""
    made = Blueprint(name, __name__, url_prefix=prefix)
    for rule, view, methods in (
        ("", pages.index, ["GET"]),
        ("/new/<kind>", pages.new, ["GET", "POST"]),
        ("/<point_id>/move", pages.move, ["POST"]),
        ("/<point_id>/remove", pages.remove, ["GET", "POST"]),
        ("/agree", pages.agree, ["POST"]),
        ("/names", pages.names, ["POST"]),
        ("/quiet", pages.quiet, ["GET", "POST"]),
    ):
        made.add_url_rule(rule, view.__name__, guarded(action)(_as_function(view)), methods=methods)
    return made


def _as_function(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """A method takes no marks; a function of its own does."""

    def answer(**arguments: str) -> Answer:
        return view(**arguments)

    return answer


own = _blueprint("reach", "/reach", Action.SEE_OWN_SESSIONS, Pages(_actor_alone, by_clinic=False))
of_patient = _blueprint(
    "reach_patient", "/clinic/patients/<patient_id>/reach", Action.EDIT_CONTACTS, Pages(_patient, by_clinic=True)
)
of_person = _blueprint("reach_person", "/people/<person_id>/reach", Action.SEE_PEOPLE, Pages(_anybody, by_clinic=True))
