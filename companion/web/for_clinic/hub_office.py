"""The administrator's view of what comes from homes: every hub, and everything that was refused."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from companion.care.people import Person
from companion.devices.models import Device, Hub, Intake, Quarantined, RefusedBatch
from companion.sealing.cipher import OVERHEAD
from companion.sealing.columns import QUARANTINED, REFUSED_BATCH, opened, texts_by_id
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, shows
from companion.web.door.auth import Answer
from companion.web.door.hub_door import revoke_hub
from companion.web.row_numbers import row_number

blueprint = Blueprint("hub_office", __name__)

LISTED = 50
_SIZE = func.coalesce(func.length(RefusedBatch.sealed) - OVERHEAD, func.length(RefusedBatch.content))
"""Of a batch as it came, in bytes."""


@blueprint.get("/office/hubs")
@guarded(Action.SEE_HUBS)
def hubs() -> str:
    with look() as db:
        found = db.scalars(select(Hub).order_by(Hub.revoked_at.is_not(None), Hub.last_seen_at.desc())).all()
    return render_template("hub_office/hubs.html", hubs=found)


@blueprint.route("/office/hubs/<hub_id>/revoke", methods=["GET", "POST"])
@guarded(Action.SEE_HUBS)
def revoke(hub_id: str) -> Answer:
    with look() as db:
        hub = db.scalar(select(Hub).where(Hub.public_id == hub_id)) or abort(404)
    if request.method == "GET":
        return render_template("devices/revoke.html", hub=hub, back=url_for("hub_office.hubs"))
    with changes() as db:
        revoke_hub(db, hub, actor(), now())
    flash(_("The hub may send nothing any more."))
    return redirect(url_for("hub_office.hubs"))


@blueprint.get("/office/quarantine")
@guarded(Action.SEE_QUARANTINE)
def quarantine() -> str:
    """Single values and rows that gave no reading, the newest first."""
    query = (
        select(Quarantined, Intake, Device, Person)
        .join(Intake, Intake.id == Quarantined.intake_id)
        .join(Person, Person.id == Quarantined.patient_id)
        .outerjoin(Device, Device.id == Intake.device_id)
    )
    with look() as db:
        rows, older = _page_of(db, query, Quarantined.id)
        shows(patient for *_, patient in rows)
        contents = texts_by_id(db.connection(), QUARANTINED, [row for row, *_ in rows])
    return render_template("hub_office/quarantine.html", rows=rows, contents=contents, older=older)


@blueprint.get("/office/quarantine/batches")
@guarded(Action.SEE_QUARANTINE)
def batches() -> str:
    """Batches that were refused as a whole, the newest first."""
    query = (
        select(RefusedBatch, _SIZE, Hub, Person.public_id)
        .options(defer(RefusedBatch.content), defer(RefusedBatch.sealed))
        .join(Person, Person.id == RefusedBatch.patient_id)
        .outerjoin(Hub, Hub.id == RefusedBatch.hub_id)
    )
    with look() as db:
        rows, older = _page_of(db, query, RefusedBatch.id)
    return render_template("hub_office/batches.html", rows=rows, older=older)


@blueprint.get("/office/quarantine/batches/<int:batch_id>/content")
@guarded(Action.SEE_QUARANTINE)
def content(batch_id: int) -> Response:
    """A refused batch as it came, as a file: it may be anything, and no browser shall take it for a page."""
    with look() as db:
        batch = db.get(RefusedBatch, batch_id) or abort(404)
        shows([db.get_one(Person, batch.patient_id)])
        (as_it_came,) = opened(db.connection(), REFUSED_BATCH, [batch])
    response = Response(as_it_came, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="batch-{batch.id}.json"'
    return response


def _page_of(db: Session, query: Any, number: InstrumentedAttribute[int]) -> tuple[list[Any], int | None]:
    """Those before `?before=`, or the newest; and before which number older ones stand."""
    before = request.args.get("before", type=row_number)
    wanted = query if before is None else query.where(number < before)
    rows = list(db.execute(wanted.order_by(number.desc()).limit(LISTED)))
    return rows, rows[-1][0].id if len(rows) == LISTED else None
