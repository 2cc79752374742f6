"""Orders for the staff: what is on its way for a doctor's patients, and what packs cost where."""

from flask import Blueprint, render_template, request

from companion.programme.orders.orders_seen import running_orders
from companion.programme.orders.prices import compared
from companion.web import words
from companion.web.access import Action, guarded, guarded_list, listed_for
from companion.web.context import actor, look, now, shows
from companion.web.in_words import order_words

blueprint = Blueprint("orders_office", __name__)

LONGEST_SEARCH = 80


@blueprint.get("/clinic/orders")
@guarded_list(Action.SEE_PATIENT)
def index() -> str:
    with look() as db:
        orders = running_orders(db, listed_for(db, actor(), Action.SEE_PATIENT, now()))
        shows({order.patient for order in orders})
        return render_template("programme/orders_office.html", orders=orders, told=order_words, now=now())


@blueprint.get("/clinic/prices")
@guarded(Action.COMPARE_PRICES)
def prices() -> str:
    sought = request.args.get("drug", "").strip()[:LONGEST_SEARCH]
    with look() as db:
        found = compared(db, now().date(), sought)
    return render_template("programme/prices.html", found=found, sought=sought, told=order_words, words=words)
