"""The pharmacies that take orders: set up by administrators, who see no patient here."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.orders.orders_seen import on_time_of
from companion.programme.orders.pharmacies import (
    add_pharmacy,
    checked_name,
    checked_url,
    find_pharmacy,
    pharmacies,
    read_areas,
    renew_secret,
    set_areas,
)
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.orders.price_file import KNOWN, MOST_BYTES, BadPriceList
from companion.programme.orders.prices import newest_list, take_list
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words import order_words
from companion.web.programme.order_forms import PharmacySchema

blueprint = Blueprint("pharmacies_office", __name__, url_prefix="/pharmacies")

LOOKED_BACK = timedelta(days=90)


@blueprint.get("")
@guarded(Action.EDIT_PHARMACIES)
def index() -> str:
    since = now() - LOOKED_BACK
    with look() as db:
        lines = [
            (
                pharmacy,
                newest_list(db, pharmacy.id),
                on_time_of(db, pharmacy.id, since, now(), is_urgent=True),
                on_time_of(db, pharmacy.id, since, now(), is_urgent=False),
            )
            for pharmacy in pharmacies(db)
        ]
    return render_template("programme/pharmacies/index.html", lines=lines, told=order_words, days=LOOKED_BACK.days)


@blueprint.route("/new", methods=["GET", "POST"])
@guarded(Action.EDIT_PHARMACIES)
def new() -> Answer:
    form = Form(PharmacySchema())
    if form.is_valid():
        try:
            with changes() as db:
                by = db.get_one(Person, actor().id)
                pharmacy, secret = add_pharmacy(db, **_checked(form), by=by, now=now())
                _note(db, "pharmacy.added", pharmacy.public_id)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return _told_once(pharmacy, secret)
    return render_template("programme/pharmacies/new.html", form=form), form.status


@blueprint.route("/<pharmacy_id>", methods=["GET", "POST"])
@guarded(Action.EDIT_PHARMACIES)
def one(pharmacy_id: str) -> Answer:
    with look() as db:
        pharmacy = find_pharmacy(db, pharmacy_id) or abort(404)
    form = Form(PharmacySchema(), _as_kept(pharmacy))
    if form.is_valid():
        try:
            _change(pharmacy_id, form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Kept."))
            return redirect(url_for(".one", pharmacy_id=pharmacy_id))
    return _page(pharmacy_id, form)


def _change(pharmacy_id: str, form: Form) -> None:
    checked = _checked(form)
    with changes() as db:
        pharmacy = _get(db, pharmacy_id)
        pharmacy.name, pharmacy.url = checked["name"], checked["url"]
        pharmacy.is_open = form.data["is_open"] == "yes"
        set_areas(db, pharmacy, checked["areas"])
        _note(db, "pharmacy.changed", pharmacy_id, is_open=pharmacy.is_open)


@blueprint.post("/<pharmacy_id>/secret")
@guarded(Action.EDIT_PHARMACIES)
def secret(pharmacy_id: str) -> Answer:
    """A new one. The old one is worth nothing from now on."""
    with changes() as db:
        pharmacy = _get(db, pharmacy_id)
        told = renew_secret(db, pharmacy, db.get_one(Person, actor().id), now())
        _note(db, "pharmacy.secret", pharmacy_id)
    return _told_once(pharmacy, told)


@blueprint.post("/<pharmacy_id>/prices")
@guarded(Action.EDIT_PHARMACIES)
def prices(pharmacy_id: str) -> Answer:
    """A price list, taken whole or refused with its row."""
    with look() as db:
        pharmacy = find_pharmacy(db, pharmacy_id) or abort(404)
    form = Form(PharmacySchema(), _as_kept(pharmacy))
    sent = request.files.get("file")
    content = sent.stream.read(MOST_BYTES + 1) if sent else b""
    try:
        with changes() as db:
            taken = take_list(db, _get(db, pharmacy_id), content, db.get_one(Person, actor().id), now())
            if taken is not None:
                _note(db, "pharmacy.prices", pharmacy_id, version=taken.number, sha256=taken.sha256)
    except BadPriceList as bad:
        form.errors["file"] = _where(bad) + ": " + "; ".join(_(part) for part in (bad.what, bad.advice))
        return _page(pharmacy_id, form, as_kept=True)
    flash(_("The list is in force.") if taken else _("That list is in force already."))
    return redirect(url_for(".one", pharmacy_id=pharmacy_id))


def _where(bad: BadPriceList) -> str:
    if bad.column:
        return _("Row %(row)s, column %(column)s", row=bad.row, column=bad.column)
    return _("Row %(row)s", row=bad.row)


def _page(pharmacy_id: str, form: Form, *, as_kept: bool = False) -> Answer:
    with look() as db:
        pharmacy = _get(db, pharmacy_id)
        last = newest_list(db, pharmacy.id)
    page = render_template(
        "programme/pharmacies/one.html",
        form=_AsKept(form) if as_kept else form,
        pharmacy=pharmacy,
        last=last,
        columns=KNOWN,
        events_url=outside().settings.public_url + url_for("pharmacy_hooks.take", pharmacy_id=pharmacy_id),
    )
    return page, form.status


class _AsKept:
    """The form as it is kept, where another form of the page was sent."""

    def __init__(self, form: Form) -> None:
        self.errors, self._defaults = form.errors, form.defaults

    def value(self, name: str) -> str:
        return str(self._defaults.get(name, ""))


def _told_once(pharmacy: Pharmacy, told: str) -> Answer:
    return render_template("programme/pharmacies/secret.html", pharmacy=pharmacy, secret=told)


def _checked(form: Form) -> dict[str, Any]:
    may_be_private = outside().settings.pharmacy_private_hosts
    return {
        "name": checked_name(form.data["name"]),
        "url": checked_url(form.data["url"], may_be_private=may_be_private),
        "areas": read_areas(form.data["areas"]),
    }


def _as_kept(pharmacy: Pharmacy) -> dict[str, Any]:
    areas = "\n".join(f"{area.name}, {area.urgent_hours}, {area.usual_hours}" for area in pharmacy.areas)
    is_open = "yes" if pharmacy.is_open else ""
    return {"name": pharmacy.name, "url": pharmacy.url, "areas": areas, "is_open": is_open}


def _get(db: Session, pharmacy_id: str) -> Pharmacy:
    return find_pharmacy(db, pharmacy_id) or abort(404)


def _note(db: Session, action: str, pharmacy_id: str, **details: Any) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), pharmacy=pharmacy_id, **details)
