"""Which columns are sealed, and how a row of them is written and read.

Such a table has the column `sealed`, and the one that held the value before there was sealing. A row from then may
still have it there, until `older` has sealed it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from companion.sealing.cipher import BrokenSealError, key_id_of, seal, unseal
from companion.sealing.keyring import ring_of


class SealedColumn(NamedTuple):
    """`table`.`plain` is sealed under the key of the person in the column `whose`; the column `row` tells the rows of a
    person apart. `left` is what stands in the plain column of a row that is sealed."""

    table: str
    plain: str
    whose: str
    row: str
    left: str | bytes

    def about(self, row: object) -> bytes:
        """What the value is, as its seal holds it: it opens in its own row only."""
        return f"{self.table}.{self.plain} {row.hex() if isinstance(row, bytes) else row}".encode()


QUARANTINED = SealedColumn("quarantined", "content", whose="patient_id", row="identity", left="")
REFUSED_BATCH = SealedColumn("refused_batch", "content", whose="patient_id", row="content_sha256", left=b"")
INBOUND = SealedColumn("inbound", "body", whose="person_id", row="provider_id", left="")
"""What came from a number that is nobody's, or several people's, has no key to be sealed under."""
CODE_APP = SealedColumn("code_app", "secret", whose="person_id", row="person_id", left="-")
"""No base32: an older process beside this one refuses every code, and takes none of an empty secret."""

SEALED = (QUARANTINED, REFUSED_BATCH, INBOUND, CODE_APP)
"""All of them: `older` goes through these."""


def sealer(
    connection: Connection, column: SealedColumn, person_id: int, now: datetime
) -> Callable[[object, str | bytes], bytes]:
    """What seals that person's values: given the row's own value of `column.row`, and the value. Raises as
    `KeyRing.to_seal` does."""
    key_id, key = ring_of(connection).to_seal(connection, person_id, now)

    def sealed(row: object, value: str | bytes) -> bytes:
        return seal(key, key_id, value.encode() if isinstance(value, str) else value, column.about(row))

    return sealed


def opened(connection: Connection, column: SealedColumn, rows: Iterable[Any]) -> list[bytes]:
    """The values of those rows of the column's model, in their order. Raises BrokenSealError for one that does not
    open, Unavailable without the master key."""
    rows = list(rows)
    ids = {key_id_of(row.sealed) for row in rows if row.sealed is not None}
    keys = ring_of(connection).to_open(connection, ids) if ids else {}
    return [_value(column, row, keys) for row in rows]


def texts_by_id(connection: Connection, column: SealedColumn, rows: Iterable[Any]) -> dict[int, str]:
    """The same as text, by the ids of the rows: what a page shows."""
    rows = list(rows)
    return {row.id: value.decode() for row, value in zip(rows, opened(connection, column, rows), strict=True)}


def _value(column: SealedColumn, row: Any, keys: dict[bytes, bytes]) -> bytes:
    if row.sealed is None:
        plain = getattr(row, column.plain)
        return plain.encode() if isinstance(plain, str) else bytes(plain)
    about, key = column.about(getattr(row, column.row)), keys.get(key_id_of(row.sealed))
    if key is None:
        raise BrokenSealError(about.decode())
    return unseal(key, row.sealed, about)
