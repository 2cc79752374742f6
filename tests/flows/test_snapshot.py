"""A decision is bound to the digest of what was seen: it must be the same from one version to the next."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from companion.advice.models import Plan, Suggestion
from companion.gather.snapshot import canonical, digest_of, written
from companion.reminders.doses.dose_state import DoseState
from tests.advice.builders import case_of, outcome_of, plain, pressure
from tests.world import World

OF_PLAIN_CASE = "932d3d06ba616798df5dd63ceabe3448e1c20309287c6a6a4d620c5f6c6100a9"
"""Its digest, with a pressure beside its values. Another one means that what doctors have open before an update of
the service can not be decided on after it."""


def copied(seen: Any) -> Any:
    """As JSON, copied through and through by the standard library first."""
    return json.loads(json.dumps(asdict(seen), default=as_text))


def as_text(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else str(value)


def test_the_digest_of_a_known_case_is_what_it_always_was() -> None:
    raw = plain()
    raw["readings"] = [*raw["readings"], pressure(5, 141, 83)]

    snapshot = json.loads(written(case_of(raw), outcome_of(raw), Plan(id=7), None))

    assert digest_of(canonical(snapshot["case"])) == OF_PLAIN_CASE


def test_a_suggestion_keeps_every_field_of_what_was_looked_at(world: World) -> None:
    regimen = world.prescribe()
    world.note_facts()
    world.log_doses(regimen, *[DoseState.TAKEN] * 13, DoseState.SKIPPED)
    world.sign_plan(regimen)
    world.fast(150, 148, 155)

    evidence = world.evidence(world.only(Suggestion))

    kept = world.only(Suggestion).evidence
    assert kept["case"] == {name: value for name, value in copied(evidence.case).items() if name != "assessed_at"}
    assert kept["lines"] == [copied(line) for line in evidence.outcome.lines]
    assert digest_of(canonical(kept)) == evidence.digest
