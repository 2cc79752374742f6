"""Files that people sent: what each is called, how far it has come, and which columns a person named in a table."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId
from companion.sealing.texts import SealedText, told_in


class FileState(StrEnum):
    """From sent to taken in. Work that was cut off is taken up again from the state it was in."""

    SENT = "sent"  # nobody has looked at it yet: the jobs process will
    SEEN = "seen"  # there is a preview; a person has to say yes, or answer a question
    TAKING = "taking"  # a person said yes: the jobs process takes it in
    TAKEN = "taken"
    AGAIN = "again"  # taken in, and to be read once more: the jobs process will
    UNREADABLE = "unreadable"


class UploadedFile(Base):
    """One file of one patient. Its bytes are kept as an original, by `sha256`; here is what became of them.

    `choices` are a person's answers (unit, dates, zone); `preview` is what the page shows before the yes, kept as
    sealed JSON; `done` of `total` is how far the work has come (bytes while it is looked at, then readings); `problem`
    says why it cannot be read. `intake` is the public id of the upload that its readings come by, given with the yes.
    """

    __tablename__ = "uploaded_file"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    filename: Mapped[str] = mapped_column(SealedText("uploaded_file.filename", whose="patient_id", was=200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    choices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    preview_text: Mapped[str] = mapped_column(
        "preview", SealedText("uploaded_file.preview", whose="patient_id"), default=""
    )
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    problem: Mapped[str] = mapped_column(SealedText("uploaded_file.problem", whose="patient_id", was=300), default="")
    intake: Mapped[str] = mapped_column(String(20), default="", index=True)
    sent_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]

    @property
    def preview(self) -> dict[str, Any]:
        """Nothing before somebody has looked at the file, or of one that cannot be read."""
        return told_in(self.preview_text)


class LearntColumns(Base):
    """What a person said the columns of a table are, for the next file of that patient with the same header."""

    __tablename__ = "learnt_columns"
    __table_args__ = (UniqueConstraint("patient_id", "signature"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    signature: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON)
    learnt_at: Mapped[datetime]
