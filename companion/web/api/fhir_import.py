"""A record system, or a clinician, sends a patient's records: compared, accounted for, never overwriting."""

from typing import Any

from flask import Response, request
from marshmallow import fields, validate

from companion.fhir.account import Line, account_bundle
from companion.imported.resources import LARGEST
from companion.imported.take import Account, import_resources
from companion.web.access import Action, guarded
from companion.web.api.fhir import FHIR_JSON
from companion.web.api.fhir_search import told
from companion.web.api.routes import endpoint
from companion.web.api.schemas import Strict
from companion.web.context import actor, now, outside, record_client, shows, subject


class ImportQuery(Strict):
    source = fields.Str(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "URI of the record system; a record system's token names its own"},
    )


@endpoint("POST", "/patients/<patient_id>/records", query=ImportQuery, may_fail=(413, 422), **FHIR_JSON)
@guarded(Action.IMPORT_RECORDS, records=True)
def import_records(query: dict[str, Any], patient_id: str) -> Response:
    """A FHIR R4 Bundle, or one resource. The answer says of every entry: taken, known, refused, conflict."""
    request.max_content_length = LARGEST
    client = record_client()
    shows([subject()], by=client.public_id if client else "")
    account = import_resources(
        outside().stores,
        subject(),
        request.get_data(),
        by=actor(),
        source=client.source if client else query["source"],
        client=client.public_id if client else "",
        now=now(),
    )
    return told(account_bundle(account.import_id, lines_of(account)))


def lines_of(account: Account) -> list[Line]:
    """As FHIR's account is made of."""
    return [Line(each.outcome.value, each.said, each.reason) for each in account.verdicts]
