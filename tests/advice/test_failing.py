"""An error in a rule proposes nothing: it is a hold that says so, and it holds up neither alarms nor other patients."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from companion.advice.assessing.failing import hold_of_failure
from companion.advice.grammar import registry
from companion.advice.grammar.protocol import Registry
from companion.advice.models import ProtocolRun, Suggestion
from companion.care.tasks import Task, TaskKind
from companion.errors import BadInput
from tests.advice.builders import GATE_IDS, case_of, plain
from tests.world import World


def broken(protocol_id: str = "basal.ada_2u3d") -> Registry:
    """The registry, with a first rule that fails whatever it is asked."""
    found = registry.load()
    protocol = found.get(protocol_id)
    first, *others = protocol.rules
    assert first.condition is not None

    def fail(_inputs: Any) -> Any:
        raise ZeroDivisionError

    rules = (replace(first, condition=replace(first.condition, run=fail)), *others)
    return replace(found, protocols={**found.protocols, protocol_id: replace(protocol, rules=rules)})


def test_a_failed_assessment_is_a_hold_in_which_no_gate_passed() -> None:
    outcome = hold_of_failure(case_of(plain()), registry.load())

    assert (outcome.outcome, outcome.rule, outcome.action, outcome.to_amount) == ("hold", None, "none", None)
    assert (outcome.expires_at, outcome.protocol) == (None, "basal.ada_2u3d@1.0.0-draft")
    assert [gate.id for gate in outcome.gates if not gate.passed] == GATE_IDS
    assert [reason.code for reason in outcome.reasons] == ["failed"]


def test_an_unknown_protocol_is_still_bad_input() -> None:
    with pytest.raises(BadInput):
        hold_of_failure(case_of(plain(**{"plan.protocol": "basal.unknown"})), registry.load())


def test_in_the_service_it_takes_back_what_waited_writes_a_line_and_alarms_all_the_same(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    world.stores = replace(world.stores, registry=broken())

    with capture_logs() as lines:
        taken = world.measure(48)

    assert (taken.new, world.only(Suggestion).state) == (1, "superseded")
    assert world.only(ProtocolRun).outcome["outcome"]["outcome"] == "hold"
    assert [task.kind for task in world.all(Task) if task.kind == TaskKind.URGENT_READING] == [TaskKind.URGENT_READING]
    assert [line["protocol"] for line in lines if line["event"] == "assessment failed"] == ["basal.ada_2u3d"]
