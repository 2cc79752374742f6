"""A patient's own data by API: everything in one file."""

from typing import Any

from werkzeug.wrappers import Response

from companion.web.access import Action, guarded
from companion.web.api import schemas
from companion.web.api.problems import Problem
from companion.web.api.routes import endpoint
from companion.web.context import fresh_authentication, now
from companion.web.for_patients.my_data import as_file

A_FILE = {"type": "string", "format": "binary"}


@endpoint(
    "GET",
    "/patients/<patient_id>/export",
    query=schemas.ExportQuery,
    gives=A_FILE,
    content_type="application/octet-stream",
    may_fail=(422,),
)
@guarded(Action.EXPORT_DATA)
def export(query: dict[str, Any], patient_id: str) -> Response:
    """The file, for the patient alone. The password was typed within 15 minutes."""
    if not fresh_authentication(now()):
        raise Problem(403, "fresh_password_needed", "Type the password at /confirm-password, then again.")
    return as_file(query["format"])
