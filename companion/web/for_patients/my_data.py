"""What the service knows about a patient, for the patient to take along."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, send_file
from werkzeug.wrappers import Response

from companion.exporting.export import CONTENT_TYPES, ENDINGS, Format, export
from companion.web.access import Action, guarded
from companion.web.context import actor, now, outside, subject
from companion.web.door.auth import needs_fresh_password

blueprint = Blueprint("my_data", __name__)


@blueprint.get("/my-data")
@guarded(Action.EXPORT_DATA)
def index() -> str:
    return render_template("patient/my_data.html")


@blueprint.get("/my-data/<wanted>")
@guarded(Action.EXPORT_DATA)
@needs_fresh_password
def download(wanted: str) -> Response:
    if wanted not in set(Format):
        abort(404)
    return as_file(Format(wanted))


def as_file(as_: Format) -> Response:
    """The whole export of the patient this request is about, as a download without a name in its name.

    It is written to the disk before the first byte is answered: whatever fails is an error page and no half file. The
    file has no name there, and is gone when the answer is.
    """
    written = outside().originals.incoming()
    export(outside().stores, subject(), as_, written, by=actor().public_id, now=now())
    written.seek(0)
    day = now().astimezone(ZoneInfo(subject().zone)).date()
    name = f"companion-{day.isoformat()}{ENDINGS[as_]}"
    return send_file(written, mimetype=CONTENT_TYPES[as_], as_attachment=True, download_name=name, max_age=0)
