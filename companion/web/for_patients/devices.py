"""The patient's devices and hubs: what was read when, a code for a new hub, and taking either away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_timedelta
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import audit
from companion.devices.models import Device, Hub
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.door.hub_door import CODE_LIFETIME, hubs_of, make_code, revoke_hub
from companion.web.door.limits import TooManyAttemptsError
from companion.web.language import language
from companion.web.words import Words

blueprint = Blueprint("devices", __name__)

KINDS: Words = {
    "meter": _l("Glucose meter"),
    "cuff": _l("Blood-pressure cuff"),
    "sensor": _l("Glucose sensor"),
    "device": _l("Device"),
}
DEVICE_IS_SILENT = timedelta(days=7)
"""From then on the page says what to look at (a house rule: most people measure once a day)."""
CLOCK_IS_WRONG = timedelta(minutes=10)
"""From here on a person is asked to set it (web.md, page 2)."""
BATTERY_IS_LOW = 20
"""Percent."""
HUB_IS_QUIET = timedelta(days=3)
"""A hub that was not heard for so long may be without power or network."""


@dataclass(frozen=True)
class Shown:
    """One device, and what its owner should do about it. `drift` "": its clock is right; `silent_for` "": it was heard
    lately."""

    device: Device
    drift: str
    is_behind: bool
    silent_for: str
    has_low_battery: bool

    @property
    def is_fine(self) -> bool:
        return not (self.drift or self.silent_for or self.has_low_battery)


def shown(device: Device, at: datetime) -> Shown:
    """The device as its owner reads of it at that instant."""
    off, silent = timedelta(seconds=device.clock_offset_s or 0), at - device.last_seen_at
    return Shown(
        device=device,
        drift=_span(abs(off)) if abs(off) > CLOCK_IS_WRONG else "",
        is_behind=off > timedelta(0),
        silent_for=_span(silent) if silent > DEVICE_IS_SILENT else "",
        has_low_battery=device.battery_percent is not None and device.battery_percent < BATTERY_IS_LOW,
    )


def _span(span: timedelta) -> str:
    """About how long: "25 minutes", "3 days"."""
    return format_timedelta(span, locale=language(), threshold=1.2)


@blueprint.get("/devices")
@guarded(Action.MANAGE_DEVICES)
def index() -> str:
    with look() as db:
        own = Device.patient_id == subject().id, Device.removed_at.is_(None)
        devices = db.scalars(select(Device).where(*own).order_by(Device.last_seen_at.desc())).all()
        hubs = hubs_of(db, subject().id)
    return render_template(
        "devices/index.html",
        patient=subject(),
        devices=[shown(device, now()) for device in devices],
        hubs=hubs,
        kinds=KINDS,
        quiet_since=now() - HUB_IS_QUIET,
    )


@blueprint.post("/devices/hubs/code")
@guarded(Action.MANAGE_DEVICES)
def code() -> Answer:
    """A new code, shown this once; a code that was shown before is void."""
    try:
        with changes() as db:
            shown = make_code(db, subject(), now())
    except TooManyAttemptsError:
        abort(429)
    minutes = CODE_LIFETIME // timedelta(minutes=1)
    server = outside().settings.public_url
    return render_template("devices/code.html", code=shown, minutes=minutes, server=server), 201


@blueprint.route("/devices/hubs/<hub_id>/revoke", methods=["GET", "POST"])
@guarded(Action.MANAGE_DEVICES)
def revoke(hub_id: str) -> Answer:
    with look() as db:
        hub = db.scalar(select(Hub).where(Hub.public_id == hub_id, Hub.patient_id == subject().id)) or abort(404)
    if request.method == "GET":
        return render_template("devices/revoke.html", hub=hub, back=url_for("devices.index"))
    with changes() as db:
        revoke_hub(db, hub, actor(), now())
    flash(_("The hub may send nothing any more."))
    return redirect(url_for("devices.index"))


@blueprint.route("/devices/<device_id>/remove", methods=["GET", "POST"])
@guarded(Action.MANAGE_DEVICES)
def remove(device_id: str) -> Answer:
    """What it sent stays; what it sends from now on is refused."""
    with look() as db:
        device = _own_device(db, device_id)
    if request.method == "GET":
        return render_template("devices/remove.html", device=device, kinds=KINDS)
    with changes() as db:
        db.execute(update(Device).where(Device.id == device.id).values(removed_at=now()))
        audit.note(
            db,
            actor=actor().public_id,
            action="removed_device",
            now=now(),
            patient=subject().public_id,
            device=device.public_id,
        )
    flash(_("The device is removed. What it sent before stays."))
    return redirect(url_for("devices.index"))


def _own_device(db: Session, device_id: str) -> Device:
    own = Device.public_id == device_id, Device.patient_id == subject().id, Device.removed_at.is_(None)
    return db.scalar(select(Device).where(*own)) or abort(404)
