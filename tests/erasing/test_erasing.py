"""A patient is erased: what goes, what stays, what is proved, and that nobody hears of it afterwards."""

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, func, select, text, type_coerce

from companion.advice.models import Plan, Review, Suggestion
from companion.care.audit import broken_entries
from companion.care.consent import CareLink
from companion.care.enrolling import add_person
from companion.care.people import Person, Role, get_person
from companion.care.regimens import Regimen, RegimenRevision
from companion.db import Base, writing
from companion.db import reading as looking
from companion.erasing.erase import Places, ask, erase, finish_cut_off, proof_of
from companion.erasing.models import Erasure, ErasureState
from companion.errors import BadInput, Unavailable
from companion.exporting.export import Format
from companion.messages.models import Message, MessageState
from companion.readings.digest import ReadingsDigest
from companion.readings.store import Erased
from companion.reminders.doses.models import Dose
from companion.sealing.cipher import BrokenSealError
from companion.sealing.data_keys import DataKey
from tests.crashes.scenes import FILE
from tests.exporting.lives import a_full_life, exported
from tests.world import World


def gone(world: World, patient: Person | None = None) -> Erasure:
    places = Places(world.stores, world.services.originals)
    whom = (patient or world.anna).public_id
    return erase(places, whom, by="command line", now=world.now, keep_years=15)


@pytest.fixture
def life(world: World) -> World:
    """A full life with an approval, a file, and another patient who stays."""
    a_full_life(world)
    world.services.originals.keep(world.anna.public_id, io.BytesIO(FILE), len(FILE))
    return world


@pytest.fixture
def approved(world: World) -> World:
    """A change that the doctor approved."""
    world.titration()
    world.fast(150, 155, 158)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    return world


