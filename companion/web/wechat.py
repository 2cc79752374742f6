"""A person's own WeChat becomes one of their addresses: a code, and a picture that says it when it is scanned."""

from datetime import timedelta

import segno
from flask import Blueprint, abort, render_template
from markupsafe import Markup

from companion.care import audit
from companion.care.account_links import GOOD_FOR, make_code
from companion.care.consent_texts import agreement
from companion.care.contact_models import TOPICS, Kind
from companion.care.contacts import contacts_of
from companion.care.people import Person, Role
from companion.messages.channel import Scanned
from companion.web.access import Action, guarded
from companion.web.auth import Answer
from companion.web.context import actor, changes, look, now, outside
from companion.web.language import language

blueprint = Blueprint("wechat", __name__)

DOT = 6
"""Pixels a dot of the picture: 222 wide, and its white edge on a phone of 320."""


@blueprint.get("/wechat")
@guarded(Action.SEE_OWN_SESSIONS)
def index() -> str:
    """What is agreed to by linking, and whether an account is linked."""
    me = actor()
    with look() as db:
        accounts = [point for point in contacts_of(db, [me.id])[me.id] if point.kind == Kind.WECHAT]
    agreed = [agreement(language(), Kind.WECHAT, topic) for topic in TOPICS[Role(me.role)]]
    is_set_up = outside().ways.of(Kind.WECHAT) is not None
    return render_template("wechat/index.html", accounts=accounts, agreed=agreed, is_set_up=is_set_up)


@blueprint.post("/wechat")
@guarded(Action.SEE_OWN_SESSIONS)
def code() -> Answer:
    """A new code, shown this once; one that was shown before is void. 404 where no WeChat account is set up."""
    channel: object = outside().ways.of(Kind.WECHAT)
    if not isinstance(channel, Scanned):
        abort(404)
    with changes() as db:
        shown = make_code(db, db.get_one(Person, actor().id), Kind.WECHAT, now())
        audit.note(db, actor=actor().public_id, action="made_account_code", now=now(), person=actor().public_id)
    link = channel.scan_link(shown, int(GOOD_FOR.total_seconds()))
    minutes = GOOD_FOR // timedelta(minutes=1)
    page = render_template("wechat/code.html", code=shown, picture=link and _picture(link), minutes=minutes)
    return page, 201


def _picture(link: str) -> Markup:
    """The link as a picture that a telephone can scan."""
    return Markup(segno.make(link, error="m").svg_inline(scale=DOT, border=4, light="#fff", svgclass="scanned"))  # noqa: S704
