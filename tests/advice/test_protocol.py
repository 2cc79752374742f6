"""The protocol files: what they say, their own test vectors, and what the loader refuses."""

from importlib.resources import files
from typing import Any

import pytest

from companion.advice.assessing.assessment import assess
from companion.advice.grammar import registry
from companion.advice.grammar.protocol import Vector
from companion.advice.grammar.protocol_file import parse
from companion.errors import BadInput
from tests.advice.builders import case_of, doses, fasting, outcome_of, plain

FILE = "basal.ada_2u3d.toml"
TEXT = files("companion.advice").joinpath("protocols", FILE).read_text(encoding="utf-8")
VECTORS = [
    pytest.param(protocol.id, vector, id=f"{protocol.id}-{nth}")
    for protocol in registry.load().protocols.values()
    for nth, vector in enumerate(protocol.vectors)
]


def case_of_vector(given: dict[str, Any]) -> dict[str, Any]:
    taken = round(float(given["adherence"]) * 100)
    return plain(
        readings=fasting(*(str(value) for value in given["fasting"])),
        doses=doses(taken, missed=100 - taken),
        **{"regimens[0].amount": given["dose"], "patient.weight_kg": given["weight_kg"]},
    )


@pytest.mark.parametrize(("protocol", "vector"), VECTORS)
def test_a_protocols_own_vectors_come_out(protocol: str, vector: Vector) -> None:
    outcome = outcome_of(case_of_vector(dict(vector.given)))

    found = {
        "action": outcome.action,
        "to": outcome.to_amount,
        "rule": outcome.rule,
        "outcome": outcome.outcome,
        "asks": list(outcome.asks),
    }
    assert {key: found[key] for key in vector.expected} == vector.expected


def test_there_are_vectors() -> None:
    assert len(registry.load().get("basal.ada_2u3d").vectors) == 6


def test_the_protocol_reads_as_written() -> None:
    protocol = registry.load().get("basal.ada_2u3d")

    assert protocol.full_name == "basal.ada_2u3d@1.0.0-draft"
    assert [rule.id for rule in protocol.rules] == ["R1", "R2", "R2-cause", "R3", "R4", "R5", "R6"]
    assert protocol.hold_off_days == 3
    assert {name: (limit.value, limit.cited.evidence) for name, limit in protocol.limits.items()} == {
        "step": (2, "secondary"),
        "step_percent": (20, "product"),
        "per_kg": (protocol.limits["per_kg"].value, "stored"),
        "daily": (60, "product"),
    }


def test_an_unknown_protocol_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"basal\.ada_2u3d"):
        registry.load().get("basal.unknown")


def test_the_digest_changes_with_any_byte_and_not_with_line_ends() -> None:
    same = registry.digest({FILE: TEXT.replace("\n", "\r\n")})
    other = registry.digest({FILE: TEXT.replace("hours = 72", "hours = 73")})

    assert registry.digest({FILE: TEXT}) == same
    assert len({same, other, registry.digest({"b.toml": TEXT}), registry.digest({})}) == 4


