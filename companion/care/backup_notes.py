"""That a backup was made, and when: `companion.backups` makes them, pages and metrics ask how old the last one is."""

from datetime import datetime

from sqlalchemy import BigInteger, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId


class BackupMade(Base):
    """A backup that was written whole and read back. What was acknowledged before `taken_at` is in it; `file` is its
    name without the folder, `sha256` that of the whole file."""

    __tablename__ = "backup_made"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    taken_at: Mapped[datetime]
    done_at: Mapped[datetime]
    file: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


def last_backup(session: Session) -> datetime | None:
    """The instant up to which the newest backup has everything; None if none was ever made."""
    return session.scalar(select(func.max(BackupMade.taken_at)))
