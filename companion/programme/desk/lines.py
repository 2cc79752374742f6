"""What was said in a conversation: sealed under the patient's key as it is written, opened for who may read it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.desk.desk_models import Conversation, ConversationLine
from companion.sealing.columns import SealedColumn, opened, sealer

LINE = SealedColumn("conversation_line", "words", whose="patient_id", row="public_id", left="")
"""There is no plain column: nothing was ever kept in the clear."""
LONGEST = 2000


@dataclass(frozen=True)
class Said:
    """One line, opened. `name`: who said it; "" for the service."""

    line: ConversationLine
    words: str
    name: str


def add_line(
    session: Session,
    conversation: Conversation,
    words: str,
    *,
    said_by: str,
    person: Person | None,
    now: datetime,
    source: dict[str, Any] | None = None,
) -> ConversationLine:
    """Raises BadInput for nothing, and for too much; else as `KeyRing.to_seal` does."""
    words = words.strip()
    if not 1 <= len(words) <= LONGEST:
        raise BadInput(f"is not between 1 and {LONGEST} characters", where="words")
    public_id = f"cl_{secrets.token_hex(6)}"
    seal = sealer(session.connection(), LINE, conversation.patient_id, now)
    line = ConversationLine(
        public_id=public_id,
        conversation_id=conversation.id,
        patient_id=conversation.patient_id,
        said_by=said_by,
        person_id=person.id if person else None,
        sealed=seal(public_id, words),
        source=source or {},
        at=now,
        keep_until=conversation.keep_until,
    )
    session.add(line)
    session.flush()
    return line


def lines_of(session: Session, conversation: Conversation) -> Sequence[Said]:
    """The transcript, in its order. Raises as `sealing.columns.opened` does."""
    query = select(ConversationLine).where(ConversationLine.conversation_id == conversation.id)
    lines = session.scalars(query.order_by(ConversationLine.id)).all()
    words = opened(session.connection(), LINE, lines)
    people = {line.person_id for line in lines if line.person_id is not None}
    names = {each.id: each.name for each in session.scalars(select(Person).where(Person.id.in_(people)))}
    return [
        Said(line, said.decode(), names.get(line.person_id or 0, "")) for line, said in zip(lines, words, strict=True)
    ]
