"""What the resources of advice are made of: rows as plain values, so that making resources stays pure.

Ids are public ids of ours; `companion.fhir.ids` makes resource ids of them. Instants are aware, amounts of one intake.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Who:
    """A person, as others see them."""

    id: str
    name: str


@dataclass(frozen=True)
class Medicine:
    """What is taken. `times` are local wall times of every day; empty for what follows another rule, which `said`
    says in words."""

    id: str
    drug: str
    unit: str
    times: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Withdrawn:
    """An approved change, taken back after it was sent."""

    by: Who
    at: datetime
    reason: str
    is_acknowledged: bool


@dataclass(frozen=True)
class Decided:
    """A doctor's decision. `order`: the revision it made; None for a rejection. `second`: who signed, too, where two
    clinicians had to."""

    by: Who
    at: datetime
    decision: str
    reason: str
    shown_digest: str
    order: str | None = None
    second: Who | None = None
    withdrawn: Withdrawn | None = None


@dataclass(frozen=True)
class Claimed:
    """A doctor has it open, until then."""

    by: Who
    until: datetime


@dataclass(frozen=True)
class Suggested:
    """A suggestion with its copy of the evidence. `prior`: the revision it starts from. `ended_at`: when it was decided
    on, or ended by itself, and `ended_because` of what then; `put_off_until`: a doctor wants to decide later."""

    id: str
    patient: Who
    zone: ZoneInfo
    medicine: Medicine
    from_amount: Decimal
    to_amount: Decimal
    is_urgent: bool
    protocol: str
    rule: str
    registry_hash: str
    digest: str
    state: str
    prior: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_because: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    decided: Decided | None = None
    claimed: Claimed | None = None
    put_off_until: datetime | None = None


@dataclass(frozen=True)
class Prescribed:
    """One revision of a medicine. `status` is R4's of MedicationRequest; `based_on` the suggestion it came of."""

    id: str
    patient: Who
    zone: ZoneInfo
    medicine: Medicine
    amount: Decimal
    status: str
    by: Who
    made_at: datetime
    reason: str
    prior: str | None = None
    based_on: str | None = None
    waits_for_patient: bool = False


@dataclass(frozen=True)
class Evaluated:
    """The newest run of a plan: `outcome` as `companion assess` tells it; `suggestion` the one it proposes."""

    id: str
    patient: Who
    zone: ZoneInfo
    protocol: str
    at: datetime
    outcome: Mapping[str, Any]
    suggestion: str | None = None


@dataclass(frozen=True)
class Noted:
    """One entry of the audit trail about a suggestion."""

    id: str
    at: datetime
    zone: ZoneInfo
    action: str
    actor: Who
    patient: Who
    suggestion: str
