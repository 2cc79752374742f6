"""What a meter tells by Bluetooth and again in its app's export is one measurement, and a person may say otherwise."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from companion.arrivals import Typed, Upload
from companion.care.audit import AuditEntry
from companion.care.people import Person, Role
from companion.corrections import join, move, part, say_whose
from companion.db import reading, writing
from companion.devices.ingest import TypedReading
from companion.devices.models import Intake
from companion.devices.uploads import read_export
from companion.errors import BadInput
from companion.flows import assess_patient, take_in
from companion.linking import link_new
from companion.readings.amendments import Amended, Field, WhyNot, amend, amended, counted
from companion.readings.annulments import annul
from companion.readings.links import ReadingLink, count_links, find_link
from companion.readings.reading import Meal, Metric
from companion.readings.units import GlucoseUnit
from tests.world import World


def send(world: World, *rows: str, header: str = "time,glucose (mg/dL),meal") -> str:
    """Anna's app exports these rows; gives the upload."""
    content = "\n".join([header, *rows]).encode()
    report = read_export(content, zone=ZoneInfo("Europe/Berlin"), unit=None, dates=None)
    digest = hashlib.sha256(content).hexdigest()
    return take_in(world.stores, Upload.whole(world.anna.id, report, digest, world.anna), world.now).intake


def entries(world: World, patient: Person | None = None) -> list[Amended]:
    """Every glucose reading with everything said about it."""
    whose = (patient or world.anna).public_id
    far = timedelta(days=3650)
    found = world.stores.readings.between(whose, Metric.GLUCOSE, world.now - far, world.now + far)
    with reading(world.engine) as session:
        return amended(session, whose, found)


def values(world: World, patient: Person | None = None) -> list[str]:
    """Those that count, as text."""
    return [str(one.value) for one in counted(entries(world, patient))]


def only_link(world: World) -> ReadingLink:
    return world.only(ReadingLink)


@pytest.fixture
def linked(world: World) -> World:
    """120 at 10:00:20 by Bluetooth, and 10:00 in the app's export."""
    world.download(world.payloads(120, world.local("2026-03-04 10:00") + timedelta(seconds=20)))
    send(world, "2026-03-04 10:00,120,fasting")
    return world


def test_the_export_of_what_came_by_bluetooth_is_kept_and_counts_once(linked: World) -> None:
    assert values(linked) == ["120"]
    assert [entry.why_not for entry in entries(linked)] == [WhyNot.LINKED, None]
    assert only_link(linked).why == "instant"


def test_it_is_linked_whichever_came_first(world: World) -> None:
    send(world, "2026-03-04 10:00,120,")

    world.download(world.payloads(120, world.local("2026-03-04 10:00") + timedelta(seconds=20)))

    link = only_link(world)
    assert values(world) == ["120"]
    assert link.counted_device.startswith("de_")


def test_a_meal_that_only_the_export_tells_belongs_to_the_measurement(linked: World) -> None:
    assert [one.meal for one in counted(entries(linked))] == [Meal.FASTING]


def test_a_value_typed_in_before_its_meter_was_read_counts_once(world: World) -> None:
    local = world.local("2026-03-04 10:00").astimezone(world.zone).replace(tzinfo=None)
    entry = TypedReading(Metric.GLUCOSE, local, Decimal(120), GlucoseUnit.MG_DL)
    take_in(world.stores, Typed(world.anna.id, entry, world.anna), world.now)

    world.download(world.payloads(120, world.local("2026-03-04 10:00")))

    assert values(world) == ["120"]


def test_three_equal_mornings_do_not_become_six(world: World) -> None:
    world.titration()
    world.fast(150, 155, 158)
    rows = [f"{one.taken_at.astimezone(world.zone):%Y-%m-%d %H:%M},{one.value},fasting" for one in world.readings()]

    send(world, *rows)

    assert sorted(values(world)) == ["150", "155", "158"]


def test_two_records_of_one_source_are_never_linked(world: World) -> None:
    world.download([*world.payloads(120, world.now), *world.payloads(120, world.now)])

    send(world, "2026-03-04 10:30,120,", "2026-03-04 10:31,120,")

    assert values(world) == ["120", "120"]
    assert len(world.all(ReadingLink)) == 2


def test_parted_both_count_and_they_are_never_linked_again(linked: World) -> None:
    with writing(linked.engine) as session:
        link = find_link(session, linked.anna.public_id, only_link(linked).id)
        assert link is not None
        part(session, linked.anna, link, linked.anna, linked.now)
    assess_patient(linked.stores, linked.anna.id, linked.now)

    assert values(linked) == ["120", "120"]
    assert (only_link(linked).unlinked_by, only_link(linked).unlinked_at) == (linked.anna.id, linked.now)
    assert linked.all(AuditEntry)[-1].action == "readings.unlinked"


def test_put_together_again_they_count_once(linked: World) -> None:
    for act in (part, join):
        with writing(linked.engine) as session:
            link = find_link(session, linked.anna.public_id, only_link(linked).id)
            assert link is not None
            act(session, linked.anna, link, linked.anna, linked.now)

    assert values(linked) == ["120"]


