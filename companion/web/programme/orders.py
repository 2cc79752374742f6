"""Orders to pharmacies: the same pages twice, for the patient, and for her doctor who orders on her behalf."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.orders.agreeing import has_agreed, say_pharmacy
from companion.programme.orders.comparing import Cost
from companion.programme.orders.consent_texts import agreement
from companion.programme.orders.order_life import WAY, OrderState, may_be_cancelled
from companion.programme.orders.order_models import MedicineOrder
from companion.programme.orders.orders_seen import events_of, find_order, orders_of
from companion.programme.orders.pharmacies import find_pharmacy, pharmacies
from companion.programme.orders.pharmacy_models import Pharmacy
from companion.programme.orders.placing import Asked, Hindrance, NewOrder, address_of, cancel, hindrance, place
from companion.programme.orders.prices import cost_at
from companion.reminders.supply.refills import LISTED_DAYS, RefillLine, refill_list
from companion.supplying.arrived import brought, take_out
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words import order_words
from companion.web.language import language
from companion.web.programme.order_forms import AgreeSchema, OrderSchema


class Orderable(NamedTuple):
    """A medicine as the refill list asks for it, why it cannot be ordered now, and what it costs there, if known."""

    line: RefillLine
    why_not: Hindrance | None
    cost: Cost | None = None


def asked_of(line: RefillLine) -> Asked:
    """Where nobody knows how many are needed, one pack."""
    packs = line.packs if line.pieces else line.packs or 1
    return Asked(line.regimen, line.pieces, line.piece, packs)


@dataclass(frozen=True)
class Pages:
    """The pages about one patient's orders. `by_clinic`: somebody of the clinic acts in her place."""

    by_clinic: bool

    def index(self, **where: Any) -> str:
        with look() as db:
            return self._page("index", where, orders=orders_of(db, subject().id))

    def choose(self, **where: Any) -> str:
        """Which pharmacy."""
        with look() as db:
            return self._page("choose", where, pharmacies=pharmacies(db, only_open=True))

    def order(self, pharmacy_id: str, **where: Any) -> Answer:
        with look() as db:
            pharmacy = _open_pharmacy(db, pharmacy_id)
            if not has_agreed(db, subject().id, pharmacy.id):
                return self._ask_first(pharmacy, where, Form(AgreeSchema()))
            offered = _offered(db, pharmacy)
        low = [each.line.regimen.public_id for each in offered if each.line.stock.is_low and each.why_not is None]
        form = Form(OrderSchema(), {"medicines": low, "key": secrets.token_urlsafe(12)})
        if form.is_valid():
            try:
                order = self._place(pharmacy_id, form)
            except BadInput as bad:
                form.refuse(bad)
            else:
                flash(_("The order is noted and goes to the pharmacy."))
                return redirect(url_for(".one", order_id=order.public_id, **where))
        page = self._page("order", where, form=form, pharmacy=pharmacy, offered=offered, days=LISTED_DAYS)
        return page, form.status

    def _place(self, pharmacy_id: str, form: Form) -> MedicineOrder:
        with changes() as db:
            patient, pharmacy = db.get_one(Person, subject().id), _open_pharmacy(db, pharmacy_id)
            return place_order(db, patient, pharmacy, form.data, by_clinic=self.by_clinic)

    def agree(self, pharmacy_id: str, **where: Any) -> Answer:
        """What the patient says to the pharmacy's learning of them; staff write down what they heard."""
        form = Form(AgreeSchema())
        with look() as db:
            pharmacy = find_pharmacy(db, pharmacy_id) or abort(404)
        is_heard = form.is_valid() and not (self.by_clinic and form.data["heard"] != "yes")
        if form.errors:
            abort(400)
        if not is_heard:
            form.refuse(BadInput("their consent is needed", where="heard", advice="ask, then tick the box"))
            return self._ask_first(pharmacy, where, form)
        agrees = form.data["agrees"] == "yes"
        with changes() as db:
            patient, by = db.get_one(Person, subject().id), db.get_one(Person, actor().id)
            spoken = patient.language if self.by_clinic else language()
            said = {"agrees": agrees, "noted_by": by, "language": spoken, "now": now()}
            if say_pharmacy(db, patient, db.get_one(Pharmacy, pharmacy.id), **said):
                _note(db, "said_to_pharmacy", pharmacy=pharmacy_id, agrees=form.data["agrees"])
        flash(_("Noted."))
        if agrees:
            return redirect(url_for(".order", pharmacy_id=pharmacy_id, **where))
        return redirect(url_for(".index", **where))

    def one(self, order_id: str, **where: Any) -> str:
        """Where it is."""
        with look() as db:
            order = find_order(db, subject().id, order_id) or abort(404)
            return self._page(
                "one",
                where,
                order=order,
                address=address_of(db, order),
                events=events_of(db, [order.id]),
                way=WAY,
                reached=WAY.index(OrderState(order.state)) if order.state in WAY else -1,
                may_cancel=may_be_cancelled(OrderState(order.state), order.tries),
                agreed=has_agreed(db, subject().id, order.pharmacy_id),
                brought=brought(db, order),
            )

    def not_arrived(self, order_id: str, **where: Any) -> Answer:
        """What the pharmacy said was delivered is taken out of the packs again."""
        with changes() as db:
            order = find_order(db, subject().id, order_id) or abort(404)
            gone = take_out(db, order, by=db.get_one(Person, actor().id), now=now())
        flash(_("Taken out of the packs again.") if gone else _("Nothing of it is in the packs."))
        return redirect(url_for(".one", order_id=order_id, **where))

    def cancel(self, order_id: str, **where: Any) -> Answer:
        with changes() as db:
            order = find_order(db, subject().id, order_id) or abort(404)
            try:
                cancel(db, order, now())
            except BadInput:
                flash(_("The pharmacy may have the order already. Call the pharmacy."))
            else:
                _note(db, "order.cancelled", order=order_id)
                flash(_("The order is taken back. Nothing was sent."))
        return redirect(url_for(".one", order_id=order_id, **where))

    def _ask_first(self, pharmacy: Pharmacy, where: dict[str, Any], form: Form) -> Answer:
        spoken = subject().language if self.by_clinic else language()
        text = agreement(spoken, pharmacy.name)
        return self._page("agree", where, pharmacy=pharmacy, text=text, spoken=spoken, form=form), form.status

    def _page(self, name: str, where: dict[str, Any], **shown: Any) -> str:
        shows_prices = self.by_clinic or outside().settings.prices_for_patients
        return render_template(
            f"programme/orders/{name}.html",
            patient=subject(),
            where=where,
            by_clinic=self.by_clinic,
            told=order_words,
            shows_prices=shows_prices,
            now=now(),
            **shown,
        )


