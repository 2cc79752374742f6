"""A person's own WeChat becomes one of their addresses: a code, and a picture that says it when it is scanned."""

from datetime import timedelta

from flask import Blueprint, abort, render_template

from companion.care import audit
from companion.care.account_links import GOOD_FOR, make_code
from companion.care.consent_texts import agreement
from companion.care.contact_models import TOPICS, Kind
from companion.care.contacts import contacts_of
from companion.care.people import Person, Role
from companion.messages.channel import Scanned
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.door.auth import Answer
from companion.web.language import language
from companion.web.scanned import picture_of

blueprint = Blueprint("wechat", __name__)


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
    page = render_template("wechat/code.html", code=shown, picture=link and picture_of(link), minutes=minutes)
    return page, 201
