"""What people wrote: sealed in the database, read as they wrote it, and gone or kept as the law has it."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.models import Review
from companion.care.consent import Scope
from companion.care.contact_models import ContactPoint, Kind
from companion.care.contacts import add_contact
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.care.sharing import ask_to_share
from companion.care.tasks import Task
from companion.db import writing
from companion.devices.uploaded_files import UploadedFile
from companion.erasing.erase import Places, erase
from companion.messages.models import Delivery
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Skipped
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.supply.stock import EntryKind
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.reminders.supply.supply_models import SupplyEntry
from companion.sealing import older_texts
from tests.advice.waiting import waiting
from tests.keys import from_before
from tests.world import World

REMARK, REASON = "it fell behind the stove", "she eats with her sister now"


def skip_a_dose(world: World) -> None:
    """Anna says why, in her words."""
    world.prescribe(times=("10:35",))
    world.clock.advance(minutes=10)
    world.beat()
    dose = world.all(Dose)[0]
    with writing(world.engine) as session:
        answer_dose(session, dose.id, Skipped("other", REMARK), actor_id=world.anna.id, via="page", now=world.now)


def reject(world: World) -> None:
    """The doctor says why, in theirs."""
    suggestion = waiting(world)
    world.decide(suggestion, world.act(suggestion, Decision.REJECTED, code=Rejection.RISK_OF_LOWS, reason=REASON))


def in_the_files(world: World, words: str) -> bool:
    return any(words.encode() in path.read_bytes() for path in world.folder.glob("companion.db*"))


def test_what_a_patient_wrote_about_a_dose_is_read_by_people_and_not_in_the_database(world: World) -> None:
    skip_a_dose(world)

    said = [world.only(DoseEvent, event="skipped").remark, *(dose.remark for dose in world.all(Dose, state="skipped"))]

    assert said == [REMARK, REMARK]
    assert not in_the_files(world, REMARK)


def test_what_a_doctor_wrote_is_not_in_the_database_either(world: World) -> None:
    reject(world)

    assert world.only(Review).reason == REASON
    assert {each.reason for each in world.all(RegimenRevision)} == {"as agreed"}
    assert not in_the_files(world, REASON)
    assert not in_the_files(world, "as agreed")


def test_nor_what_was_sent(world: World) -> None:
    world.prescribe(times=("10:35",))
    world.clock.advance(minutes=10)
    (said,) = world.beat()

    sent = world.only(Delivery)

    assert sent.sent_text in (None, said.text)
    assert not in_the_files(world, said.text)


def test_nor_whom_a_patient_wants_to_let_see_what_they_call_things_and_why_a_pack_is_gone(world: World) -> None:
    regimen = world.prescribe()
    words = ["my daughter Li Na", "the telephone in the kitchen", "it fell into the river"]
    with writing(world.engine) as session:
        anna, taken = session.get_one(Person, world.anna.id), session.get_one(Regimen, regimen.id)
        ask_to_share(session, anna, words[0], {Scope.READINGS}, world.now)
        add_contact(session, anna, Kind.EMAIL, "anna@example.org", now=world.now, label=words[1])
        lost = NewEntry(EntryKind.LOST, Decimal(1), world.now, "a pack", reason=words[2])
        note_entry(session, taken, lost, by=anna, now=world.now)

    asked, address, entry = world.only(Task), world.only(ContactPoint, kind="email"), world.only(SupplyEntry)

    assert [asked.words, address.label, entry.reason] == words
    assert not any(in_the_files(world, each) for each in words)


def test_what_a_page_shows_of_a_file_from_before_is_sealed_though_it_is_json(world: World) -> None:
    told = from_before(UploadedFile.preview_text, '{"people": 1}')
    with writing(world.engine) as session:
        whose = {"patient_id": world.anna.id, "sha256": "0" * 64, "size": 1, "sent_at": world.now}
        session.add(UploadedFile(public_id="uf", filename="", state="seen", preview_text=told, **whose))
    before = world.only(UploadedFile).preview

    sealed = sum(older_texts.steps(world.engine, world.clock))

    assert sealed == 1
    assert before == world.only(UploadedFile).preview == {"people": 1}
    assert not in_the_files(world, '"people"')


def test_the_reason_of_an_approval_outlives_the_key_of_whom_it_is_about(world: World) -> None:
    reject(world)

    erase(Places(world.stores, world.services.originals), world.anna.public_id, by="c", now=world.now, keep_years=15)

    assert world.only(Review).reason == REASON


@pytest.mark.parametrize(("table", "is_left"), [("dose", False), ("dose_event", True)])
def test_what_is_from_before_is_sealed_where_it_is_no_history(world: World, table: str, is_left: bool) -> None:
    skip_a_dose(world)
    with world.engine.begin() as connection:
        if is_left:
            connection.execute(text("DROP TRIGGER dose_event_unchanged"))
        connection.execute(text(f"UPDATE {table} SET remark = 'from before' WHERE remark IS NOT NULL"))

    sealed = sum(older_texts.steps(world.engine, world.clock))

    assert sealed == (0 if is_left else 1)
    assert in_the_files(world, "from before") is is_left
