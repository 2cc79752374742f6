"""Addresses found again, though they are sealed: by blind indexes, and rows from before, until they are sealed, as
they are."""

from sqlalchemy import ColumnElement, Text, and_, or_, type_coerce
from sqlalchemy.orm import Session

from companion.care.contact_models import TAIL, ContactPoint, Kind
from companion.sealing import blind


def at_address(session: Session, kind: Kind, address: str) -> ColumnElement[bool]:
    """The entries of that address, whoever's they are."""
    whole = blind.to_find(session, "contact_point.address_index", address)
    here = or_(ContactPoint.address_index == whole, and_(_is_plain(), _plain() == address))
    return and_(ContactPoint.kind == kind.value, here)


def may_end_in(session: Session, digits: str) -> ColumnElement[bool]:
    """The numbers that may end in these digits, at least TAIL of them: all that do are among them."""
    tail = blind.to_find(session, "contact_point.address_tail", digits[-TAIL:])
    return or_(ContactPoint.address_tail == tail, and_(_is_plain(), _plain().endswith(digits)))


def _is_plain() -> ColumnElement[bool]:
    return ContactPoint.address_index.is_(None)


def _plain() -> ColumnElement[str]:
    return type_coerce(ContactPoint.address, Text)
