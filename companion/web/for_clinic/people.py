"""The people of the clinic, as its administrator knows them: who they are, how they come in and are reached, and what
can be done. Never what was measured or prescribed."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.consent import CareLink, running_at
from companion.care.endings import last_ending, may_reopen
from companion.care.invitations import open_invitation
from companion.care.people import Person, Role
from companion.care.tasks import Task, TaskKind, close_tasks, has_open_task
from companion.devices.models import Device
from companion.erasing.models import Erasure
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.factors import has_factor
from companion.web.door.hub_door import hubs_of
from companion.web.door.sessions import running_sessions
from companion.web.for_clinic.directory import State, Wanted, find_people
from companion.web.in_words import people_words
from companion.web.models import WebSession
from companion.web.reach.reaching import lines_of

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("")
@guarded(Action.SEE_PEOPLE)
def index() -> str:
    page = request.args.get("page", "1")
    wanted = Wanted(
        search=request.args.get("q", ""),
        role=request.args.get("role", ""),
        state=request.args.get("state", State.HERE),
        page=int(page) if page.isdecimal() and len(page) < 6 else 1,
    )
    with look() as db:
        found = find_people(db, wanted, now())
        families = _families_to_call(db)
    return render_template(
        "people/index.html", found=found, wanted=wanted, families=families, words=words, people_words=people_words
    )


@blueprint.get("/<person_id>")
@guarded(Action.SEE_PEOPLE)
def person(person_id: str) -> str:
    with look() as db:
        whom = find_anybody(db, person_id)
        ending = last_ending(db, whom.id)
        return render_template(
            "people/person.html",
            person=whom,
            words=words,
            people_words=people_words,
            sign_in=_sign_in(db, whom),
            lines=lines_of(db, whom),
            links=_links(db, whom),
            devices=_devices(db, whom) if whom.role == Role.PATIENT else None,
            invitation=open_invitation(db, whom.id, now()),
            ending=ending if whom.left_at else None,
            may_reopen=may_reopen(ending, now()),
            calls_family=has_open_task(db, whom.id, _family(whom)),
        )


@blueprint.post("/<person_id>/family-called")
@guarded(Action.SEE_PEOPLE)
def family_called(person_id: str) -> Response:
    """Somebody spoke with the family of who died."""
    with changes() as db:
        whom = find_anybody(db, person_id)
        if close_tasks(db, whom.id, _family(whom), actor().id, now()):
            me = actor().public_id
            audit.note(db, actor=me, action="spoke_with_family", now=now(), patient=whom.public_id)
    flash(_("Noted."))
    return redirect(url_for(".person", person_id=person_id))


def find_anybody(db: Session, person_id: str) -> Person:
    """Whoever has that id, also when their care has ended; not who was erased."""
    wanted = Person.public_id == person_id, Person.public_id.not_in(select(Erasure.patient))
    return db.scalar(select(Person).where(*wanted)) or abort(404)


def find_person(db: Session, person_id: str) -> Person:
    """Whoever has that id and is still with the service."""
    return db.scalar(select(Person).where(Person.public_id == person_id, Person.left_at.is_(None))) or abort(404)


def _families_to_call(db: Session) -> list[Person]:
    """Who died, and nobody has spoken with the family yet; the longest first."""
    waits = Task.kind == TaskKind.CALL_FAMILY.value, Task.done_at.is_(None)
    return list(db.scalars(select(Person).join(Task, Task.patient_id == Person.id).where(*waits).order_by(Task.due_at)))


def _family(whom: Person) -> str:
    return f"{TaskKind.CALL_FAMILY.value}:{whom.id}"


def _sign_in(db: Session, whom: Person) -> dict[str, object]:
    """When they were last here, from how many places they could come in now, and what they show beside a password."""
    last = select(func.max(WebSession.last_seen_at)).where(WebSession.person_id == whom.id)
    return {
        "last_seen": db.scalar(last),
        "running": len(running_sessions(db, whom.id, now())),
        "second_factor": has_factor(db, whom.id),
    }


def _links(db: Session, whom: Person) -> int:
    """Of a patient how many people may see them; of others how many patients they may see."""
    mine, other = CareLink.member_id, CareLink.patient_id
    if whom.role == Role.PATIENT:
        mine, other = other, mine
    return db.scalar(select(func.count(other.distinct())).where(mine == whom.id, *running_at(now()))) or 0


def _devices(db: Session, whom: Person) -> dict[str, int]:
    here = Device.patient_id == whom.id, Device.removed_at.is_(None)
    meters = db.scalar(select(func.count()).select_from(Device).where(*here)) or 0
    return {"devices": meters, "hubs": len(hubs_of(db, whom.id))}
