"""Texts about urgent events: drafted, signed by a named clinician, sent only then, and withdrawn by any of them.

The newest signed version of a text counts; where that one was withdrawn, none does, and no older one.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.advice.alarms.instruction_rules import checked_texts
from companion.advice.alarms.urgent_models import Instruction, InstructionSignature
from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.messages.wording import KIND_OF, Contacts, Words, needs_attention, urgent_reading
from companion.messages.wording.urgent import DRAFTS, draft_in

ABOUT = tuple(DRAFTS)
"""What there are texts about."""


def shipped_texts(about: str) -> dict[str, str]:
    """The drafts that come with the product. Nobody signed them: they are never sent as they are."""
    return {
        f"{reader}_{language}": text
        for language in ("en", "zh")
        for reader, text in draft_in(language, about)._asdict().items()
    }


def draft(
    session: Session, about: str, texts: Mapping[str, str], contacts: Contacts, *, by: Person, now: datetime
) -> Instruction:
    """A new version, which nobody is sent before it is signed. Raises BadInput naming the field."""
    _demand_clinician(by)
    if about not in DRAFTS:
        raise BadInput(f"{about!r} is not known", where="about", advice=f"choose one of {', '.join(ABOUT)}")
    last = session.scalar(select(func.max(Instruction.number)).where(Instruction.about == about)) or 0
    made = Instruction(
        public_id=f"in_{secrets.token_hex(6)}",
        about=about,
        number=last + 1,
        drafted_by=by.id,
        drafted_at=now,
        signature=None,
        **checked_texts(texts, contacts),
    )
    session.add(made)
    session.flush()
    return made


def sign(session: Session, instruction: Instruction, *, by: Person, now: datetime) -> InstructionSignature:
    """`by` stands for this version in their own name, and accepts the thresholds it is about: patients and caregivers
    are sent it from now on. Raises BadInput when it was signed or withdrawn before, or `by` is no clinician."""
    _demand_clinician(by)
    if instruction.signature is not None or instruction.withdrawn_at is not None:
        raise BadInput("was signed or withdrawn already", where="instruction", advice="write a new version")
    instruction.signature = InstructionSignature(clinician_id=by.id, signed_at=now)
    session.flush()
    return instruction.signature


def withdraw(instruction: Instruction, *, by: Person, now: datetime) -> bool:
    """Nobody is sent it any more, nor an older version. False when it was withdrawn before."""
    _demand_clinician(by)
    if instruction.withdrawn_at is not None:
        return False
    instruction.withdrawn_at, instruction.withdrawn_by = now, by.id
    return True


def _demand_clinician(by: Person) -> None:
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician says what to do about an urgent event", where="instruction")


@dataclass(frozen=True)
class Signed:
    """The versions in force, by what they are about."""

    by_about: Mapping[str, Instruction]

    def covers(self, event: str) -> bool:
        """Whether a clinician signed what to do about that event, and with it its threshold."""
        return KIND_OF[event] in self.by_about

    def words(self, language: str, event: str, contacts: Contacts, *, patient: str | None = None) -> Words:
        """What the patient is told of that event, or a caregiver when `patient` is named: the signed text, or only that
        something needs attention."""
        found = self.by_about.get(KIND_OF[event])
        if found is None:
            return needs_attention(language, contacts, patient=patient)
        return urgent_reading(language, _text(found, language, patient), contacts, patient=patient)


def _text(instruction: Instruction, language: str, patient: str | None) -> str:
    if patient is None:
        return instruction.patient_zh if language == "zh" else instruction.patient_en
    return instruction.caregiver_zh if language == "zh" else instruction.caregiver_en


def signed(session: Session) -> Signed:
    """The texts that may be sent now."""
    rows = session.scalars(
        select(Instruction)
        .join(InstructionSignature, InstructionSignature.instruction_id == Instruction.id)
        .order_by(Instruction.number)
    ).unique()
    newest = {row.about: row for row in rows}
    return Signed({about: row for about, row in newest.items() if row.withdrawn_at is None})
