"""The administrator reads the audit: filters, pages by key, whether it is whole; and is seen doing so."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from companion.care import audit
from companion.care.anchors import anchor_daily
from companion.care.audit import AuditEntry
from companion.care.audit_checkups import AuditCheckup, check_daily
from companion.care.read_log import ReadEntry, note_reads
from companion.db import reading, writing
from tests.people import NOON, Cast
from tests.web.conftest import FakeClock
from tests.web.page_words import words_of


def act(engine: Engine, action: str, *, by: str = "companion", patient: str | None = None, days_ago: int = 0) -> int:
    """The number of its entry."""
    with writing(engine) as session:
        now = NOON - timedelta(days=days_ago)
        audit.note(session, actor=by, action=action, now=now, patient=patient, thing="th_1")
        last = audit.last_entry(session)
        assert last is not None
        return last.id


def change(engine: Engine, number: int, **to: str) -> None:
    """What somebody who owns the database may do."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_entry_unchanged")
        for column, value in to.items():
            connection.execute(
                text(f"UPDATE audit_entry SET {column} = :value WHERE id = :id"), {"value": value, "id": number}
            )


def kinds(page: str) -> list[str]:
    """Of the entries on the page that tests made, in their order: signing in is an act, too."""
    found = re.findall(r"<code>([\w.]+)</code>(?:</span>)?\s*</td>\s*<td>", page)
    return [kind for kind in found if kind in {"first", "second", "third", audit.READS_HASHED}]


@pytest.fixture
def office(cast: Cast, signed_in: Any) -> Any:
    return signed_in(cast.admin)


def test_entries_stand_newest_first_with_staff_by_name_and_patients_by_number(
    engine: Engine, cast: Cast, office: Any
) -> None:
    act(engine, "first", by=cast.patient.public_id, patient=cast.patient.public_id)
    act(engine, "second", by=cast.doctor.public_id, patient=cast.patient.public_id)

    page = office.get("/clinic/audit").get_data(as_text=True)

    assert kinds(page) == ["second", "first"]
    assert "Dr. Li (doctor or nurse)" in page
    assert cast.patient.public_id in page
    assert cast.patient.name not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who={doctor}", ["third", "second"]),
        ("patient={patient}", ["third", "first"]),
        ("kind=second", ["second"]),
        ("who={doctor}&patient={patient}", ["third"]),
        ("from=2026-11-20", ["third", "second"]),
        ("to=2026-11-19", ["first"]),
        ("from=2026-11-20&to=2026-11-20", ["second"]),
        ("hashes=1", ["reads.hashed", "third", "second", "first"]),
        ("who=nobody", []),
    ],
)
def test_entries_are_found_by_whom_about_whom_of_what_kind_and_when(
    engine: Engine, cast: Cast, office: Any, query: str, found: list[str]
) -> None:
    act(engine, "first", patient=cast.patient.public_id, days_ago=2)
    act(engine, "second", by=cast.doctor.public_id, days_ago=1)
    act(engine, "third", by=cast.doctor.public_id, patient=cast.patient.public_id)
    act(engine, audit.READS_HASHED)
    asked = query.format(doctor=cast.doctor.public_id, patient=cast.patient.public_id)

    page = office.get(f"/clinic/audit?{asked}").get_data(as_text=True)

    assert kinds(page) == found


def test_a_day_that_is_none_is_refused(office: Any) -> None:
    assert office.get("/clinic/audit?from=yesterday").status_code == 400


def test_pages_go_on_by_the_number_of_the_last_entry_and_keep_the_filter(engine: Engine, office: Any) -> None:
    for number in range(120):
        act(engine, f"kind{number % 2}")

    seen, address = [], "/clinic/audit?kind=kind0"
    while address:
        page = office.get(address).get_data(as_text=True)
        seen += [int(number) for number in re.findall(r'<a href="/clinic/audit/(\d+)">', page)]
        older = re.search(r'href="(/clinic/audit\?before=[^"]*)"', page)
        address = older.group(1).replace("&amp;", "&") if older else ""

    with reading(engine) as session:
        wanted = session.scalars(select(AuditEntry.id).where(AuditEntry.action == "kind0")).all()
    assert seen == sorted(wanted, reverse=True)
    assert len(seen) == 60


def test_an_entry_tells_its_details_and_whether_it_holds(engine: Engine, cast: Cast, office: Any) -> None:
    first, second = act(engine, "first"), act(engine, "second", by=cast.doctor.public_id)
    whole = office.get(f"/clinic/audit/{second}").get_data(as_text=True)
    change(engine, first, action="other")

    changed, after = (office.get(f"/clinic/audit/{number}").get_data(as_text=True) for number in (first, second))

    assert "th_1" in whole
    assert "It is as it was written" in whole
    assert "was changed, or made without the key" in changed
    assert "It is as it was written" in after
    assert office.get("/clinic/audit/99").status_code == 404


