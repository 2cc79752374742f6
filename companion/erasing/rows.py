"""Rows by the plan: counted, digested, deleted; emptied; or counted and kept."""

import hashlib
import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from companion.db import rows_changed
from companion.erasing.plan import DELETED, EMPTIED, KEPT, OF_PATIENT, OF_PERSON, Deleted, Emptied

Whose = dict[str, Any]
"""The parameters of the plan's conditions: id, public_id, login."""

Gone = dict[str, Any]
"""{"rows": how many, "sha256": over their canonical lines}."""

ROWS_AT_ONCE = 1000

_OF_KEPT = {
    "audit_entry": "patient = :public_id",
    "read_log": "patient = :public_id",
    "plan_step": "plan_id IN (SELECT id FROM plan WHERE patient_id = :id)",
    "regimen_revision": "regimen_id IN (SELECT id FROM regimen WHERE patient_id = :id)",
    "dose_event": "dose_id IN (SELECT id FROM dose WHERE patient_id = :id)",
    "delivery": "message_id IN (SELECT id FROM message WHERE patient_id = :id)",
    "delivery_event": "delivery_id IN (SELECT delivery.id FROM delivery JOIN message ON message.id = message_id "
    "WHERE patient_id = :id)",
    "board_post": "author_id = :id",
    "contact_point": OF_PERSON,
    "message_consent": OF_PERSON,
    "person": "id = :id",
    "care_ending": OF_PERSON,
    "data_key": OF_PERSON,
    "erasure": "patient = :public_id",
}
"""Whose rows a kept table has, where it does not say so by `patient_id`."""


def delete_rows(connection: Connection, whose: Whose) -> dict[str, Gone]:
    """Deletes by the plan; what went of each table that had anything, and its digest."""
    digests: dict[str, _Digest] = {}
    for each in DELETED:
        _delete(connection, each, whose, digests.setdefault(each.table, _Digest()))
    return {table: digest.told() for table, digest in digests.items() if digest.rows}


def _delete(connection: Connection, each: Deleted, whose: Whose, digest: "_Digest") -> None:
    found = _sql("SELECT * FROM", each.table, each.whose)
    for row in connection.execute(found, whose, execution_options={"yield_per": ROWS_AT_ONCE}):
        digest.add(tuple(row))
    connection.execute(_sql("DELETE FROM", each.table, each.whose), whose)


def empty_columns(connection: Connection, whose: Whose) -> dict[str, int]:
    """Empties by the plan; how many rows of each table were there."""
    return {each.table: _empty(connection, each, whose) for each in EMPTIED}


def _empty(connection: Connection, each: Emptied, whose: Whose) -> int:
    values = ", ".join(f"{column} = {value}" for column, value in each.columns.items())
    return rows_changed(connection.execute(text(f"UPDATE {each.table} SET {values} WHERE {each.whose}"), whose))  # noqa: S608


def count_kept(connection: Connection, whose: Whose) -> dict[str, int]:
    """How many rows stay, by table."""
    return {table: _count(connection, table, _OF_KEPT.get(table, OF_PATIENT), whose) for table in KEPT}


def _count(connection: Connection, table: str, condition: str, whose: Whose) -> int:
    return int(connection.scalar(_sql("SELECT count(*) FROM", table, condition), whose) or 0)


def _sql(verb: str, table: str, whose: str) -> Any:
    return text(f"{verb} {table} WHERE {whose}")


class _Digest:
    """SHA-256 over rows, in whatever order the database gives them: over the sorted digests of each."""

    def __init__(self) -> None:
        self._each: list[bytes] = []

    @property
    def rows(self) -> int:
        return len(self._each)

    def add(self, row: tuple[Any, ...]) -> None:
        line = json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":"))
        self._each.append(hashlib.sha256(line.encode()).digest())

    def told(self) -> Gone:
        return {"rows": self.rows, "sha256": hashlib.sha256(b"".join(sorted(self._each))).hexdigest()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, date | datetime) else value
