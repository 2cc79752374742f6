"""What holds of every protocol, whatever stands in a case; and that every sentence of theirs has its Chinese."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

import companion
from companion.advice.assessing import guardrails
from companion.advice.assessing.case import FLAGS, Outcome
from companion.advice.assessing.guardrails import Change
from companion.advice.assessing.reasons import SENTENCES
from companion.advice.grammar import registry
from companion.advice.grammar.protocol import Protocol
from tests.advice.builders import GATE_IDS, glucose, outcome_of, pressure
from tests.advice.protocol_cases import AMLODIPINE, LISINOPRIL, bp, home, metformin, older, premix, sulfonylurea

PO = Path(companion.__file__).parent / "translations" / "zh" / "LC_MESSAGES" / "messages.po"

mornings = st.lists(st.integers(60, 300), min_size=3, max_size=7)
three = st.tuples(st.integers(60, 260), st.integers(60, 260), st.integers(60, 260))
cuffs = st.builds(
    lambda systolic, diastolic, days, before: home(systolic, diastolic, days) + home(before, diastolic, days, 14),
    st.integers(95, 200), st.integers(55, 115), st.integers(3, 7), st.integers(95, 200),
)  # fmt: skip
CASES = st.one_of(
    st.builds(lambda values, amount: older(*values, amount=amount), mornings, st.integers(1, 40)),
    st.builds(
        lambda values, amount: metformin(
            amount, readings=[glucose(3 + 24 * n, v, "fasting") for n, v in enumerate(values)]
        ),
        mornings,
        st.sampled_from([250, 500, 850, 1000, 1275]),
    ),
    st.builds(lambda a, b, m, e: premix(a, b, m, e), three, three, st.integers(1, 60), st.integers(1, 60)),
    st.builds(lambda lows: sulfonylurea(*[glucose(20 + 30 * n, v) for n, v in enumerate(lows)]), mornings),
    st.builds(bp, cuffs),
    st.builds(lambda cuff: bp(cuff, "bp.raas_uptitrate", LISINOPRIL), cuffs),
    st.builds(lambda cuff: bp(cuff, "bp.amlodipine_step", AMLODIPINE), cuffs),
)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    raw = draw(CASES)
    patient, first = raw["patient"], raw["regimens"][0]
    patient["flags"] = draw(st.just([]) | st.lists(st.sampled_from(sorted(FLAGS)), max_size=2))
    patient["age"] = draw(st.sampled_from([patient["age"], patient["age"], 17, 79, None]))
    patient["egfr"] = draw(st.sampled_from([patient["egfr"], patient["egfr"], 25, 40, None]))
    first["changed_on"] = draw(st.sampled_from([first["changed_on"], first["changed_on"], "2026-03-09", None]))
    first["open_suggestion"] = draw(st.sampled_from([False, False, True]))
    raw["doses"] = raw["doses"][: draw(st.sampled_from([14, 14, 0]))]
    raw["readings"] += draw(st.sampled_from([[], [], [glucose(30, 52)], [pressure(3, 185, 95), pressure(2, 185, 95)]]))
    return raw


def daily(raw: dict[str, Any], outcome: Outcome) -> tuple[dict[str, Any], int]:
    changed = next(regimen for regimen in raw["regimens"] if regimen["id"] == outcome.regimen)
    return changed, len(changed["times"])


@settings(max_examples=300, deadline=None)
@given(cases())
def test_an_increase_has_every_gate_passed_and_breaks_no_hard_limit(raw: dict[str, Any]) -> None:
    outcome = outcome_of(raw)

    if outcome.action == "increase":
        assert outcome.from_amount is not None
        assert outcome.to_amount is not None
        changed, times = daily(raw, outcome)
        amounts = (outcome.from_amount * times, outcome.to_amount * times)
        change = Change(changed["drug_class"], changed["unit"], *amounts, drug=changed["drug"])
        assert all(gate.passed for gate in outcome.gates)
        assert amounts[0] < amounts[1]
        assert guardrails.check(change, Decimal(raw["patient"]["weight_kg"])) == ()
        assert not raw["regimens"][0]["open_suggestion"]


@settings(max_examples=300, deadline=None)
@given(cases())
def test_every_outcome_has_its_shape_and_is_the_same_twice(raw: dict[str, Any]) -> None:
    outcome = outcome_of(raw)

    assert outcome == outcome_of(raw)
    assert [gate.id for gate in outcome.gates] == GATE_IDS
    assert (outcome.action == "none") == (outcome.to_amount is None)
    assert (outcome.outcome == "proposal") <= (outcome.action != "none")
    assert (outcome.outcome == "hold") == (outcome.expires_at is None)
    assert (outcome.action == "decrease") <= (outcome.to_amount is not None and outcome.to_amount >= 0)
    assert len(set(outcome.asks)) == len(outcome.asks)
    assert outcome.reasons


def sentences(protocol: Protocol) -> set[str]:
    said = {protocol.title, protocol.why_disabled, protocol.otherwise}
    said |= {rule.says for rule in protocol.rules}
    said |= {barrier.says for barrier in (*protocol.exclusions, *protocol.preconditions)}
    return {sentence for sentence in said if sentence}


@pytest.mark.parametrize("protocol", registry.load().protocols.values(), ids=lambda protocol: protocol.id)
def test_every_sentence_of_a_protocol_has_its_chinese(protocol: Protocol) -> None:
    with PO.open("rb") as source:
        catalogue = read_po(source, locale="zh")

    assert {said for said in sentences(protocol) if not (catalogue.get(said) and catalogue.get(said).string)} == set()


def test_every_reason_has_its_chinese() -> None:
    with PO.open("rb") as source:
        catalogue = read_po(source, locale="zh")

    missing = {said for said in SENTENCES.values() if not catalogue.get(said)}
    assert missing <= {"{says}", "{rule}: {says}"}