def test_what_was_said_of_either_record_was_said_of_the_measurement(world: World) -> None:
    send(world, "2026-03-04 10:00,120,")
    with writing(world.engine) as session:
        by = world.anna.id
        amend(session, world.readings()[0], field=Field.EXCLUDED, new="yes", by_id=by, why="wrong", now=world.now)

    world.download(world.payloads(120, world.local("2026-03-04 10:00")))

    assert values(world) == []


def test_when_the_counted_one_is_taken_back_the_other_counts(world: World) -> None:
    upload = send(world, "2026-03-04 10:00,120,")
    local = world.local("2026-03-04 10:00").astimezone(world.zone).replace(tzinfo=None)
    entry = TypedReading(Metric.GLUCOSE, local, Decimal(120), GlucoseUnit.MG_DL)
    take_in(world.stores, Typed(world.anna.id, entry, world.anna), world.now)
    before = [one.device for one in counted(entries(world))]

    with writing(world.engine) as session:
        annul(session, world.anna.public_id, upload, world.anna.id, world.now)

    assert [device.partition(":")[0] for device in before] == ["file"]
    assert [one.device for one in counted(entries(world))] == ["typed"]


def test_linking_again_makes_nothing_more(linked: World) -> None:
    with writing(linked.engine) as session:
        session.execute(update(Intake).values(linked_at=None))

    made = link_new(linked.engine, linked.stores.readings, linked.anna.id, linked.now)

    assert made == 0
    assert len(linked.all(ReadingLink)) == 1


def test_a_link_is_made_though_the_process_died_before_it_could(world: World) -> None:
    world.download(world.payloads(120, world.local("2026-03-04 10:00")))
    upload = send(world, "2026-03-04 10:00,120,")
    with writing(world.engine) as session:
        session.execute(ReadingLink.__table__.delete())  # type: ignore[attr-defined]
        session.execute(update(Intake).where(Intake.public_id == upload).values(linked_at=None))

    link_new(world.engine, world.stores.readings, world.anna.id, world.now)

    with reading(world.engine) as session:
        assert count_links(session, world.anna.public_id, upload) == 1


# Somebody else's


@pytest.fixture
def otto(world: World) -> Person:
    """Another patient of Dr. Roth."""
    with writing(world.engine) as session:
        return world.add(session, Role.PATIENT, "Otto Gast", None)


def moved(world: World, to: Person) -> int:
    with writing(world.engine) as session:
        store = world.stores.readings
        return move(session, store, entries(world), world.anna, to, world.doctor, world.now)


def test_a_value_set_aside_stays_and_counts_no_more_until_it_is_taken_back(world: World) -> None:
    world.measure(300)
    for is_mine in (False, True):
        with writing(world.engine) as session:
            say_whose(session, world.anna, entries(world)[0], is_mine=is_mine, by=world.anna, now=world.now)
        if not is_mine:
            aside = entries(world)

    assert [entry.why_not for entry in aside] == [WhyNot.NOT_MINE]
    assert values(world) == ["300"]
    assert [e.action for e in world.all(AuditEntry)][-2:] == ["reading.set_aside", "reading.taken_back"]


def test_a_visitors_values_count_for_the_visitor_and_leave_a_trace_on_both_sides(world: World, otto: Person) -> None:
    world.measure(300)

    count = moved(world, otto)

    assert count == 1
    assert (values(world), values(world, otto)) == ([], ["300"])
    assert [entry.why_not for entry in entries(world)] == [WhyNot.MOVED]
    assert {entry.patient for entry in world.all(AuditEntry)} >= {world.anna.public_id, otto.public_id}


def test_moving_twice_or_reading_the_meter_again_adds_nothing(world: World, otto: Person) -> None:
    payloads = world.payloads(300, world.now)
    world.download(payloads)
    moved(world, otto)

    again = moved(world, otto)
    world.download(payloads)

    assert again == 0
    assert (values(world), values(world, otto)) == ([], ["300"])


def test_what_was_moved_by_mistake_is_moved_back(world: World, otto: Person) -> None:
    world.measure(300)
    moved(world, otto)

    with writing(world.engine) as session:
        store = world.stores.readings
        move(session, store, entries(world, otto), otto, world.anna, world.doctor, world.now)

    assert (values(world), values(world, otto)) == (["300"], [])


def test_a_patient_cannot_take_back_what_the_clinic_moved(world: World, otto: Person) -> None:
    world.measure(300)
    moved(world, otto)

    with writing(world.engine) as session, pytest.raises(BadInput):
        say_whose(session, world.anna, entries(world)[0], is_mine=True, by=world.anna, now=world.now)

    assert values(world) == []


def test_both_records_of_a_measurement_go_when_it_is_somebody_elses(linked: World, otto: Person) -> None:
    moved(linked, otto)

    assert (values(linked), values(linked, otto)) == ([], ["120"])