def test_what_cannot_be_read_any_more_is_shown_as_it_is(engine: Engine, office: Any) -> None:
    first = act(engine, "first")
    change(engine, first, details="no JSON")

    listed, one = office.get("/clinic/audit"), office.get(f"/clinic/audit/{first}")

    assert (listed.status_code, one.status_code) == (200, 200)
    assert "no JSON" in one.get_data(as_text=True)


def test_the_state_of_the_chain_is_that_of_the_days_check(engine: Engine, office: Any, tmp_path: Path) -> None:
    first = act(engine, "first")
    before = words_of(office.get("/clinic/audit").get_data(as_text=True))
    anchor_daily(engine, tmp_path / "anchor.pem", None, NOON)
    with reading(engine) as session:
        key = session.execute(text("SELECT public_key FROM audit_anchor")).scalar_one()
    did = check_daily(engine, [key], NOON), check_daily(engine, [key], NOON)
    act(engine, "second")

    told = words_of(office.get("/clinic/audit").get_data(as_text=True))

    assert did == (True, False)
    assert "It was not checked yet." in before
    assert "No anchor was signed yet." in before
    assert f"● holds Checked Sat, Nov 21 20:00 until entry {first}, with 0 looks and 1 anchors." in told
    assert "Entries since then: 1." in told
    assert "signed as it stands" in told


def test_a_chain_that_does_not_hold_is_told_with_its_first_fault(engine: Engine, office: Any) -> None:
    first, second = act(engine, "first"), act(engine, "second")
    change(engine, first, action="other")
    check_daily(engine, [], NOON)

    told = words_of(office.get("/clinic/audit").get_data(as_text=True))

    assert f"▲ does not hold Checked Sat, Nov 21 20:00 until entry {second}: 1 faults. The first one: {first}" in told
    with reading(engine) as session:
        assert [(row.wrong, row.first_wrong) for row in session.scalars(select(AuditCheckup))] == [(1, first)]


def test_the_log_of_reads_is_shown_and_found_by_the_same_filters(engine: Engine, cast: Cast, office: Any) -> None:
    for who, patient in ((cast.doctor, cast.patient), (cast.other_doctor, cast.other_patient)):
        note_reads(engine, who=who.public_id, patients=[patient.public_id], kind="see_patient", route="GET x", now=NOON)

    every = office.get("/clinic/audit/reads").get_data(as_text=True)
    hers = office.get(f"/clinic/audit/reads?patient={cast.patient.public_id}").get_data(as_text=True)

    assert ("Dr. Li" in every, "Dr. Zhao" in every) == (True, True)
    assert ("Dr. Li" in hers, "Dr. Zhao" in hers) == (True, False)
    assert "Looks that no entry of the audit holds yet:" in hers


def test_a_look_at_the_audit_is_itself_a_look(engine: Engine, cast: Cast, office: Any) -> None:
    office.get("/clinic/audit")
    number = act(engine, "first", patient=cast.patient.public_id)
    office.get("/clinic/audit?kind=first")
    office.get(f"/clinic/audit/{number}")

    with reading(engine) as session:
        rows = session.scalars(select(ReadEntry).order_by(ReadEntry.id)).all()
    assert {(row.who, row.kind) for row in rows} == {(cast.admin.public_id, "see_audit")}
    assert [(row.patient, row.route) for row in rows] == [
        ("-", "GET audit_office.index"),
        (cast.patient.public_id, "GET audit_office.index"),
        (cast.patient.public_id, "GET audit_office.entry"),
    ]


def test_a_file_has_what_the_filter_found_and_taking_it_along_is_an_act(
    engine: Engine, cast: Cast, office: Any, clock: FakeClock
) -> None:
    act(engine, "=cmd()", patient=cast.patient.public_id)
    act(engine, "second")

    answer = office.get(f"/clinic/audit/acts.csv?patient={cast.patient.public_id}")

    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(row["action"], row["patient"], row["details"]) for row in rows] == [
        ("'=cmd()", cast.patient.public_id, '{"thing": "th_1"}')
    ]
    with reading(engine) as session:
        last = audit.last_entry(session)
        looked = session.scalars(select(ReadEntry.patient)).all()
    assert last is not None
    assert (last.action, last.actor, last.details) == (
        "audit.exported",
        cast.admin.public_id,
        {"what": "audit", "asked": {"patient": cast.patient.public_id}},
    )
    assert looked == [cast.patient.public_id]


def test_a_file_asks_for_the_password_again(office: Any, clock: FakeClock) -> None:
    clock.forward(minutes=16)

    answer = office.get("/clinic/audit/reads.csv")

    assert answer.status_code == 302
