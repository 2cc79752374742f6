"""Points for the staff: what the rules are, what lies where, and coupons that patients bring."""

import secrets

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion.errors import BadInput
from companion.programme.points.coupons import use
from companion.programme.points.ledger import accounts
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.forms import Form
from companion.web.in_words import points_words
from companion.web.language import language
from companion.web.programme.points_forms import UseSchema
from companion.web.programme.points_pages import rules

blueprint = Blueprint("points_office", __name__)


@blueprint.get("/clinic/points")
@guarded(Action.USE_COUPONS)
def index() -> str:
    return _page(Form(UseSchema()))


@blueprint.post("/clinic/points/coupons")
@guarded(Action.USE_COUPONS)
def use_coupon() -> str | Response | tuple[str, int]:
    """Used once; the same form sent twice says so again."""
    rules()
    form = Form(UseSchema())
    if form.is_valid():
        try:
            with changes() as db:
                coupon = use(db, form.data["code"], actor(), form.data["key"], now())
        except BadInput as bad:
            form.refuse(bad)
        else:
            name = coupon.name_zh if language() == "zh" else coupon.name_en
            flash(_("The coupon is used now: %(name)s", name=name))
            return redirect(url_for(".index"))
    return _page(form), form.status


def _page(form: Form) -> str:
    in_force = rules()
    with look() as db:
        held = accounts(db)
    return render_template(
        "programme/points_office.html",
        form=form,
        rules=in_force,
        accounts=held,
        told=points_words,
        new_key=secrets.token_urlsafe(12),
    )
