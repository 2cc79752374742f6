"""Who may see a patient, told to the patient; and what the patient does about it without the clinic."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from companion.care.consent import CareLink, Scope, end_link, members
from companion.care.covers import closed_to, cover_of
from companion.care.people import Person, Role
from companion.care.tasks import TaskKind, add_task
from companion.clock import to_ms
from companion.errors import BadInput

SEEN_TO_WITHIN = timedelta(days=3)
"""How soon the clinic should look at what the patient changed or asked for. A house rule."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


@dataclass(frozen=True)
class MaySee:
    """One person who may see the patient, by the links that let them. `cover`: who stands in for that doctor now."""

    member: Person
    links: tuple[CareLink, ...]
    cover: Person | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return tuple(Scope(link.scope) for link in self.links)


def who_may_see(session: Session, patient_id: int, now: datetime) -> list[MaySee]:
    """Everybody with a running link: doctors first, then by name."""
    links: dict[int, list[CareLink]] = {}
    for link in _running(session, patient_id, now):
        links.setdefault(link.member_id, []).append(link)
    people = session.scalars(select(Person).where(Person.id.in_(links), Person.left_at.is_(None)))
    closed = closed_to(session, patient_id, now)
    found = [
        MaySee(member, tuple(links[member.id]), _cover(session, member, closed | links.keys(), now))
        for member in people
    ]
    return sorted(found, key=lambda each: (each.member.role != Role.CLINICIAN, each.member.name, each.member.id))


def _running(session: Session, patient_id: int, now: datetime) -> Sequence[CareLink]:
    whose = CareLink.patient_id == patient_id, CareLink.starts_at <= now
    not_ended = CareLink.ends_at.is_(None) | (CareLink.ends_at > now)
    return session.scalars(select(CareLink).where(*whose, not_ended).order_by(CareLink.scope, CareLink.id)).all()


def _cover(session: Session, doctor: Person, others: Collection[int], now: datetime) -> Person | None:
    """None where the one who stands in has a link of their own, running or ended: that one counts."""
    if doctor.role != Role.CLINICIAN:
        return None
    cover = cover_of(session, doctor.id, now)
    return cover if cover is not None and cover.id not in others else None


def is_last_doctor(session: Session, patient_id: int, member: Person, now: datetime) -> bool:
    """Whether nobody would treat the patient any more without that one."""
    return [doctor.id for doctor in members(session, patient_id, Scope.CARE, now)] == [member.id]


def stop_sharing(
    session: Session, patient: Person, member: Person, scopes: Collection[Scope], now: datetime
) -> list[Scope]:
    """Ends those of the member's links that run, at the patient's word, and tells the clinic. What was ended.

    Raises BadInput for the last doctor: that is leaving care, and the clinic has to see to what goes on.
    """
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    if Scope.CARE in scopes and is_last_doctor(session, patient.id, member, now):
        raise BadInput(_("is your last doctor here"), where="member", advice=_("ask the clinic to end your care"))
    ended = [
        link
        for link in _running(session, patient.id, now)
        if link.member_id == member.id and Scope(link.scope) in scopes
    ]
    for link in ended:
        end_link(link, now)
    if ended:
        told = {"member": member.public_id, "scopes": sorted(link.scope for link in ended)}
        _ask_clinic(session, patient, TaskKind.SHARING_ENDED, now, told)
    return [Scope(link.scope) for link in ended]


def ask_to_share(session: Session, patient: Person, who: str, scopes: Collection[Scope], now: datetime) -> None:
    """The clinic is asked to let somebody else see; it speaks with both before it does."""
    asked = {"scopes": sorted(scope.value for scope in scopes)}
    _ask_clinic(session, patient, TaskKind.SHARING_ASKED, now, asked, who[:200])


def ask_to_leave(session: Session, patient: Person, now: datetime) -> bool:
    """The clinic is asked to end the patient's care here; once while it has not seen to it."""
    key = f"{TaskKind.LEAVING_ASKED.value}:{patient.id}:{now.date()}"
    due_at = now + SEEN_TO_WITHIN
    return add_task(session, unique_key=key, kind=TaskKind.LEAVING_ASKED, patient_id=patient.id, now=now, due_at=due_at)


def _ask_clinic(
    session: Session,
    patient: Person,
    kind: TaskKind,
    now: datetime,
    details: dict[str, Any],
    words: str | None = None,
) -> None:
    add_task(
        session,
        unique_key=f"{kind.value}:{patient.id}:{to_ms(now)}",
        kind=kind,
        patient_id=patient.id,
        now=now,
        due_at=now + SEEN_TO_WITHIN,
        details=details,
        words=words,
    )


def lately_ended(session: Session, member_id: int, since: datetime, now: datetime) -> list[tuple[Person, CareLink]]:
    """Patients who shared something with the member until lately, and what: the last ended first. Not what they share
    again."""
    again = aliased(CareLink)
    runs = (again.starts_at <= now) & (again.ends_at.is_(None) | (again.ends_at > now))
    same = (again.patient_id == CareLink.patient_id) & (again.member_id == member_id) & (again.scope == CareLink.scope)
    query = (
        select(Person, CareLink)
        .join(CareLink, CareLink.patient_id == Person.id)
        .where(CareLink.member_id == member_id, CareLink.ends_at > since, CareLink.ends_at <= now)
        .where(Person.left_at.is_(None), ~select(again.id).where(same, runs).exists())
        .order_by(CareLink.ends_at.desc(), CareLink.id.desc())
    )
    ended = reversed(session.execute(query).all())
    found = {(person.id, link.scope): (person, link) for person, link in ended}
    return list(reversed(found.values()))
