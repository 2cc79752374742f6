"""Every entry gets its verdict, without a database: what becomes a fact, in which unit, and what is refused."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.facts import FactKind
from companion.care.records import Outcome
from companion.errors import BadInput
from companion.imported.known import Known, OurMedicine
from companion.imported.medicines import is_same_drug
from companion.imported.resources import entries_of, local_id
from companion.imported.sorting import Sorted, sort_entries
from tests.imported.bundles import ICD10, SNOMED, Json, allergy, bundle, condition, medicine, observation, person

TODAY = date(2026, 3, 4)
NOTHING = Known(birth_on=None, sex=None, their_ids=frozenset(), facts=(), medicines=())
EGFR = "mL/min/{1.73_m2}"


def sort(*resources: Json, known: Known = NOTHING) -> Sorted:
    return sort_entries(entries_of(bundle(*resources), "urn:emr"), known, TODAY, "Europe/Berlin")


@pytest.mark.parametrize(
    ("code", "value", "unit", "kept"),
    [
        ("59261-8", "63", "mmol/mol", "7.9"),
        ("59261-8", "42", "mmol/mol", "6.0"),
        ("29463-7", "180", "[lb_av]", "81.6"),
        ("29463-7", "80500", "g", "80.5"),
        ("2823-3", "4.4", "meq/L", "4.4"),
        ("33914-3", "58", "mL/min/1.73m2", "58"),
        ("98979-8", "61.50", "ML/MIN/{1.73_M2}", "61.50"),
    ],
)
def test_units_of_one_thing_are_converted_and_others_keep_their_digits(
    code: str, value: str, unit: str, kept: str
) -> None:
    (verdict,) = sort(observation(code, value, unit)).verdicts

    assert verdict.fact is not None
    assert (verdict.fact.value, verdict.fact.measured_on) == (kept, date(2026, 2, 20))


@pytest.mark.parametrize(
    ("system", "code", "clinical", "kind", "value", "name"),
    [
        (SNOMED, "44054006", "active", FactKind.DIABETES_TYPE, "type2", ""),
        (ICD10, "E10.9", "active", FactKind.DIABETES_TYPE, "type1", ""),
        (ICD10, "E11", "recurrence", FactKind.DIABETES_TYPE, "type2", ""),
        (ICD10, "Z33.1", "active", FactKind.PREGNANT, "yes", ""),
        (ICD10, "Z99.2", "active", FactKind.CONDITION, "present", "dialysis"),
        (ICD10, "I10", "active", FactKind.CONDITION, "present", "hypertension"),
        (SNOMED, "59621000", "active", FactKind.CONDITION, "present", "hypertension"),
    ],
)
def test_a_condition_that_is_asked_about_becomes_a_fact(
    system: str, code: str, clinical: str, kind: FactKind, value: str, name: str
) -> None:
    (verdict,) = sort(condition(system, code, clinical)).verdicts

    assert verdict.fact is not None
    assert (verdict.fact.kind, verdict.fact.value, verdict.fact.name) == (kind, value, name)


def test_a_condition_that_is_over_is_over_since_its_end() -> None:
    ended = condition(ICD10, "I95.1", "resolved", abatementDateTime="2026-02-28")

    (verdict,) = sort(ended).verdicts

    assert verdict.fact is not None
    assert (verdict.fact.value, verdict.fact.measured_on) == ("over", date(2026, 2, 28))


REFUSED: dict[str, Json] = {
    "no condition that is asked about": condition(ICD10, "E78.5"),
    "provisional": condition(SNOMED, "44054006", verified="provisional"),
    "over says nothing": condition(SNOMED, "44054006", clinical="resolved"),
    "no day": condition(SNOMED, "44054006", recordedDate="2026-13"),
    "neither": condition(SNOMED, "44054006", clinical="maybe"),
    "preliminary": observation("98979-8", "62", EGFR, status="preliminary"),
    "entered-in-error": observation("98979-8", "62", EGFR, status="entered-in-error"),
    "no day is told": observation("98979-8", "62", EGFR, effectiveDateTime="2026-02"),
    "future": observation("98979-8", "62", EGFR, effectiveDateTime="2031-02-01"),
    "no code": observation("718-7", "13", "g/dL"),
    "bound": observation(
        "98979-8", "60", EGFR, valueQuantity={"value": 60, "comparator": ">", "unit": EGFR, "code": EGFR}
    ),
    "no value": observation("98979-8", "62", EGFR, valueQuantity={"unit": EGFR, "code": EGFR}),
    "stopped": medicine("Glargine", status="stopped"),
    "no prescription": medicine("Glargine", intent="proposal"),
    "not to take": medicine("Glargine", doNotPerform=True),
    "no medicine": medicine(""),
    "refuted": allergy("Penicillin", verificationStatus={"coding": [{"code": "refuted"}]}),
    "no substance": allergy(""),
    "Encounter": {"resourceType": "Encounter", "id": "1", "subject": {"reference": "Patient/4711"}},
    "not told": {"resourceType": "Observation"},
    "nothing is not taken in": {},
    "came from here": observation("98979-8", "62", EGFR, identifier=[{"system": "urn:companion:id", "value": "x"}]),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_taken_is_refused_with_a_reason(why: str) -> None:
    (verdict,) = sort(REFUSED[why]).verdicts

    assert verdict.outcome is Outcome.REFUSED
    assert why.removesuffix(" is told") in verdict.reason


def test_a_resource_is_known_by_its_identifier_before_its_id() -> None:
    named = {"identifier": [{"system": "urn:lab", "value": "17"}]}
    one, other = (
        observation("98979-8", "62", EGFR, id="a", **named),
        observation("98979-8", "62", EGFR, id="b", **named),
    )

    first, second = (entries_of(bundle(each), "urn:emr")[0] for each in (one, other))
    elsewhere = entries_of(bundle(one), "urn:another")[0]

    assert first.identity == second.identity
    assert first.identity != elsewhere.identity


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Glargine", "Insulin glargine 100 UNT/ML Injectable Solution [Lantus]", True),
        ("Amlodipine", "AMLODIPINE besylate 5 mg tablet", True),
        ("Metformin", "Metformin hydrochloride", True),
        ("Glargine", "Insulin detemir", False),
        ("Insulin lispro", "Insulin glargine", False),
        ("Met", "Metoprolol", False),
        ("", "", False),
    ],
)
def test_a_medicine_is_the_same_by_the_words_of_its_name(ours: str, theirs: str, same: bool) -> None:
    assert is_same_drug(ours, theirs) is same


@pytest.mark.parametrize(
    ("ours", "sent", "outcome"),
    [
        ("16", medicine("Glargine"), Outcome.TAKEN),
        ("16", medicine("Glargine", 16, "[iU]"), Outcome.TAKEN),
        ("16", medicine("Glargine", 16, "unit"), Outcome.TAKEN),
        ("16", medicine("Glargine", 18, "U"), Outcome.CONFLICT),
        ("16", medicine("Glargine", 16, "U", 2), Outcome.CONFLICT),
        ("16", medicine("Glargine", 16, "mg"), Outcome.CONFLICT),
    ],
)
def test_a_dose_is_compared_as_far_as_it_is_told(ours: str, sent: Json, outcome: Outcome) -> None:
    taken = OurMedicine("rg_1", "Glargine", Decimal(ours), "U", 1)
    known = Known(None, None, frozenset(), (), [taken])

    (verdict,) = sort(sent, known=known).verdicts

    assert verdict.outcome is outcome


def test_a_list_that_lacks_what_is_taken_here_is_a_conflict_and_no_list_is_none() -> None:
    known = Known(None, None, frozenset(), (), [OurMedicine("rg_1", "Glargine", Decimal(16), "U", 1)])

    with_list = sort(person(), medicine("Glargine", status="stopped"), known=known)
    without = [sort(person(), known=known), sort(medicine("Ramipril"), known=known)]

    assert [conflict.about.value for conflict in with_list.conflicts] == ["only_here"]
    assert [found.conflicts for found in without] == [(), ()]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("Patient/4711", "4711"),
        ("https://records.example/fhir/Patient/4711/_history/3", "4711"),
        ("urn:uuid:0b1c", "urn:uuid:0b1c"),
    ],
)
def test_whom_a_reference_means(reference: str, name: str) -> None:
    assert local_id(reference) == name


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["coding", "code", "value"]), inner),
    max_leaves=8,
)
members = st.sampled_from(
    [
        "id", "status", "intent", "code", "subject", "valueQuantity", "component", "clinicalStatus", "recordedDate",
        "verificationStatus", "medicationCodeableConcept", "dosageInstruction", "identifier", "effectiveDateTime",
    ]
)  # fmt: skip
kinds = st.sampled_from(["Observation", "Condition", "MedicationRequest", "AllergyIntolerance", "Patient", ""])
anything = st.builds(lambda kind, told: told | {"resourceType": kind}, kinds, st.dictionaries(members, trees))


@given(st.lists(anything, max_size=4))
def test_whatever_is_sent_every_entry_gets_one_verdict_or_all_are_bad_input(resources: list[Json]) -> None:
    content = json.dumps({"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}).encode()

    try:
        found = sort_entries(entries_of(content, "urn:emr"), NOTHING, TODAY, "Europe/Berlin").verdicts
    except BadInput:
        return  # of several people, or a text with a zero byte

    assert [verdict.entry.number for verdict in found] == list(range(1, len(resources) + 1))
    assert all(verdict.reason for verdict in found if verdict.outcome is Outcome.REFUSED)
