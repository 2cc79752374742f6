"""Clinical facts on the doctor's page: the newest with its age, what it was before, and who says so."""

import re
from datetime import timedelta

from companion.care.facts import Fact, FactKind, facts_of
from companion.db import reading
from tests.web.loop.house import House


def path(house: House) -> str:
    return f"/clinic/patients/{house.anna.public_id}/facts"


def note(house: House, **form: str) -> int:
    """What Dr. Roth's form is answered."""
    return house.browser(house.doctor).send(path(house), form).status_code


def row(page: str, name: str) -> str:
    """The line about that fact among those known now."""
    lines = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    return " ".join(next(line for line in lines if name in line and 'scope="row"' in line).split())


def test_a_value_is_shown_with_its_day_its_age_its_source_and_who_noted_it(house: House) -> None:
    noted = note(house, potassium="4.3", potassium_on="2026-02-22", source="lab")

    line = row(house.page(house.doctor, path(house)), "Potassium")

    assert noted == 302
    assert "<strong>4.3</strong>" in line
    assert "Feb 22, 2026, 10 days ago" in line
    assert "laboratory, Dr. Roth" in line


def test_the_newer_one_is_known_now_and_the_older_one_stays_in_the_history(house: House) -> None:
    note(house, egfr="58", egfr_on="2026-03-01")
    note(house, egfr="72", egfr_on="2025-11-01")

    page = house.page(house.doctor, path(house))

    assert "<strong>58</strong>" in row(page, "eGFR")
    assert "<strong>72</strong>" in page[page.index('id="history"') :]
    assert len(house.all(Fact)) == 2


def test_an_egfr_that_the_gate_no_longer_takes_says_so(house: House) -> None:
    old = house.today - timedelta(days=181)

    note(house, egfr="58", egfr_on=f"{old}")
    reduced = row(house.page(house.doctor, path(house)), "eGFR")
    note(house, egfr="60", egfr_on=f"{old + timedelta(days=1)}")
    normal = row(house.page(house.doctor, path(house)), "eGFR")

    assert "too old for a proposal: at most 180 days" in reduced
    assert "too old" not in normal


def test_a_potassium_is_too_old_only_where_a_running_protocol_asks_for_a_newer_one(house: House) -> None:
    note(house, potassium="4.3", potassium_on=f"{house.today - timedelta(days=200)}")
    without = row(house.page(house.doctor, path(house)), "Potassium")

    regimen = house.prescribe(drug="Amlodipine", drug_class="dhp_ccb", unit="mg")
    asking = next(
        each for each in house.stores.registry.protocols.values() if any(lab.name == "potassium" for lab in each.labs)
    )
    house.sign_plan(regimen, protocol=asking.id, version=asking.version)
    line = row(house.page(house.doctor, path(house)), "Potassium")

    assert "too old" not in without
    assert "too old for a proposal" in line


def test_hba1c_is_typed_in_either_unit_and_shown_in_both(house: House) -> None:
    note(house, hba1c="53", hba1c_unit="mmol/mol")

    line = row(house.page(house.doctor, path(house)), "HbA1c")

    assert "<strong>7.0</strong>" in line
    assert "53 mmol/mol" in line
    assert house.only(Fact).typed == "53 mmol/mol"


def test_an_impossible_hba1c_in_mmol_mol_is_refused_by_name(house: House) -> None:
    answer = house.browser(house.doctor).send(path(house), {"hba1c": "7", "hba1c_unit": "mmol/mol"})

    assert answer.status_code == 422
    assert 'href="#hba1c"' in answer.get_data(as_text=True)
    assert house.all(Fact) == []


def test_an_allergy_is_known_until_somebody_notes_it_as_over(house: House) -> None:
    note(house, allergy="Penicillin")
    with reading(house.engine) as session:
        before = facts_of(session, house.anna.id).allergies

    note(house, allergy="Penicillin", allergy_is="over")
    with reading(house.engine) as session:
        after = facts_of(session, house.anna.id).allergies

    assert (before, after) == ({"Penicillin"}, frozenset())
    assert 'scope="row">Allergy: Penicillin' not in house.page(house.doctor, path(house))


def test_new_laboratory_values_have_their_bounds(house: House) -> None:
    assert note(house, creatinine="88", alt="31") == 302
    assert note(house, creatinine="1.0") == 422
    assert note(house, alt="0") == 422
    assert {fact.kind for fact in house.all(Fact)} == {FactKind.CREATININE, FactKind.ALT}


def test_forty_lines_are_shown_and_the_others_behind_a_link(house: House) -> None:
    for number in range(41):
        house.note_facts(weight_kg=f"{60 + number}", egfr=None, diabetes_type=None, drug_list_confirmed=None)

    page = house.page(house.doctor, path(house))
    everything = house.page(house.doctor, f"{path(house)}?older=1")

    assert "<strong>60</strong>" not in page
    assert "<strong>60</strong>" in everything
