"""Every device and hub of the clinic, those that are silent longest first.

A doctor sees those of their patients, by name; an administrator all of them, by the patients' numbers.
"""

from collections.abc import Collection

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.devices.models import Device, Hub
from companion.web.access import Action, guarded_list, patients_for
from companion.web.context import actor, look, now, shows
from companion.web.in_words import device_words
from companion.web.row_numbers import row_number

blueprint = Blueprint("devices_office", __name__)

LISTED = 50


@blueprint.get("/clinic/devices")
@guarded_list(Action.SEE_DEVICES)
def index() -> str:
    after = request.args.get("after", type=row_number)
    with look() as db:
        known = _known(db)
        found = _devices(db, known, after)
        hubs = _hubs(db, known) if after is None else []
        shows([patient for _, patient in found] + [hub.patient for hub in hubs])
        return render_template(
            "clinic_devices/index.html",
            found=found[:LISTED],
            older=found[LISTED - 1][0].id if len(found) > LISTED else None,
            hubs=hubs,
            by_name=known is not None,
            now=now(),
            words=device_words,
        )


def _known(db: Session) -> Collection[int] | None:
    """The patients whose devices the reader may see; None: everybody's."""
    if actor().role == Role.ADMIN:
        return None
    return {patient.id for patient in patients_for(db, actor(), Action.SEE_DEVICES, now())}


def _devices(db: Session, known: Collection[int] | None, after: int | None) -> list[tuple[Device, Person]]:
    """One more than a page, so that it is seen whether there is another."""
    query = (
        select(Device, Person)
        .join(Person, Person.id == Device.patient_id)
        .where(Device.removed_at.is_(None), Person.left_at.is_(None), _among(known), _later_than(db, after))
        .order_by(Device.last_seen_at, Device.id)
        .limit(LISTED + 1)
    )
    return [(row[0], row[1]) for row in db.execute(query)]


def _later_than(db: Session, after: int | None) -> ColumnElement[bool]:
    """The page after that device."""
    last = db.get(Device, after) if after is not None else None
    if last is None:
        return true()
    at = Device.last_seen_at
    return or_(at > last.last_seen_at, and_(at == last.last_seen_at, Device.id > last.id))


def _hubs(db: Session, known: Collection[int] | None) -> list[Hub]:
    query = select(Hub).join(Person, Person.id == Hub.patient_id).where(Hub.revoked_at.is_(None), _among(known))
    return list(db.scalars(query.where(Person.left_at.is_(None)).order_by(Hub.last_seen_at, Hub.id).limit(LISTED)))


def _among(known: Collection[int] | None) -> ColumnElement[bool]:
    return true() if known is None else Person.id.in_(known)
