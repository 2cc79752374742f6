"""Signing in without a password: a patient types their number, and a link that works once comes by text."""

from flask import Blueprint, render_template

from companion.care.sign_in_links import find_link
from companion.messages.sign_in_notices import ask_for_links
from companion.web.access import public
from companion.web.context import changes, look, now
from companion.web.door.auth import Answer
from companion.web.door.letting_in import let_in_by_link
from companion.web.door.limits import Door, count_here
from companion.web.forms import Form
from companion.web.schemas import PhoneSchema

blueprint = Blueprint("text_links", __name__)


@blueprint.route("/sign-in/text", methods=["GET", "POST"])
@public
def ask() -> Answer:
    """The same answer whoever has the number: whether somebody is a patient here is nobody's business."""
    form = Form(PhoneSchema())
    if form.is_valid():
        count_here(Door.TEXT_LINK)
        with changes() as db:
            ask_for_links(db, form.data["phone"], now())
        return render_template("auth/text_is_coming.html")
    return render_template("auth/ask_text.html", form=form), form.status


@blueprint.get("/s/<token>")
@public
def look_at(token: str) -> Answer:
    """Only asks: whatever looks at links in messages before their reader does must not use them up."""
    with look() as db:
        person = find_link(db, token, now())
    if person is None:
        count_here(Door.LINK)
        return render_template("auth/link_is_over.html"), 410
    return render_template("auth/enter_by_text.html", token=token, name=person.name)


@blueprint.post("/s/<token>")
@public
def enter(token: str) -> Answer:
    return let_in_by_link(token)
