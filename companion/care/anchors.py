"""One anchor of the audit a day: kept in a table and in the log, and as a file where an installation wants one."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion import key_files
from companion.care.anchor import Anchor, sign
from companion.care.audit import AuditEntry, last_entry, take_turn
from companion.db import Base, RowId, reading, writing
from companion.errors import BadInput

SETTING = "COMPANION_AUDIT_ANCHOR_KEY_FILE"

log = structlog.get_logger()


class AuditAnchor(Base):
    """The anchor of a day (UTC); its columns as in `Anchor`."""

    __tablename__ = "audit_anchor"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    entry: Mapped[int] = mapped_column(RowId)
    entries: Mapped[int] = mapped_column(RowId)
    head: Mapped[str] = mapped_column(String(64))
    public_key: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))

    def told(self) -> Anchor:
        """As it was signed."""
        made_at = _told(self.made_at)
        return Anchor(made_at, self.entry, self.entries, self.head, self.public_key, self.signature)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in that file; made at the first use, readable by its owner only. Raises BadInput for another file."""
    try:
        if not path.exists():
            key_files.make_once(path, _pem(Ed25519PrivateKey.generate()))
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadInput(f"cannot be read or made: {error.strerror}", where=SETTING) from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("is not a private Ed25519 key", where=SETTING, advice="name a new file, and it is made")
    return key


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def anchor_of(session: Session, key: Ed25519PrivateKey, now: datetime) -> Anchor | None:
    """Where the audit stands; None while nothing was noted. What is not yet committed does not count."""
    take_turn(session)
    last = last_entry(session)
    if last is None:
        return None
    entries = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    return sign(Anchor(_told(now), last.id, entries, last.hash, ""), key)


def anchor_daily(engine: Engine, key_file: Path, folder: Path | None, now: datetime) -> None:
    """Makes the anchor of the day unless there is one. The file comes first: cut off in between, the day gets another
    one, and both are true."""
    day = now.astimezone(UTC).date()
    with reading(engine) as session:
        if _is_anchored(session, day):
            return
    key = signing_key(key_file)
    with writing(engine) as session:
        anchor = anchor_of(session, key, now)
        if anchor is None or _is_anchored(session, day):
            return
        if folder is not None:
            publish(anchor, folder / f"companion-anchor-{day.isoformat()}.json")
        said = anchor.as_json() | {"made_at": now}
        session.add(AuditAnchor(day=day, **{name: said[name] for name in said.keys() - {"kind"}}))
    log.info("audit anchor", **anchor.as_json())


def publish(anchor: Anchor, path: Path) -> None:
    """Writes it into a file of its own, once: what is there stays. Raises BadInput where that cannot be."""
    try:
        key_files.make_once(path, json.dumps(anchor.as_json()).encode() + b"\n")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from None


def kept_anchors(session: Session) -> list[tuple[str, Anchor]]:
    """Those of the table, with where they are."""
    found = session.scalars(select(AuditAnchor).order_by(AuditAnchor.day))
    return [(f"the database's anchor of {row.day.isoformat()}", row.told()) for row in found]


def newest_anchor(session: Session) -> AuditAnchor | None:
    """The last one that was made."""
    return session.scalar(select(AuditAnchor).order_by(AuditAnchor.day.desc()).limit(1))


def _is_anchored(session: Session, day: date) -> bool:
    return session.scalar(select(AuditAnchor.id).where(AuditAnchor.day == day)) is not None


def _told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
