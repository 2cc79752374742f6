"""What is counted of a small clinic: by hand, and by the database; what the engines may differ in, on both of them."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from companion.advice.models import Suggestion
from companion.care.people import Person, Role
from companion.care.tasks import Alert, AlertKind, add_alert
from companion.db import reading, writing
from companion.devices.models import Device, Intake
from companion.errors import Unavailable
from companion.kpi.counting import count
from companion.kpi.figures import Counted, ends_at, newest_day, trend_days
from companion.kpi.keeping import figures_of, keep_figures, newest_counted
from companion.kpi.models import ClinicFigure
from companion.messages.models import DeliveryState, MessageState
from companion.readings.reading import Kind, Limit, Metric, Reading
from companion.readings.store import ReadingStore
from companion.reminders.doses.dose_state import DoseState
from tests.approvals import approve_increase
from tests.messages.mail_room import put
from tests.world import World


@pytest.fixture(params=["world", "world_on_postgresql"])
def clinic(request: pytest.FixtureRequest) -> World:
    world: World = request.getfixturevalue(request.param)
    return world


def counted(world: World, until_on: date | None = None) -> dict[str, Counted]:
    found = count(world.engine, world.stores.readings, until_on or newest_day(world.now))
    assert len({figure.name for figure in found}) == len(found)
    return {figure.name: figure for figure in found}


def measure(world: World, days_ago: float, value: str | None, **changed: object) -> None:
    """One value of Anna's meter, or of another kind."""
    values: dict[str, object] = {
        "patient": world.anna.public_id,
        "metric": Metric.GLUCOSE,
        "taken_at": ends_at(newest_day(world.now)) - timedelta(days=days_ago),
        "device": "METER:1",
        "sequence": 1,
        "value": None if value is None else Decimal(value),
        "unit": "mg/dL",
        "kind": Kind.METER,
        "source": "test",
    }
    world.stores.readings.append([Reading(**values | changed)])  # type: ignore[arg-type]


def press(world: World, days_ago: float, systolic: str, diastolic: str) -> None:
    measure(
        world,
        days_ago,
        systolic,
        diastolic=Decimal(diastolic),
        metric=Metric.BLOOD_PRESSURE,
        unit="mm[Hg]",
        kind=Kind.CUFF,
        device="CUFF:1",
    )


def people(figures: dict[str, Counted], names: Iterable[str]) -> list[int]:
    return [figures[name].people for name in names]


def test_patients_are_counted_from_the_day_they_come_to_the_day_they_leave(world: World) -> None:
    with writing(world.engine) as session:
        gone = world.add(session, Role.PATIENT, "Gone", None)
        world.add(session, Role.PATIENT, "Silent", None)
    with writing(world.engine) as session:
        left_at = world.now - timedelta(days=10)
        session.execute(update(Person).where(Person.id == gone.id).values(left_at=left_at))
    newest = newest_day(world.now)

    now, before, long_ago = (counted(world, newest - timedelta(days=days)) for days in (0, 21, 70))

    assert [day["enrolled"].n for day in (now, before, long_ago)] == [2, 3, 0]


def test_who_answers_or_measures_is_active(clinic: World) -> None:
    regimen = clinic.prescribe()
    silent = counted(clinic)
    clinic.log_doses(regimen, DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED, DoseState.MISSED_UNREACHED)

    found = counted(clinic)

    assert (silent["active"].n, silent["inactive"].n) == (0, 1)
    assert (found["active"].n, found["inactive"].n) == (1, 0)
    # Of the dose yesterday no reminder got out: it does not count.
    assert found["answered"] == Counted("answered", 2, 3, 1)
    assert found["taken"] == Counted("taken", 1, 3, 1)


def test_doses_of_other_weeks_do_not_count(world: World) -> None:
    world.log_doses(world.prescribe(), *[DoseState.TAKEN] * 20)

    found = counted(world)

    assert found["taken"] == Counted("taken", 7, 7, 1)


def test_finger_stick_values_count_and_a_sensors_only_make_active(world: World) -> None:
    measure(world, 2, "120", kind=Kind.CGM, device="SENSOR:1")
    sensor = counted(world)
    for days_ago, value in [(2, "69"), (3, "70"), (4, "180"), (5, "181"), (30, "100"), (89, "100"), (95, "100")]:
        measure(world, days_ago, value)
    measure(world, 2.5, None, limit=Limit.HIGH)
    measure(world, 2.6, "10.0", unit="mmol/L")

    found = counted(world)

    assert (sensor["active"].n, sensor["readings"].n, sensor["glucose.in_range"].of) == (1, 0, 0)
    assert found["readings"] == Counted("readings", 6, 1, 1)
    assert found["glucose.in_range"] == Counted("glucose.in_range", 5, 8, 1)


