"""Whole days, told by what left the house: the clock is moved beat by beat, and the outbox is read at the end."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from companion.advice.models import Suggestion
from companion.care.tasks import Alert, Task
from companion.care.teach_back import Then
from companion.reminders.doses.models import Dose
from tests.approvals import say
from tests.world import FASTING, World

STEP = timedelta(minutes=5)


def at(world: World, local: str) -> None:
    """Lives through the time until then, beat by beat."""
    world.beat_until(world.local(local), STEP)


def story(world: World) -> list[str]:
    """Who got which text when, on Anna's wall; each text by its first words."""
    names = {person.phone: person.name.split()[0] for person in (world.anna, world.ben, world.cora)}
    return [
        f"{said.at.astimezone(world.zone):%d %H:%M} {names[said.to]}: {' '.join(said.text.split()[:6])}"
        for said in world.outbox
    ]


def doses_of_night(world: World, day: str) -> list[tuple[str, str, str]]:
    """Wall time, instant in UTC and state of the doses of that local day."""
    doses = sorted(world.all(Dose), key=lambda dose: dose.due_at)
    return [(d.local_time, f"{d.due_at:%d %H:%M}", d.state) for d in doses if d.local_on.isoformat() == day]


@pytest.mark.slow
def test_a_day_with_an_answer_a_low_a_missed_dose_and_a_late_answer(tmp_path: Path) -> None:
    world = World(tmp_path, starts_at=datetime.fromisoformat("2026-03-04T04:00Z"))
    world.sign_instructions()
    world.prescribe(times=("08:00", "20:00"))

    at(world, "2026-03-04 08:10")
    world.text("1")
    at(world, "2026-03-04 15:00")
    world.measure(50)
    at(world, "2026-03-04 15:15")
    world.measure(85)
    at(world, "2026-03-04 20:05")
    world.text("2")
    at(world, "2026-03-04 21:40")
    world.text("3")
    at(world, "2026-03-05 06:00")

    assert story(world) == [
        "04 08:00 Anna: Time for your 08:00 medicine. Reply",
        "04 08:15 Anna: Noted: 08:00 taken.",
        "04 15:05 Anna: Your sugar is too low. Take",
        "04 15:05 Ben: Anna: sugar too low. Give 15",
        "04 20:00 Anna: Time for your 20:00 medicine. Reply",
        "04 20:10 Anna: Noted: we will remind you of",
        "04 20:20 Anna: Time for your 20:00 medicine. Reply",
        "04 21:05 Ben: Anna has not confirmed the 20:00",
        "04 21:05 Cora: Anna has not confirmed the 20:00",
        "04 21:45 Ben: Anna has answered now: the 20:00",
        "04 21:45 Cora: Anna has answered now: the 20:00",
        "04 21:45 Anna: Noted late: 20:00 skipped. If that",
    ]
    assert [task.kind for task in world.all(Task)] == ["urgent_reading"]
    assert {alert.state for alert in world.all(Alert) if alert.dose_id} == {"closed"}


@pytest.mark.slow
def test_two_days_from_high_mornings_to_a_changed_dose(tmp_path: Path) -> None:
    world = World(tmp_path, starts_at=datetime.fromisoformat("2026-03-04T05:00Z"))
    world.titration()
    world.download(world.fasting_payloads(150, 155))

    at(world, "2026-03-04 08:05")
    world.text("1")
    world.download(
        world.payloads(152, world.now - timedelta(days=2), FASTING) + world.payloads(158, world.now, FASTING)
    )
    at(world, "2026-03-04 14:00")
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))
    at(world, "2026-03-05 08:10")
    assert say(world, "18") is Then.CONFIRMED
    world.text("1")
    at(world, "2026-03-06 08:00")

    assert story(world) == [
        "04 08:00 Anna: Time for your 08:00 medicine. Reply",
        "04 08:10 Anna: Noted: 08:00 taken.",
        "04 14:05 Anna: Dr Roth has changed one of",
        "05 08:00 Anna: Your 08:00 medicine: dose changed, check",
        "05 08:15 Anna: Noted: 08:00 taken.",
        "06 08:00 Anna: Time for your 08:00 medicine. Reply",
    ]
    amounts = {dose.local_on.day: int(dose.amount) for dose in world.all(Dose) if dose.local_on.day in (4, 5, 6)}
    assert amounts == {4: 16, 5: 16, 6: 18}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "evening", "morning", "times", "day", "doses"),
    [
        pytest.param(
            "America/New_York",
            "2026-03-07 22:00",
            "2026-03-08 09:00",
            ("02:30", "08:00"),
            "2026-03-08",
            [("02:30", "08 07:30", "missed"), ("08:00", "08 12:00", "taken")],
            id="new_york_forward",
        ),
        pytest.param(
            "America/New_York",
            "2026-10-31 22:00",
            "2026-11-01 09:00",
            ("01:30", "08:00"),
            "2026-11-01",
            [("01:30", "01 05:30", "missed"), ("08:00", "01 13:00", "taken")],
            id="new_york_back",
        ),
        pytest.param(
            "Africa/Cairo",
            "2026-04-23 21:00",
            "2026-04-24 09:00",
            ("00:30", "08:00"),
            "2026-04-24",
            [("00:30", "23 22:30", "missed"), ("08:00", "24 05:00", "taken")],
            id="cairo_forward_at_midnight",
        ),
        pytest.param(
            "Africa/Cairo",
            "2026-10-29 21:00",
            "2026-10-30 09:00",
            ("00:30", "08:00"),
            "2026-10-30",
            [("00:30", "29 22:30", "missed"), ("08:00", "30 06:00", "taken")],
            id="cairo_back_at_midnight",
        ),
    ],
)
def test_a_night_in_which_the_clocks_change(
    tmp_path: Path,
    zone: str,
    evening: str,
    morning: str,
    times: tuple[str, ...],
    day: str,
    doses: list[tuple[str, str, str]],
) -> None:
    starts_at = datetime.fromisoformat("2026-01-01T12:00Z")
    world = World(tmp_path, starts_at=starts_at, zone=zone)
    world.clock.instant = world.local(evening)
    world.prescribe(times=times, days_ago=1)

    at(world, f"{day} 08:10")
    world.text("1")
    at(world, morning)

    assert doses_of_night(world, day) == doses
    night, eight = times
    assert [said.text.split()[3] for said in world.outbox if said.text.startswith("Time")] == [night, eight]
    assert [said.to for said in world.outbox if "not confirmed" in said.text] == [world.ben.phone, world.cora.phone]
    missed = next(said.at for said in world.outbox if "not confirmed" in said.text)
    reminded = next(said.at for said in world.outbox if said.text.startswith("Time"))
    assert timedelta(hours=1) < missed - reminded <= timedelta(hours=1) + STEP
