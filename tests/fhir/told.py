"""Things to be told as FHIR: drawn by hypothesis, and one that is easy to read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from companion.care.regimens import UNITS
from companion.fhir.told import Claimed, Decided, Evaluated, Medicine, Noted, Prescribed, Suggested, Who, Withdrawn

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
BASE = "https://clinic.example/api/v1/fhir"
ANNA, ROTH = Who("pa_1a2b", "Anna Berg"), Who("cl_3c4d", "Dr. Roth")

instants = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns", "UTC"]).map(ZoneInfo)
words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
hexes = st.text("0123456789abcdef", min_size=12, max_size=12)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
amounts = st.decimals(Decimal("0.5"), Decimal(3000), places=1)


def people(prefix: str) -> Any:
    return st.builds(Who, hexes.map(lambda each: f"{prefix}_{each}"), words)


times = st.lists(st.sampled_from(["07:00", "08:30", "20:00", "23:59"]), max_size=3, unique=True).map(tuple)
medicines = st.builds(Medicine, hexes.map(lambda each: f"rg_{each}"), words, st.sampled_from(UNITS), times, words)
revisions = st.builds(lambda regimen, number: f"rg_{regimen}.{number}", hexes, st.integers(1, 99))
glucose = st.one_of(
    st.fixed_dictionaries(
        {
            "at": instants.map(str),
            "mg_dl": st.decimals(20, 600, places=4).map(str),
            "meal": st.sampled_from([None, "fasting", "before_meal"]),
            "device_limit": st.none(),
        }
    ),
    st.fixed_dictionaries(
        {
            "at": instants.map(str),
            "mg_dl": st.none(),
            "meal": st.none(),
            "device_limit": st.sampled_from(["HI", "LO"]),
        }
    ),
)
pressures = st.fixed_dictionaries(
    {"at": instants.map(str), "systolic": st.integers(60, 260).map(str), "diastolic": st.integers(30, 160).map(str)}
)
asks = st.lists(
    st.sampled_from(["insufficient_data", "missing:egfr", "missing:pregnant", "missing:anything", "renew_plan"]),
    unique=True,
)
outcomes = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(["proposal", "hold", "urgent"]),
        "rule": st.none() | st.just("R5"),
        "reasons": st.lists(words, max_size=3),
        "asks": asks,
    }
)
evidence: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {
        "case": st.fixed_dictionaries(
            {"glucose": st.lists(glucose, max_size=4), "pressures": st.lists(pressures, max_size=2)}
        ),
        "outcome": outcomes,
    }
)
withdrawals = st.builds(Withdrawn, people("cl"), instants, words | st.just(""), st.booleans())
decisions = st.builds(
    Decided,
    by=people("cl"),
    at=instants,
    decision=st.sampled_from(["approved", "amended", "rejected"]),
    reason=words | st.just(""),
    shown_digest=digests,
    order=st.none() | revisions,
    second=st.none() | people("cl"),
    withdrawn=st.none() | withdrawals,
)
suggestions = st.builds(
    Suggested,
    id=hexes.map(lambda each: f"su_{each}"),
    patient=people("pa"),
    zone=zones,
    medicine=medicines,
    from_amount=amounts,
    to_amount=amounts,
    protocol=st.sampled_from(["basal.ada_2u3d@1.0.0-draft", "premix.bid@2.1"]),
    rule=st.just("R5"),
    registry_hash=digests,
    digest=digests,
    state=st.sampled_from(["pending", "approved", "amended", "rejected", "expired", "superseded", "withdrawn"]),
    prior=revisions,
    created_at=instants,
    expires_at=instants,
    ended_at=st.none() | instants,
    ended_because=st.sampled_from(["", "nothing_proposed"]),
    evidence=evidence,
    decided=st.none() | decisions,
    claimed=st.none() | st.builds(Claimed, people("cl"), instants),
    put_off_until=st.none() | instants,
)
orders = st.builds(
    Prescribed,
    id=revisions,
    patient=people("pa"),
    zone=zones,
    medicine=medicines,
    amount=amounts,
    status=st.sampled_from(["active", "completed", "cancelled", "stopped"]),
    by=people("cl"),
    made_at=instants,
    reason=words,
    prior=st.none() | revisions,
    based_on=st.none() | hexes.map(lambda each: f"su_{each}"),
    waits_for_patient=st.booleans(),
)
evaluations = st.builds(
    Evaluated,
    id=st.integers(1, 10**6).map(lambda each: f"run_{each}"),
    patient=people("pa"),
    zone=zones,
    protocol=st.just("basal.ada_2u3d@1.0.0"),
    at=instants,
    outcome=outcomes | st.just({}),
    suggestion=st.none() | hexes.map(lambda each: f"su_{each}"),
)
acts = st.builds(
    Noted,
    id=st.integers(1, 10**6).map(lambda each: f"ae_{each}"),
    at=instants,
    zone=zones,
    action=st.just("suggestion.approved"),
    actor=people("cl") | st.just(Who("companion", "")),
    patient=people("pa"),
    suggestion=hexes.map(lambda each: f"su_{each}"),
)


def a_suggestion(**changed: Any) -> Suggested:
    """Glargine from 16 to 18 U for Anna, which waits."""
    values: dict[str, Any] = {
        "id": "su_0a1b",
        "patient": ANNA,
        "zone": ZoneInfo("Europe/Berlin"),
        "medicine": Medicine("rg_5e6f", "Insulin glargine", "U", ("21:00",)),
        "from_amount": Decimal(16),
        "to_amount": Decimal(18),
        "is_urgent": False,
        "protocol": "basal.ada_2u3d@1.0.0",
        "rule": "R5",
        "registry_hash": "a" * 64,
        "digest": "b" * 64,
        "state": "pending",
        "prior": "rg_5e6f.1",
        "created_at": AT,
        "expires_at": AT + timedelta(hours=72),
        "evidence": {
            "case": {"glucose": [{"at": str(AT), "mg_dl": "150", "meal": "fasting", "device_limit": None}]},
            "outcome": {"reasons": ["mean of 3 fasting values above the goal"]},
        },
    }
    return Suggested(**values | changed)


def approved(**changed: Any) -> Suggested:
    """The same, approved by Dr. Roth."""
    decided = Decided(ROTH, AT + timedelta(hours=1), "approved", "", "b" * 64, "rg_5e6f.2")
    return a_suggestion(state="approved", ended_at=decided.at, decided=decided, **changed)
