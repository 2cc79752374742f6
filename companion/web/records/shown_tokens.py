"""A record system's token opens once: its name (`jti`) is remembered as long as the token would be good."""

from datetime import datetime

from sqlalchemy import String, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId
from companion.tokens import digest
from companion.web.records.cds_clients import NotTrusted, Trusted


class ShownToken(Base):
    """One that was shown, as SHA-256 of its issuer and its name. Swept a day after it was over."""

    __tablename__ = "shown_token"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    until: Mapped[datetime] = mapped_column(index=True)


def show_once(session: Session, trusted: Trusted) -> None:
    """Remembers it. Raises NotTrusted if it was shown before; of two at one instant one is the first."""
    name = digest(f"{trusted.client.issuer}\0{trusted.jti}")
    try:
        with session.begin_nested():
            session.execute(insert(ShownToken).values(token_hash=name, until=trusted.until))
    except IntegrityError:
        raise NotTrusted("the token was shown before: each request needs one of its own") from None
