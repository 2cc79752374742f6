"""What is said about orders to pharmacies, in the reader's language."""

from decimal import Decimal

from companion.programme.demand.forecasting import Verdict
from companion.programme.orders.order_life import OrderState, TrackingEvent
from companion.programme.orders.order_models import MedicineOrder, OrderLine
from companion.programme.orders.placing import Hindrance
from companion.programme.orders.promises import OnTime
from companion.reminders.supply.refills import RefillLine
from companion.reminders.supply.supply_models import SupplyEntry
from companion.web.in_words.supply_words import ask_text, counted_text
from companion.web.language import gettext as _
from companion.web.language import lazy_gettext as _l
from companion.web.words import Words

STATES: Words = {
    OrderState.PLACED: _l("on its way to the pharmacy"),
    OrderState.HANDED_OVER: _l("the pharmacy has the order"),
    OrderState.ACCEPTED: _l("the pharmacy has said yes"),
    OrderState.PACKED: _l("packed"),
    OrderState.SENT: _l("sent off"),
    OrderState.DELIVERED: _l("delivered"),
    OrderState.FAILED: _l("it did not work"),
    OrderState.CANCELLED: _l("not sent"),
}
EVENTS: Words = {
    TrackingEvent.ACCEPTED: _l("the pharmacy has said yes"),
    TrackingEvent.PACKED: _l("packed"),
    TrackingEvent.SENT: _l("sent off"),
    TrackingEvent.DELIVERED: _l("delivered"),
    TrackingEvent.FAILED: _l("it did not work"),
    TrackingEvent.DELAYED: _l("it comes later"),
}
WHY: Words = {
    "taken_back": _l("The order was taken back before it left."),
    "care_ended": _l("The care here has ended."),
    "no_consent": _l("The agreement that the pharmacy may know was taken back."),
    "prescription_changed": _l("The doctor has changed a medicine since. Order again when the change is settled."),
    "maybe_sent": _l("Something changed while it was being sent. The clinic will call you."),
    "refused": _l("The pharmacy cannot take the order. The clinic will call you."),
    "not_reached": _l("The pharmacy could not be reached. The clinic will call you."),
    "pharmacy": _l("The pharmacy cannot bring it. The clinic will call you."),
}
TROUBLES: Words = {
    "waits": _l("the pharmacy cannot be reached; it is tried further"),
    "not_reached": _l("the pharmacy could not be reached; it was given up"),
    "maybe_sent": _l("something changed while it was being sent; the pharmacy may have it: call there"),
    "refused": _l("the pharmacy refused it"),
    "pharmacy": _l("the pharmacy cannot bring it"),
    "late": _l("it is not there at the promised time"),
    "delayed": _l("the pharmacy says that it comes later"),
    "prescription_changed": _l("a medicine was changed before it left; it was not sent"),
    "no_consent": _l("the patient took the agreement back before it left; it was not sent"),
}
"""Why a task about an order was made."""
HINDRANCES: Words = {
    Hindrance.NOT_TAKEN: _l("It is not taken now."),
    Hindrance.CHANGES: _l("Its amount is about to change. Ask the clinic first."),
    Hindrance.ON_ITS_WAY: _l("It is ordered already."),
}

VERDICTS: Words = {
    Verdict.TOO_LITTLE: _l("too little is known to say"),
    Verdict.NO_BETTER: _l("no better than a guess: use the mean"),
    Verdict.BETTER: _l("better than a guess"),
}


def wanted_text(line: RefillLine) -> str:
    """What would be asked for: "60 tablets (2 packs)"; one pack where nobody knows how many are used."""
    return ask_text(line) if line.pieces else _("one pack")


def line_text(line: OrderLine) -> str:
    return counted_text(line.pieces, line.piece) if line.pieces else _("one pack")


def brought_text(entry: SupplyEntry, line: OrderLine) -> str:
    """What a delivery added to the packs: "60 tablets (2 packs)"."""
    if entry.packs is None or entry.pack_size is None:
        return line_text(line)
    pieces = counted_text(entry.packs * entry.pack_size, line.piece)
    return _("%(pieces)s (%(n)s packs)", pieces=pieces, n=entry.packs)


def money(amount: Decimal, currency: str) -> str:
    return f"{amount:.2f} {currency}"


def value_text(order: MedicineOrder) -> str:
    """Empty where the pharmacy's list does not have it all."""
    return money(order.value, order.currency) if order.value is not None and order.currency else ""


def rate_text(rate: OnTime) -> str:
    """ "8 of 10 (49–94 %)": the interval says how little few orders tell."""
    if rate.interval is None:
        return _("none yet")
    low, high = rate.interval
    said = {"n": rate.n, "of": rate.of, "low": round(100 * low), "high": round(100 * high)}
    return _("%(n)s of %(of)s (%(low)s–%(high)s %%)", **said)