def test_a_pressure_is_in_control_by_the_plan_that_runs(world: World) -> None:
    for days_ago in range(1, 7):
        for hour in (0.1, 0.11, 0.5):
            press(world, days_ago + hour, "132", "82")
    without = counted(world)
    regimen = world.prescribe(drug="Amlodipine", drug_class="dhp_ccb", unit="mg")
    world.sign_plan(
        regimen, target_low=None, target_high=None, target_systolic=Decimal(135), target_diastolic=Decimal(85)
    )
    with_plan = counted(world)
    world.sign_plan(
        regimen, target_low=None, target_high=None, target_systolic=Decimal(130), target_diastolic=Decimal(80)
    )

    stricter = counted(world)

    names = ("pressure.no_plan", "pressure.in_control", "pressure.above", "pressure.too_few")
    assert people(without, names) == [1, 0, 0, 0]
    assert people(with_plan, names) == [0, 1, 0, 0]
    assert people(stricter, names) == [0, 0, 1, 0]


def test_time_to_decision_is_from_filing_to_the_doctors_act(clinic: World) -> None:
    approve_increase(clinic)
    with writing(clinic.engine) as session:
        session.execute(update(Suggestion).values(created_at=clinic.now - timedelta(hours=3)))
    clinic.clock.advance(hours=3)

    found = counted(clinic)

    assert found["decision.median"] == Counted("decision.median", 3 * 3600, 1, 1)
    assert found["decision.p90"] == Counted("decision.p90", 3 * 3600, 1, 1)


def test_alerts_are_counted_with_those_that_somebody_acknowledged(world: World) -> None:
    made = ends_at(newest_day(world.now)) - timedelta(days=1)
    with writing(world.engine) as session:
        for number in range(3):
            add_alert(
                session,
                unique_key=f"alert {number}",
                kind=AlertKind.MISSED_DOSE,
                patient_id=world.anna.id,
                recipient_id=world.ben.id,
                now=made,
            )
        first = session.scalars(select(Alert).order_by(Alert.id)).first()
        assert first is not None
        first.acknowledged_at = made + timedelta(minutes=10)

    found = counted(world)

    assert found["alerts.sent"] == Counted("alerts.sent", 3, None, 1)
    assert found["alerts.acknowledged"] == Counted("alerts.acknowledged", 1, 3, 1)
    assert found["alerts.median"] == Counted("alerts.median", 600, 1, 1)


def test_reminders_are_counted_by_their_channel(clinic: World) -> None:
    regimen = clinic.prescribe()
    clinic.log_doses(regimen, DoseState.TAKEN, DoseState.MISSED)
    taken, missed = (clinic.local(f"2026-03-0{day} 08:00") for day in (2, 3))
    for due_at, state in ((taken, DeliveryState.DELIVERED), (missed, DeliveryState.ACCEPTED)):
        is_delivered = state is DeliveryState.DELIVERED
        put(
            clinic.engine,
            clinic.anna,
            due_at,
            state,
            unique_key=f"due:{clinic.anna.id}:{int(due_at.timestamp() * 1000)}:1",
            state=(MessageState.DELIVERED if is_delivered else MessageState.HANDED_OVER).value,
        )

    found = counted(clinic)

    ends = [found[f"delivery.twilio_sms.{end}"] for end in ("handed_over", "delivered", "answered")]
    assert [(end.n, end.of, end.people) for end in ends] == [(2, 2, 1), (1, 2, 1), (1, 2, 1)]


@pytest.mark.parametrize(
    ("days_ago", "part"),
    [(3, "devices.week"), (20, "devices.month"), (50, "devices.longer"), (None, "devices.never")],
)
def test_devices_are_counted_by_when_something_last_came_of_them(world: World, days_ago: int | None, part: str) -> None:
    if days_ago is not None:
        at = ends_at(newest_day(world.now)) - timedelta(days=days_ago)
        with writing(world.engine) as session:
            device = Device(
                public_id="d",
                patient_id=world.anna.id,
                identity="M:1",
                kind="glucose",
                name="Meter",
                first_seen_at=at,
                last_seen_at=at,
            )
            session.add(device)
            session.flush()
            intake = Intake(
                public_id="i", patient_id=world.anna.id, kind="download", device_id=device.id, received_at=at
            )
            session.add(intake)

    found = counted(world)

    names = ("devices.week", "devices.month", "devices.longer", "devices.never")
    assert people(found, names) == [int(name == part) for name in names]


def test_figures_are_counted_once_a_day_and_for_twelve_weeks_back(clinic: World) -> None:
    first = keep_figures(clinic.engine, clinic.stores.readings, clinic.now)
    again = keep_figures(clinic.engine, clinic.stores.readings, clinic.now)
    clinic.clock.advance(days=1)
    next_day = keep_figures(clinic.engine, clinic.stores.readings, clinic.now)

    newest = newest_day(clinic.now)
    with reading(clinic.engine) as session:
        there = figures_of(session, trend_days(newest))
        assert newest_counted(session) == (newest, clinic.now)
    assert (first, again, next_day) == (13, 0, 1)
    assert sorted(there) == trend_days(newest)
    assert all(any(figure.name == "enrolled" for figure in figures) for figures in there.values())


def test_while_the_readings_do_not_answer_nothing_is_kept(world: World) -> None:
    class Away:
        def __getattr__(self, _name: str) -> object:
            raise Unavailable("is away", where="readings")

    store: ReadingStore = Away()  # type: ignore[assignment]

    done = keep_figures(world.engine, store, world.now)

    with reading(world.engine) as session:
        assert (done, session.scalars(select(ClinicFigure)).all()) == (0, [])
