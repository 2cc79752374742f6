"""What every world is looked through for at its end is found: words, names and medicines among ids and codes."""

import json

import pytest
from sqlalchemy import text

from tests.sealing.plain_details import is_plain, words_in
from tests.world import World


@pytest.mark.parametrize(
    "said",
    [
        "missed_dose", "rg_insulin", "su_3f9a00c2d1e4", "2026-03-05 10:35", "2026-03-05", "08:00",
        "2026-03-05T10:35:00+00:00", "16", "1.5", "not_reached:7:urgent", "record_conflict", "U", "",
    ],
)  # fmt: skip
def test_ids_codes_numbers_and_instants_may_stand_there(said: str) -> None:
    assert is_plain(said)


@pytest.mark.parametrize(
    "said",
    ["my daughter Li Na", "Anna", "Anna Berg", "it fell behind the stove", "女儿", "+491700000001", "a@example.org"],
)
def test_words_names_and_numbers_to_call_may_not(said: str) -> None:
    assert not is_plain(said)


def test_a_medicine_is_found_though_it_looks_like_a_code(world: World) -> None:
    world.prescribe(drug="Glargine")
    whose = {"told": json.dumps({"regimen": "rg_insulin", "lines": [{"drug": "glargine"}]}), "patient": world.anna.id}
    columns = "unique_key, kind, patient_id, details, created_at, due_at"
    task = f"INSERT INTO task ({columns}) VALUES ('x', 'x', :patient, :told, 0, 0)"
    with world.engine.begin() as connection:
        connection.execute(text(task), whose)

    found = words_in(world.engine)

    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM task"))
    assert found == ["task: glargine"]
