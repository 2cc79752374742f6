"""A pharmacy's price list as CSV, read whole or refused with the row and what is wrong with it. Pure.

Columns: drug, piece, pack_size, price, currency; and, where the pharmacy has them, batch and expires_on. One line is
one pack. Amounts have a point and no sign of a currency.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from companion.errors import BadInput

NEEDED = ("drug", "piece", "pack_size", "price", "currency")
KNOWN = (*NEEDED, "batch", "expires_on")
MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 20_000
LONGEST = {"drug": 80, "batch": 40}
HIGHEST = Decimal(1_000_000)
_CURRENCY = re.compile(r"[A-Z]{3}")


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


class PriceRow(NamedTuple):
    """One pack. `piece`: what it holds; `batch` empty and `expires_on` None where the pharmacy does not say."""

    drug: str
    piece: str
    pack_size: Decimal
    price: Decimal
    currency: str
    batch: str = ""
    expires_on: date | None = None


class BadPriceList(BadInput):
    """`row`: as a spreadsheet counts, the heading being 1."""

    def __init__(self, what: str, advice: str, row: int = 1, column: str = "") -> None:
        super().__init__(what, where=f"row {row}{f', {column}' if column else ''}", advice=advice)
        self.row, self.column = row, column


def read_prices(content: bytes, pieces: Collection[str]) -> list[PriceRow]:
    """The rows in their order; `pieces` are the known ones. Raises BadPriceList at the first fault."""
    if len(content) > MOST_BYTES:
        raise BadPriceList(_("is too large"), _("send at most 2 MB"))
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        _check_heading(lines.fieldnames)
        rows = list(_rows(lines, pieces))
    except UnicodeDecodeError:
        raise BadPriceList(_("is not UTF-8"), _("save it as CSV in UTF-8")) from None
    except csv.Error:
        raise BadPriceList(_("is no CSV"), _("save it as CSV with commas")) from None
    if not rows:
        raise BadPriceList(_("holds no prices"), _("write one line for each pack"))
    return rows


def as_file(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Rows as the file that says the same: what comes by another way is read, refused and known again alike."""
    written = io.StringIO(newline="")
    lines = csv.DictWriter(written, KNOWN, lineterminator="\n")
    lines.writeheader()
    lines.writerows({name: "" if row[name] is None else str(row[name]) for name in KNOWN} for row in rows)
    return written.getvalue().encode("utf-8", "surrogatepass")  # and is refused as every file that is no UTF-8


def _check_heading(names: Collection[str] | None) -> None:
    found = list(names or ())
    for column in NEEDED:
        if found.count(column) != 1:
            raise BadPriceList(_("is not there once"), _("name the columns as the example does"), column=column)
    if len(found) != len(set(found)):
        raise BadPriceList(_("names a column twice"), _("name the columns as the example does"))


def _rows(lines: "csv.DictReader[str]", pieces: Collection[str]) -> Iterator[PriceRow]:
    seen: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            raise BadPriceList(_("are too many lines"), _("send at most 20,000"), number)
        row = _row(line, number, pieces)
        same = (row.drug.casefold(), row.piece, row.pack_size, row.batch)
        if same in seen:
            raise BadPriceList(_("says the same pack again"), _("write each pack and batch once"), number, "drug")
        seen[same] = number
        yield row


def _row(line: Mapping[str, Any], number: int, pieces: Collection[str]) -> PriceRow:
    if None in line or None in line.values():
        raise BadPriceList(_("has more or fewer fields than the heading"), _("write every field"), number)
    told = {name: " ".join(line.get(name, "").split()) for name in KNOWN}

    def read(column: str, make: Callable[[str], Any], what: str, advice: str) -> Any:
        try:
            return make(told[column])
        except (ValueError, InvalidOperation):
            raise BadPriceList(what, advice, number, column) from None

    return PriceRow(
        drug=read("drug", lambda text: _name(text, "drug", least=1), _("is no name"), _("write 1 to 80 characters")),
        piece=read("piece", lambda text: _one_of(text, pieces), _("is not known"), _("write tablet, U, ml, puff …")),
        pack_size=read("pack_size", _amount, _("is no amount"), _("write a number above 0, like 30")),
        price=read("price", _amount, _("is no amount"), _("write a number above 0, like 12.50")),
        currency=read("currency", _currency, _("is no currency"), _("write three letters, like CNY")),
        batch=read("batch", lambda text: _name(text, "batch"), _("is too long"), _("write at most 40 characters")),
        expires_on=read("expires_on", _day, _("is no day"), _("write it like 2027-05-31")),
    )


def _name(text: str, column: str, least: int = 0) -> str:
    if not least <= len(text) <= LONGEST[column] or not text.isprintable():
        raise ValueError
    return text


def _one_of(text: str, known: Collection[str]) -> str:
    if text not in known:
        raise ValueError
    return text


def _amount(text: str) -> Decimal:
    """Plain digits: a sign, an exponent or a thousands' comma is somebody's mistake."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,4})?", text):
        raise ValueError
    found = Decimal(text)
    if not 0 < found <= HIGHEST:
        raise ValueError
    return found


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError
    return text


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
