"""A table that nobody knows: a person says what its columns are, once for every file with the same header."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from companion.devices.uploaded_files import FileState, UploadedFile
from companion.devices.uploads.mapped import MAPPED, ROLES, ColumnMapping, mapping_for
from companion.devices.uploads.plain_words import column_named
from companion.errors import BadInput
from companion.sent import files
from companion.web.access import Action, guarded
from companion.web.context import changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.for_patients.uploads import look_again, own_file
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.schemas import FormSchema
from companion.web.words import Words

blueprint = Blueprint("columns", __name__)

ROLE_WORDS: Words = {
    "": _l("leave it aside"),
    "time": _l("the day, or day and time"),
    "clock": _l("the time of day"),
    "glucose": _l("the glucose value"),
    "unit": _l("the unit"),
    "meal": _l("the meal"),
    "systolic": _l("the upper blood pressure"),
    "diastolic": _l("the lower blood pressure"),
    "pulse": _l("the pulse"),
}
GUESSES = {"moment": "time", "date": "time", "value": "glucose", "sensor": "glucose"}
"""What a plain table's words are called here, where the name is not the same."""

TOLD = {
    "time": marked("Choose one column as the day, and give each meaning to one column only."),
    "glucose": marked("Choose the column with the glucose, or the two with the blood pressures."),
}
"""What does not fit, in plain words, by where it was found."""

ROWS_SHOWN = 6

Table = Mapping[str, Any]
"""The table of a preview: `names`, `rows`, `signature`."""


@blueprint.route("/upload/<file_id>/columns", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def name(file_id: str) -> Answer:
    """Shows the first rows and asks of each column what it is."""
    file = own_file(file_id)
    is_known = file.preview.get("report", {}).get("format") not in (None, MAPPED)
    if file.state != FileState.SEEN or is_known:
        return redirect(url_for("uploads.preview", file_id=file_id))
    table = file.preview.get("table") or abort(404)
    form = Form(FormSchema(), _defaults(table))
    if request.method == "POST":
        try:
            return _learn(file, _mapping(table))
        except BadInput as bad:
            form.refuse(BadInput(TOLD[bad.where], where="columns"))
    page = render_template(
        "patient/upload_columns.html",
        form=form,
        file=file,
        names=table["names"],
        rows=table["rows"][:ROWS_SHOWN],
        roles=ROLE_WORDS,
    )
    return page, form.status


def _learn(file: UploadedFile, mapping: ColumnMapping) -> Answer:
    with changes() as db:
        files.learn(db, subject().id, mapping, now())
    look_again(file, file.choices)
    return redirect(url_for("uploads.preview", file_id=file.public_id))


def _mapping(table: Table) -> ColumnMapping:
    """What was chosen. Raises BadInput when it makes no reading, or a role was given to two columns."""
    chosen: dict[str, int] = {}
    for place in range(len(table["names"])):
        role = request.form.get(f"column-{place}", "")
        if role in chosen:
            raise BadInput("two columns have one meaning", where="time")
        if role in ROLES:
            chosen[role] = place
    return mapping_for(table["signature"], len(table["names"]), chosen)


def _defaults(table: Table) -> dict[str, Any]:
    """What was said before; for a new table, what the header seems to say."""
    with look() as db:
        known = {mapping.signature: mapping for mapping in files.mappings_of(db, subject().id)}.get(table["signature"])
    columns = known.columns if known else _guessed(table)
    return {f"column-{place}": role for role, place in columns.items()}


def _guessed(table: Table) -> dict[str, int]:
    guessed: dict[str, int] = {}
    for place, header in enumerate(table["names"]):
        word = column_named(header) or ""
        role = GUESSES.get(word, word)
        if role in ROLES:
            guessed.setdefault(role, place)
    return guessed
