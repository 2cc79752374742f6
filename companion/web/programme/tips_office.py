"""Tips for the clinic: doctors and pharmacists review them, administrators see what they do."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion.care import audit
from companion.comparing import FEWEST
from companion.errors import BadInput
from companion.programme.outreach.reviewing import end, review, reviewed
from companion.programme.outreach.sending import SHARES
from companion.programme.outreach.tip_effect import OVER_DAYS, effect, share
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside
from companion.web.in_words import tip_words
from companion.web.in_words.segment_words import percent
from companion.web.language import language
from companion.web.programme.tip_figures import entered, followed, tip_counts

blueprint = Blueprint("tips_office", __name__)


@blueprint.get("/programme/tips")
@guarded(Action.REVIEW_TIPS)
def index() -> str:
    with look() as db:
        return render_template("programme/tips.html", found=reviewed(db, outside().tips), words=tip_words)


@blueprint.post("/programme/tips/<key>")
@guarded(Action.REVIEW_TIPS)
def decide(key: str) -> Response:
    """`act`: on or off; `seen`: the words that were read."""
    tip = next((tip for tip in outside().tips if tip.key == key), None) or abort(404)
    act = request.form.get("act")
    if act not in ("on", "off"):
        abort(400)
    try:
        with changes() as db:
            if act == "on":
                review(db, tip, seen=request.form.get("seen", ""), by=actor(), now=now())
            else:
                end(db, key, by=actor(), now=now())
            audit.note(
                db,
                actor=actor().public_id,
                action="switched_tip_on" if act == "on" else "switched_tip_off",
                now=now(),
                tip=key,
                digest=tip.digest,
            )
    except BadInput as bad:
        flash(_("This tip cannot be switched on: %(why)s", why=bad), "error")
    return redirect(url_for(".index"))


@blueprint.get("/office/tips")
@guarded(Action.SEE_TIP_EFFECT)
def figures() -> str:
    with look() as db:
        parts = entered(db)
        return render_template(
            "programme/tip_effect.html",
            effect=effect(followed(db, now()), parts, SHARES),
            counts=tip_counts(db),
            titles={tip.key: tip.title[language()] for tip in outside().tips},
            share=share,
            percent=percent,
            words=tip_words,
            fewest=FEWEST,
            days=OVER_DAYS,
        )
