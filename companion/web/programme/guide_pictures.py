"""The pictures of guides: kept here, and the line that puts one into a text."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from companion.care import audit
from companion.errors import BadInput
from companion.programme.guides.models import GuidePicture
from companion.programme.guides.pictures import AT_MOST, keep_picture
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.programme.guide_forms import PictureSchema

blueprint = Blueprint("guide_pictures", __name__)


@blueprint.route("/clinic/guide-pictures", methods=["GET", "POST"])
@guarded(Action.EDIT_GUIDES)
def index() -> Answer:
    form = Form(PictureSchema())
    if form.is_valid():
        try:
            _keep(form.data["label"])
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Kept. Copy its line into a text."))
            return redirect(url_for(".index"))
    with look() as db:
        wanted = select(GuidePicture.sha256, GuidePicture.label).order_by(GuidePicture.added_at.desc())
        kept = db.execute(wanted).all()
    return render_template("programme/guides_office/pictures.html", form=form, kept=kept), form.status


def _keep(label: str) -> None:
    sent = request.files.get("picture")
    content = sent.stream.read(AT_MOST + 1) if sent else b""
    with changes() as db:
        kept = keep_picture(db, content, label=label, by=actor(), now=now())
        audit.note(db, actor=actor().public_id, action="guide.picture_kept", now=now(), sha256=kept.sha256)
