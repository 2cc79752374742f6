"""The cast: a patient, a doctor, a caregiver, an administrator, and a stranger of each kind who must see nothing."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.grammar.cited_numbers import unverified
from companion.advice.grammar.protocol import Registry
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.consent import Scope, link
from companion.care.enrolling import add_person
from companion.care.people import Person, Role, hash_password

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""When the stories happen: a Saturday, 20:00 in Shanghai."""
PASSWORD = "a long enough secret of tests"


@cache
def password_hash() -> str:
    """argon2 is slow on purpose; everybody here has the same password."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Cast:
    """Mrs. Wang is Dr. Li's patient, and her son sees her readings and missed doses. The others know none of them."""

    patient: Person
    doctor: Person
    caregiver: Person
    admin: Person
    pharmacist: Person
    other_patient: Person
    other_doctor: Person
    other_caregiver: Person

    @property
    def everybody(self) -> tuple[Person, ...]:
        return (
            self.patient,
            self.doctor,
            self.caregiver,
            self.admin,
            self.pharmacist,
            self.other_patient,
            self.other_doctor,
            self.other_caregiver,
        )


def add_cast(session: Session, now: datetime = NOON) -> Cast:
    """Adds the eight people and the links between the first three."""
    came = now - timedelta(days=90)

    def add(role: Role, name: str, login: str, **more: object) -> Person:
        person = add_person(
            session,
            role=role,
            name=name,
            login=login,
            zone="Asia/Shanghai",
            now=came,
            **more,  # type: ignore[arg-type]
        )
        person.password_hash = password_hash()
        return person

    cast = Cast(
        patient=add(Role.PATIENT, "Wang Aiyi", "wang", birth_on=date(1955, 3, 2), sex="female", phone="+8613800138000"),
        doctor=add(Role.CLINICIAN, "Dr. Li", "dr.li"),
        caregiver=add(Role.CAREGIVER, "Wang Junior", "junior", phone="+8613800138001"),
        admin=add(Role.ADMIN, "Administrator", "admin"),
        pharmacist=add(Role.PHARMACIST, "Pharmacist Sun", "sun"),
        other_patient=add(Role.PATIENT, "Zhang Bo", "zhang", birth_on=date(1958, 7, 9), phone="+8613800138002"),
        other_doctor=add(Role.CLINICIAN, "Dr. Zhao", "dr.zhao"),
        other_caregiver=add(Role.CAREGIVER, "Zhang Junior", "zhangjr", phone="+8613800138003"),
    )
    link(session, patient=cast.patient, member=cast.doctor, scope=Scope.CARE, noted_by=cast.admin, now=came)
    for scope in (Scope.READINGS, Scope.MISSED_DOSES):
        link(session, patient=cast.patient, member=cast.caregiver, scope=scope, noted_by=cast.admin, now=came)
    link(session, patient=cast.other_patient, member=cast.other_doctor, scope=Scope.CARE, noted_by=cast.admin, now=came)
    for scope in (Scope.READINGS, Scope.MISSED_DOSES):
        link(
            session, patient=cast.other_patient, member=cast.other_caregiver, scope=scope, noted_by=cast.admin, now=came
        )
    return cast


def stand_for(session: Session, registry: Registry, protocol_id: str, by: Person, now: datetime = NOON) -> None:
    """`by` signed the protocol's present text a while ago, unless somebody had."""
    text = registry.digests[protocol_id]
    if session.scalar(select(ProtocolSignature.id).where(ProtocolSignature.text_hash == text)):
        return
    protocol = registry.get(protocol_id)
    session.add(
        ProtocolSignature(
            public_id=f"ps_{text[:12]}",
            protocol=protocol.id,
            version=protocol.version,
            text_hash=text,
            accepted={number.key: number.value for number in unverified(protocol)},
            signed_by=by.id,
            is_demo=by.is_demo,
            signed_at=now - timedelta(days=30),
        )
    )
    session.flush()