def everything(world: World) -> str:
    """Every row of the records and of the readings, as text."""
    with looking(world.engine) as session:
        rows = [str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return "\n".join(rows)


def test_name_numbers_readings_and_words_are_gone(life: World) -> None:
    name, phone, before = life.anna.name, life.anna.phone, everything(life)

    gone(life)

    after = everything(life)
    for told in (name, phone, "hands not washed", "date(1956"):
        assert told in before, told
        assert told not in after, told
    assert life.readings() == []
    assert life.services.originals.names(life.anna.public_id) == []
    assert life.anna.public_id in after


def test_the_proof_tells_what_went_by_kind_with_its_digest(life: World) -> None:
    digest = ReadingsDigest()
    for reading in life.stores.readings.export_patient(life.anna.public_id):
        digest.add(reading)

    proof = proof_of(gone(life))

    assert (proof["patient"], proof["state"], proof["asked_by"]) == (life.anna.public_id, "done", "command line")
    assert proof["readings"] == [{"counts": {"glucose": 7, "blood_pressure": 1}, "sha256": digest.hexdigest()}]
    file = hashlib.sha256(hashlib.sha256(FILE).hexdigest().encode()).hexdigest()
    assert proof["files"] == [{"count": 1, "sha256": file}]
    (rows,) = proof["rows"]
    assert (rows["device"]["rows"], rows["fact"]["rows"], rows["inbound"]["rows"]) == (1, 4, 1)
    assert all(len(told["sha256"]) == 64 for told in rows.values())
    assert proof["emptied"]["person"] == proof["kept"]["person"] == 1
    assert proof["key_destroyed"] is True
    assert proof["kept_until"] == life.now.date().replace(year=life.now.year + 15).isoformat()


def test_approvals_stay_with_their_evidence_under_the_public_id(approved: World) -> None:
    suggestion, review = approved.only(Suggestion), approved.only(Review)

    gone(approved)

    assert approved.only(Suggestion).evidence == suggestion.evidence
    assert approved.only(Review).shown_digest == review.shown_digest
    assert [revision.amount for revision in approved.all(RegimenRevision)] == [16, 18]
    person = next(one for one in approved.all(Person) if one.id == approved.anna.id)
    assert (person.name, person.phone, person.public_id) == ("erased", None, approved.anna.public_id)


def test_a_suggestion_that_waits_is_withdrawn_and_goes_with_its_evidence(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)

    gone(world)

    assert world.all(Suggestion) == []
    assert all(plan.stopped_at == world.now for plan in world.all(Plan))
    assert all(regimen.stopped_at == world.now for regimen in world.all(Regimen))


def test_nothing_is_sent_to_or_about_an_erased_person(life: World) -> None:
    life.measure(50)
    said_before = len(life.outbox_lines())

    gone(life)
    life.beat_until(life.now + timedelta(days=3), step=timedelta(hours=3))

    assert len(life.outbox_lines()) == said_before
    hers = life.all(Message, patient_id=life.anna.id)
    assert {message.state for message in hers} <= {MessageState.CANCELLED, MessageState.HANDED_OVER}
    assert {dose.state for dose in life.all(Dose)} <= {"taken", "cancelled", "missed"}


def test_nobody_may_see_an_erased_person(life: World) -> None:
    gone(life)

    mine = [link for link in life.all(CareLink) if link.patient_id == life.anna.id]

    assert mine
    assert all(link.ends_at == life.now for link in mine)


def test_the_audit_trail_stays_whole(life: World) -> None:
    gone(life)

    with looking(life.engine) as session:
        assert list(broken_entries(session)) == []


def test_an_erased_patient_has_no_export(life: World) -> None:
    gone(life)

    with looking(life.engine) as session, pytest.raises(BadInput, match="no patient"):
        get_person(session, life.anna.public_id, Role.PATIENT)
    assert b"150" not in exported(life, Format.CSV)


def test_erasing_again_says_that_it_was_done_and_changes_nothing(life: World) -> None:
    first = proof_of(gone(life))
    before = everything(life)
    life.clock.advance(days=1)

    again = proof_of(gone(life))

    assert again == first
    assert everything(life) == before


def test_a_value_that_came_in_meanwhile_goes_with_the_next_round(life: World) -> None:
    reading = life.readings()[0]
    gone(life)
    life.stores.readings.append([reading])

    proof = proof_of(gone(life))

    assert life.readings() == []
    assert [told["counts"] for told in proof["readings"]][1:] == [{"glucose": 1}]


def test_another_patient_keeps_everything(life: World) -> None:
    with writing(life.engine) as session:
        other = life.add(session, Role.PATIENT, "Otto Other", "+491700000009")
    reading = life.readings()[0]._replace(patient=other.public_id)
    life.stores.readings.append([reading])

    gone(life)

    assert list(life.stores.readings.export_patient(other.public_id)) == [reading]
    assert "Otto Other" in everything(life)
    assert life.ben.name in everything(life)


def test_the_login_and_the_same_file_work_as_new_for_a_new_account(life: World) -> None:
    download = life.fasting_payloads(140, 141)
    life.download(download)
    gone(life)

    with writing(life.engine) as session:
        life.anna = life.add(session, Role.PATIENT, "Anna Berg", "+491700000001")
    taken = life.download(download)

    assert (taken.new, taken.known) == (2, 0)


@pytest.mark.parametrize("nobody", ["pa_000000000000", "the doctor"])
def test_only_a_patient_can_be_erased(world: World, nobody: str) -> None:
    places = Places(world.stores, world.services.originals)
    public_id = world.doctor.public_id if nobody == "the doctor" else nobody

    with pytest.raises(BadInput, match="no patient"):
        erase(places, public_id, by="command line", now=world.now, keep_years=15)

    assert world.all(Erasure) == []


class Unreachable:
    """A readings store whose server does not answer when that patient is to be erased; else the real one."""

    def __init__(self, real: Any, patient: str) -> None:
        self._real, self._patient = real, patient

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def erase_patient(self, patient: str) -> Erased:
        if patient == self._patient:
            raise Unavailable("no server answers", where="readings", advice="start it")
        erased: Erased = self._real.erase_patient(patient)
        return erased


def test_while_the_store_cannot_be_reached_it_is_asked_and_not_done(life: World) -> None:
    stuck = Unreachable(life.stores.readings, life.anna.public_id)
    places = Places(replace(life.stores, readings=stuck), life.services.originals)

    with pytest.raises(Unavailable):
        erase(places, life.anna.public_id, by="command line", now=life.now, keep_years=15)
    halfway = life.only(Erasure).state
    finished = gone(life).state

    assert (halfway, finished) == (ErasureState.ASKED, ErasureState.DONE)
    assert life.readings() == []


def files_of(world: World) -> bytes:
    """Every byte of the database and its log."""
    return b"".join(path.read_bytes() for path in world.folder.glob("companion.db*"))


def test_what_was_erased_is_in_no_byte_of_the_files(life: World) -> None:
    with looking(life.engine) as connection:
        raw = type_coerce(Person.name, Text), type_coerce(Person.phone, Text)
        kept = connection.execute(select(*raw).where(Person.id == life.anna.id)).one()
    told = [*(each.encode() for each in kept), b"hands not washed"]
    before = files_of(life)

    gone(life)

    after = files_of(life)
    assert [each in before for each in told] == [True, True, True]
    assert [each in after for each in told] == [False, False, False]
    assert not any(each.encode() in before for each in (life.anna.name, life.anna.phone or ""))


def test_an_erasure_that_has_just_begun_is_left_to_whoever_began_it(life: World) -> None:
    places = Places(life.stores, life.services.originals)
    ask(life.engine, life.anna.public_id, by="command line", now=life.now, keep_years=15)

    finish_cut_off(places, life.now + timedelta(minutes=9))
    early = life.only(Erasure).state
    finish_cut_off(places, life.now + timedelta(minutes=10))
    late = life.only(Erasure)

    assert (early, late.state) == (ErasureState.ASKED, ErasureState.DONE)
    assert late.done_at == life.now + timedelta(minutes=10)
    assert life.readings() == []


def test_an_erasure_that_cannot_be_done_yet_holds_up_no_other(life: World) -> None:
    with writing(life.engine) as session:
        other = life.add(session, Role.PATIENT, "Otto Other", "+491700000009")
    for patient in (life.anna, other):
        ask(life.engine, patient.public_id, by="command line", now=life.now, keep_years=15)
    stuck = Unreachable(life.stores.readings, life.anna.public_id)
    places = Places(replace(life.stores, readings=stuck), life.services.originals)

    finish_cut_off(places, life.now + timedelta(hours=1))

    assert {each.patient: each.state for each in life.all(Erasure)} == {
        life.anna.public_id: ErasureState.ASKED,
        other.public_id: ErasureState.DONE,
    }


def test_readings_in_a_database_of_their_own_go_too(tmp_path: Path) -> None:
    world = World(tmp_path, separate_readings=True)
    world.fast(150, 155)

    proof = proof_of(gone(world))

    assert [told["counts"] for told in proof["readings"]] == [{"glucose": 2}]
    assert world.readings() == []


def test_a_person_may_be_enrolled_under_the_login_again(world: World) -> None:
    with writing(world.engine) as session:
        session.get_one(Person, world.anna.id).login = "anna"
    gone(world)

    with writing(world.engine) as session:
        again = add_person(session, role=Role.CAREGIVER, name="Anna", login="anna", now=world.now)
        count = session.scalar(select(func.count()).where(Person.login == "anna"))

    assert (again.login, count) == ("anna", 1)


def test_the_key_of_what_was_sealed_goes_and_a_copy_of_a_file_opens_no_more(life: World) -> None:
    folder = life.services.settings.originals_folder / life.anna.public_id
    (file,) = folder.iterdir()
    copy = file.read_bytes()

    gone(life)

    folder.mkdir()
    file.write_bytes(copy)
    with pytest.raises(BrokenSealError):
        life.services.originals.get(life.anna.public_id, file.name)
    key = life.only(DataKey, person_id=life.anna.id)
    assert (key.wrapped, key.destroyed_at) == (None, life.now)


def test_nothing_new_is_sealed_for_somebody_who_was_erased(life: World) -> None:
    gone(life)

    with pytest.raises(BadInput, match="was erased"):
        life.services.originals.keep(life.anna.public_id, io.BytesIO(b"late"), 4)


def test_where_nothing_was_sealed_the_proof_tells_of_no_key(world: World) -> None:
    with world.engine.begin() as connection:  # as it stood before there was sealing
        connection.execute(text("UPDATE person SET name = 'Anna', phone = NULL"))
        connection.execute(text("UPDATE contact_point SET address = public_id, address_index = NULL"))
        connection.execute(text("DELETE FROM data_key WHERE person_id IS NOT NULL"))

    assert proof_of(gone(world))["key_destroyed"] is False