def test_a_disabled_protocol_is_hold_and_asks_renew_plan() -> None:
    switched_off = registry.of_texts(
        {FILE: TEXT.replace("enabled = true", 'enabled = false\nwhy_disabled = "Not signed."')}
    )

    outcome = assess(case_of(plain()), switched_off)

    assert (outcome.outcome, outcome.rule, outcome.asks) == ("hold", None, ("renew_plan",))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('id = "basal.ada_2u3d"', 'id = "basal.other"', "not the name of the file"),
        ("enabled = true", "enabled = 1", "enabled is not true or false"),
        ("enabled = true", "enabled = true\ncolour = 3", "unknown key colour"),
        ('kind = "glucose"', 'kind = "weight"', "kind is 'weight'"),
        ('version = "1.0.0-draft"', "", "version is missing"),
        ('drug_classes = ["basal_insulin"]', "drug_classes = []", "drug_classes"),
        ('drug_classes = ["basal_insulin"]', 'drug_classes = ["heparin"]', "no hard limits"),
        ("fasting_values = 3", "fasting_values = 0", "fasting_values is not above zero"),
        ("fasting_values = 3", "", "fasting_values is missing"),
        ("days = 3\nsource", "days = 3.5\nsource", "days is not a whole number"),
        ("days = 3\nsource", "days = 3\nunless = 4\nsource", "unknown key unless"),
        ('hours = 72\nevidence = "product"', "hours = 72", "evidence is missing"),
        ('hours = 72\nevidence = "product"', 'hours = 72\nevidence = "hearsay"', "evidence is 'hearsay'"),
        ('hours = 72\nevidence = "product"', 'hours = 72\nevidence = "stored"', "source is missing"),
        ('source = "OVERBASAL"\nevidence = "stored"', 'source = "X"\nevidence = "stored"', "not in .sources."),
        ("value = 60", "value = 61", "above the hard limit 60"),
        ("value = 0.5", "value = 0.6", r"above the hard limit 0\.5"),
        ('value = 2\nunit = "U"', "value = 2", "unit is missing"),
        ('value = 2\nunit = "U"', 'value = 2\nunit = "mg"', "unit is 'mg'"),
        ("[limits.daily]", "[limits.weekly]", "unknown limit"),
        ('gate = "G02"', 'gate = "G01"', "gate is 'G01'"),
        ('if = "dialysis"', 'if = "dialisys"', "unknown name 'dialisys'"),
        ('name = "overbasal"', 'name = "dose"', "defined twice"),
        ('id = "R2"', 'id = "R1"', "rule id R1 twice"),
        ('action = "increase"\nunits = 2', 'action = "increase"', "the step of increase is"),
        ('action = "increase"\nunits = 2\nunit = "U"', 'action = "increase"\nunits = 2', "unit is missing"),
        ('action = "increase"', 'action = "double"', "action is 'double'"),
        ("percent = 20\n", "", "the step of decrease is"),
        ('ask = "hypo_cause_noted"\n', "", "ask is missing"),
        ("percent = 20", "percent = -20", "percent is not a number above zero"),
        ('if = "mean_last(fasting_7d, 3) > target_high"', "", "comes after the `else`"),
        ('and overbasal"', '"', "never reached"),
        ('id = "R6"\n', 'id = "R6"\nif = "dialysis"\n', "one `else`"),
        ('says = "No rule asks for a change."', 'says = " "', "says is empty"),
        ('priority = "urgent"', 'priority = "soon"', "priority is 'soon'"),
        ("[[rules]]", "[[rules", "line"),
    ],
)
def test_what_is_ambiguous_is_refused_naming_file_and_reason(old: str, new: str, reason: str) -> None:
    assert old in TEXT

    with pytest.raises(BadInput, match=reason) as refused:
        parse(TEXT.replace(old, new, 1), FILE)

    assert refused.value.where.startswith(FILE)


def test_a_refusal_names_the_line_of_the_table() -> None:
    line = TEXT.splitlines().index("[[rules]]") + 1

    with pytest.raises(BadInput) as refused:
        parse(TEXT.replace("hypo_l3", "hypo_l4"), FILE)

    assert refused.value.where == f"{FILE}:{line}"


def test_a_rule_on_events_comes_before_those_that_need_data() -> None:
    late = TEXT.replace('id = "R5"', 'id = "R5"\non_events = true')

    with pytest.raises(BadInput, match="on events comes after"):
        parse(late, FILE)


def test_a_precondition_of_its_own_holds_back_an_increase() -> None:
    longer = TEXT.replace("days_since_change >= 3", "days_since_change >= 10")
    case = case_of(plain(**{"regimens[0].changed_on": "2026-03-01"}))

    outcome = assess(case, registry.of_texts({FILE: longer}))

    assert (outcome.outcome, outcome.rule, outcome.action) == ("hold", "R5", "none")
    assert all(gate.passed for gate in outcome.gates)
