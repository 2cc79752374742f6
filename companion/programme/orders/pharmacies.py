"""Setting up the pharmacies that take orders: address, secret, areas."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.orders.pharmacy_models import Pharmacy, PharmacyArea
from companion.programme.orders.promises import LONGEST_HOURS
from companion.programme.orders.signing import SECRET_BYTES, as_told
from companion.sealing.columns import SealedColumn, opened, sealer

SECRET = SealedColumn("pharmacy", "secret", whose="kept_by", row="public_id", left="")
LONGEST_NAME = 80
MOST_AREAS = 200
_AREA = re.compile(r"(?P<name>[^,;]{1,80})[,;]\s*(?P<urgent>\d{1,3})\s*[,;]\s*(?P<usual>\d{1,3})")


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


class Area(NamedTuple):
    """A part of the country, and within how many hours the pharmacy promises to be there."""

    name: str
    urgent_hours: int
    usual_hours: int


def read_areas(text: str) -> list[Area]:
    """One a line: `Berlin, 4, 48`. Raises BadInput naming the line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_area(line, number) for number, line in enumerate(lines, start=1)]
    if not found:
        raise BadInput(_("is needed"), where="areas", advice=_("write one line for each area"))
    if len(found) > MOST_AREAS or len({area.name.casefold() for area in found}) < len(found):
        raise BadInput(_("names an area twice, or too many"), where="areas", advice=_("write each once, at most 200"))
    return found


def _area(line: str, number: int) -> Area:
    said = _AREA.fullmatch(line)
    hours = (int(said["urgent"]), int(said["usual"])) if said else (0, 0)
    if said is None or not all(1 <= each <= LONGEST_HOURS for each in hours):
        advice = _("write name, urgent hours, usual hours: Berlin, 4, 48 (1 to 336)")
        raise BadInput(f"{number}: {line[:80]}", where="areas", advice=advice)
    return Area(said["name"].strip(), *hours)


def checked_url(url: str, *, may_be_private: bool) -> str:
    """An address to send orders to. Raises BadInput. Where it leads is looked at as it is connected to."""
    parts = urlsplit(url.strip())
    schemes = {"https", "http"} if may_be_private else {"https"}
    is_plain = not (parts.username or parts.password or parts.fragment)
    if parts.scheme not in schemes or not parts.hostname or not is_plain or len(url) > 300:
        raise BadInput(_("is no address of a pharmacy"), where="url", advice=_("write https://…, without a password"))
    return url.strip()


def checked_name(name: str) -> str:
    told = " ".join(name.split())
    if not 1 <= len(told) <= LONGEST_NAME:
        raise BadInput(_("is needed"), where="name", advice=_("write 1 to 80 characters"))
    return told


def add_pharmacy(
    session: Session, *, name: str, url: str, areas: Sequence[Area], by: Person, now: datetime
) -> tuple[Pharmacy, str]:
    """A pharmacy, and its secret to be told to it once. `name` and `url` are checked ones."""
    pharmacy = Pharmacy(
        public_id=f"ph_{secrets.token_hex(6)}",
        name=name,
        url=url,
        kept_by=by.id,
        sealed=b"",
        secret_at=now,
        made_at=now,
    )
    secret = renew_secret(session, pharmacy, by, now)
    session.add(pharmacy)
    session.flush()
    set_areas(session, pharmacy, areas)
    return pharmacy, secret


def renew_secret(session: Session, pharmacy: Pharmacy, by: Person, now: datetime) -> str:
    """A new secret, told once; the old one signs nothing any more."""
    secret = secrets.token_bytes(SECRET_BYTES)
    pharmacy.kept_by, pharmacy.secret_at = by.id, now
    pharmacy.sealed = sealer(session.connection(), SECRET, by.id, now)(pharmacy.public_id, secret)
    return as_told(secret)


def secret_of(session: Session, pharmacy: Pharmacy) -> bytes:
    """Raises BrokenSealError for one that was changed, Unavailable without the master key."""
    (secret,) = opened(session.connection(), SECRET, [pharmacy])
    return secret


def set_areas(session: Session, pharmacy: Pharmacy, areas: Sequence[Area]) -> None:
    """Those from now on. Orders keep what was promised to them."""
    for area in list(pharmacy.areas):
        session.delete(area)
    session.flush()
    pharmacy.areas[:] = [PharmacyArea(pharmacy_id=pharmacy.id, **area._asdict()) for area in areas]
    session.flush()


def find_pharmacy(session: Session, public_id: str) -> Pharmacy | None:
    return session.scalar(select(Pharmacy).where(Pharmacy.public_id == public_id))


def pharmacies(session: Session, *, only_open: bool = False) -> list[Pharmacy]:
    """By name."""
    query = select(Pharmacy).order_by(Pharmacy.name, Pharmacy.id)
    return list(session.scalars(query.where(Pharmacy.is_open) if only_open else query))