def place_order(
    db: Session, patient: Person, pharmacy: Pharmacy, data: dict[str, Any], *, by_clinic: bool
) -> MedicineOrder:
    """What the form or the API asks for, with its act in the audit. Raises BadInput."""
    wanted = set(data["medicines"])
    asked = [asked_of(line) for line in refill_list(db, patient, now()) if line.regimen.public_id in wanted]
    if len(asked) < len(wanted):
        raise BadInput("are not all medicines that are taken now", where="medicines", advice="look at the list again")
    new = NewOrder(pharmacy, data["area"], data["address"], asked, data["key"])
    order, is_new = place(db, patient, new, by=db.get_one(Person, actor().id), now=now())
    if is_new:
        _note(db, "order.placed", order=order.public_id, pharmacy=pharmacy.public_id, on_behalf=by_clinic)
    return order


def _open_pharmacy(db: Session, pharmacy_id: str) -> Pharmacy:
    found = find_pharmacy(db, pharmacy_id)
    return found if found is not None and found.is_open else abort(404)


def _offered(db: Session, pharmacy: Pharmacy) -> list[Orderable]:
    today = now().date()
    found = []
    for line in refill_list(db, subject(), now()):
        cost = cost_at(db, pharmacy.id, [(line.regimen.drug, line.piece, line.pieces)], today)
        found.append(Orderable(line, hindrance(db, line.regimen, now()), cost))
    return found


def _note(db: Session, action: str, **details: Any) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=subject().public_id, **details)


def _blueprint(name: str, prefix: str, pages: Pages) -> Blueprint:
    made = Blueprint(name, __name__, url_prefix=prefix)
    see, order = Action.SEE_ORDERS, Action.ORDER_MEDICINES
    if pages.by_clinic:
        see, order = Action.SEE_ORDERS_OF, Action.ORDER_FOR
    for rule, view, action, methods in (
        ("", pages.index, see, ["GET"]),
        ("/pharmacies", pages.choose, order, ["GET"]),
        ("/pharmacies/<pharmacy_id>", pages.order, order, ["GET", "POST"]),
        ("/pharmacies/<pharmacy_id>/agree", pages.agree, order, ["POST"]),
        ("/<order_id>", pages.one, see, ["GET"]),
        ("/<order_id>/cancel", pages.cancel, order, ["POST"]),
    ):
        made.add_url_rule(rule, view.__name__, guarded(action)(_as_function(view)), methods=methods)
    if pages.by_clinic:
        undo = guarded(order)(_as_function(pages.not_arrived))
        made.add_url_rule("/<order_id>/not-arrived", "not_arrived", undo, methods=["POST"])
    return made


def _as_function(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """A method takes no marks; a function of its own does. The patient is in the address for the gate, and stays in
    the addresses that the page leads to."""

    def answer(**arguments: str) -> Answer:
        return view(**arguments)

    return answer


own = _blueprint("orders", "/orders", Pages(by_clinic=False))
of_patient = _blueprint("orders_patient", "/clinic/patients/<patient_id>/orders", Pages(by_clinic=True))
