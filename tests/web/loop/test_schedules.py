"""Schedules behind their pages: every kind of rule is written, a medicine rests, is taken as needed, and travels."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from click.testing import CliRunner

from companion.care.people import Role
from companion.care.regimens import Regimen
from companion.care.tasks import Task
from companion.cli import companion
from companion.db import writing
from companion.reminders.doses.models import Dose
from companion.reminders.schedules.schedule_models import AsNeededIntake, RegimenPause, ZoneMove
from tests.people import PASSWORD
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, problem

NEW = {
    "drug": "Something", "drug_class": "other", "unit": "tablet", "food": "after", "amount": "1",
    "start_on": "2026-03-04", "grace_minutes": "60", "reason": "as agreed",
}  # fmt: skip
PRN = {"kind": "prn", "max_per_24h": 3, "min_gap_minutes": 240}

WRITTEN: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({"kind": "daily", "times": "8:00 20:00", "amounts": "2 1"},
     {"kind": "daily", "times": ["08:00", "20:00"], "amounts": ["2", "1"]},
     "每天 08:00 2 片、20:00 1 片，饭后"),
    ({"kind": "daily", "times": "8:00 20:00"}, {"kind": "daily", "times": ["08:00", "20:00"]}, "每天早晚各 1 片，饭后"),
    ({"kind": "every_n_days", "n": "3", "times": "08:00"}, {"kind": "every_n_days", "n": 3, "times": ["08:00"]},
     "1 tablet morning, every 3 days, after food"),
    ({"kind": "days_of_month", "month_days": "1 15", "times": "08:00"},
     {"kind": "days_of_month", "days": [1, 15], "times": ["08:00"]}, "each month on day 1 and 15"),
    ({"kind": "cycle", "on": "21", "off": "7", "times": "20:00"},
     {"kind": "cycle", "on": 21, "off": 7, "times": ["20:00"]}, "21 days on, then 7 days off"),
    ({"kind": "interval", "hours": "8", "first_at": "2026-03-04T14:00"},
     {"kind": "interval", "hours": 8, "anchor": "2026-03-04T13:00:00Z"}, "every 8 hours, by day and by night"),
    ({"kind": "window", "opens": "08:00", "closes": "20:00", "every_minutes": "120"},
     {"kind": "window", "from": "08:00", "to": "20:00", "every_minutes": 120}, "every 2 hours from 08:00 to 20:00"),
    ({"kind": "taper", "amount": "", "steps": "7 4 08:00 20:00\n3 1 08:00"},
     {"kind": "taper", "steps": [{"days": 7, "amount": "4", "times": ["08:00", "20:00"]},
                                 {"days": 3, "amount": "1", "times": ["08:00"]}]}, "for 7 days, then 1 tablet morning"),
    ({"kind": "prn", "max_per_24h": "4", "min_gap_minutes": "240"},
     {"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240}, "at least 4 hours apart"),
    ({"kind": "after_taken", "hours": "12"}, {"kind": "after_taken", "hours": 12}, "after the last one was taken"),
    ({"kind": "linked", "minutes": "30", "other": "rg_insulin"},
     {"kind": "linked", "minutes": 30, "to": "rg_insulin"}, "30 minutes after Glargine was taken"),
]  # fmt: skip


def medicines(house: House) -> str:
    return f"/clinic/patients/{house.anna.public_id}/medicines"


@pytest.mark.parametrize(("typed", "rule", "words"), WRITTEN, ids=lambda value: str(value)[:24])
def test_every_kind_of_rule_is_shown_in_words_and_then_prescribed(
    house: House, typed: dict[str, str], rule: dict[str, Any], words: str
) -> None:
    house.prescribe()
    doctor = house.browser(house.doctor)

    shown = doctor.send(f"{medicines(house)}/new?kind={typed['kind']}", NEW | typed)
    written = doctor.send(f"{medicines(house)}/new?kind={typed['kind']}", NEW | typed | {"step": "prescribe"})

    assert words in unescape(shown.get_data(as_text=True))
    assert written.status_code == 302
    new = house.all(Regimen)[-1]
    assert new.revisions[-1].rule == rule
    form = house.page(house.doctor, f"{medicines(house)}/{new.public_id}")
    assert f'name="kind" value="{typed["kind"]}"' in form


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "window", "opens": "20:00", "closes": "08:00", "every_minutes": "60"}, "closes"),
        ({"kind": "window", "opens": "00:00", "closes": "23:59", "every_minutes": "1"}, "every_minutes"),
        ({"kind": "daily", "times": " ".join(["08:00"] * 10_000)}, "times"),
        ({"kind": "daily", "times": "08:00 20:00", "amounts": "1"}, "amounts"),
        ({"kind": "every_n_days", "n": "", "times": "08:00"}, "n"),
        ({"kind": "days_of_month", "month_days": "32", "times": "08:00"}, "month_days"),
        ({"kind": "interval", "hours": "0.001", "first_at": "2026-03-04T14:00"}, "hours"),
        ({"kind": "interval", "hours": "8", "first_at": ""}, "first_at"),
        ({"kind": "taper", "steps": "seven days four"}, "steps"),
        ({"kind": "prn", "max_per_24h": "", "min_gap_minutes": "0"}, "max_per_24h"),
        ({"kind": "linked", "minutes": "30", "other": "rg_nobody"}, "other"),
        ({"kind": "magic"}, "kind"),
        ({"kind": "daily", "times": "08:00", "amount": ""}, "amount"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_nobody_can_follow_is_said_at_its_field(house: House, typed: dict[str, str], field: str) -> None:
    answer = house.browser(house.doctor).send(f"{medicines(house)}/new", NEW | typed | {"step": "prescribe"})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    assert house.all(Regimen) == []


def test_a_change_of_a_day_to_come_is_announced_and_the_present_dose_stays(house: House) -> None:
    regimen = house.prescribe()
    form = NEW | {"kind": "daily", "times": "09:00", "start_on": "2026-03-09", "seen": "1", "step": "prescribe"}

    house.browser(house.doctor).send(f"{medicines(house)}/{regimen.public_id}", form)

    assert house.only(Regimen).revisions[-1].effective_at == house.local("2026-03-09 00:00")
    page = house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}")
    assert "16 units every morning" in page
    assert "changes on Mar 9, 2026" in page


def test_a_doctor_lets_all_medicines_rest_and_ends_the_rest_of_one(house: House) -> None:
    first, second = house.prescribe(), house.prescribe(public_id="rg_2")
    doctor = house.browser(house.doctor)

    doctor.send(
        f"{medicines(house)}/{first.public_id}/rest", {"from_on": "2026-03-05", "reason": "hospital", "every": "yes"}
    )
    doctor.send(
        f"{medicines(house)}/{second.public_id}/rest/end", seen_on=f"{medicines(house)}/{second.public_id}/rest"
    )
    house.beat()

    assert [pause.ended_at for pause in house.all(RegimenPause)] == [None, house.now]
    assert {dose.note for dose in house.all(Dose, regimen_id=first.id)} == {"paused"}
    assert {dose.state for dose in house.all(Dose, regimen_id=second.id)} == {"planned"}
    assert "until the clinic says otherwise" in house.page(house.anna, "/medicines")


def test_a_patient_who_asks_for_a_rest_makes_a_task_and_nothing_rests(house: House) -> None:
    regimen = house.prescribe()
    form = {"from_on": "2026-03-05", "to_on": "2026-03-08", "reason": "holiday"}

    answer = house.browser(house.anna).send(f"/medicines/{regimen.public_id}/rest", form)

    assert answer.status_code == 302
    task = house.only(Task)
    assert (task.kind, task.details["from"], task.details["to"]) == ("pause_asked", "2026-03-05", "2026-03-08")
    assert house.all(RegimenPause) == []


@pytest.mark.parametrize(
    ("first", "last", "field"), [("2026-03-01", "", "from_on"), ("2026-03-09", "2026-03-08", "to_on")]
)
def test_impossible_days_of_a_rest_are_said_at_their_field(house: House, first: str, last: str, field: str) -> None:
    regimen = house.prescribe()
    form = {"from_on": first, "to_on": last, "reason": "holiday"}

    answer = house.browser(house.doctor).send(f"{medicines(house)}/{regimen.public_id}/rest", form)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)


def test_what_is_taken_as_needed_is_written_down_refused_too_soon_and_kept_anyway(house: House) -> None:
    regimen = house.prescribe(rule=PRN, unit="tablet", amount="1")
    anna = house.browser(house.anna)
    address = f"/medicines/{regimen.public_id}/intake"

    for told in ({}, {}, {"anyway": "yes"}):
        anna.send(address, told, seen_on="/medicines")

    assert [intake.against for intake in house.all(AsNeededIntake)] == [None, "too_soon"]
    page = house.page(house.anna, "/medicines")
    assert "The next one is allowed from Wed, Mar 4 14:30" in page
    assert "more than allowed" in page


def test_an_intake_as_needed_is_taken_back(house: House) -> None:
    regimen = house.prescribe(rule=PRN, unit="tablet", amount="1")
    anna = house.browser(house.anna)
    anna.send(f"/medicines/{regimen.public_id}/intake", {}, seen_on="/medicines")

    anna.send(f"/medicines/intakes/{house.only(AsNeededIntake).public_id}/undo", {}, seen_on="/medicines")

    assert house.only(AsNeededIntake).undone_at == house.now


def test_nobody_else_takes_anything_in_her_name_or_takes_it_back(house: House) -> None:
    regimen = house.prescribe(rule=PRN, unit="tablet", amount="1")
    house.browser(house.anna).send(f"/medicines/{regimen.public_id}/intake", {}, seen_on="/medicines")
    with writing(house.engine) as session:
        neighbour = house.add(session, Role.PATIENT, "Karl", None)
    house.give_login(neighbour, "karl")
    places = (
        f"/medicines/{regimen.public_id}/intake",
        f"/medicines/intakes/{house.only(AsNeededIntake).public_id}/undo",
    )

    answers = [house.browser(who).send(place, {}, seen_on="/account").status_code for who in (neighbour, house.stranger)
               for place in places]  # fmt: skip

    assert answers == [404, 404, 403, 403]
    assert house.only(AsNeededIntake).undone_at is None


def test_a_journey_is_proposed_with_its_times_and_follows_the_patients_yes(house: House) -> None:
    house.prescribe()
    house.beat()
    anna = house.browser(house.anna)

    anna.send("/travel/propose", {"zone": "Asia/Shanghai"}, seen_on="/travel")
    proposed = house.page(house.anna, "/travel")
    anna.send("/travel/decide", {"zone": "Asia/Shanghai", "answer": "yes"}, seen_on="/travel")

    assert "Shall your times follow the clock of Asia/Shanghai?" in proposed
    assert proposed.count("08:00</li>") == 3
    assert house.only(ZoneMove).state == "applied"
    assert "Your times follow the clock of Asia/Shanghai" in house.page(house.anna, "/travel")


def test_the_page_of_today_tells_of_a_journey(house: House) -> None:
    anna = house.browser(house.anna)
    before = house.page(house.anna, "/today")

    anna.send("/travel/propose", {"zone": "Asia/Shanghai"}, seen_on="/travel")
    proposed = house.page(house.anna, "/today")
    anna.send("/travel/decide", {"zone": "Asia/Shanghai", "answer": "yes"}, seen_on="/travel")

    assert 'id="away" data-zone="Europe/Berlin" hidden' in before
    assert "Your times may follow another clock." in proposed
    assert "Your times follow the clock of Asia/Shanghai" in house.page(house.anna, "/today")


def test_a_move_that_was_not_shown_is_not_confirmed(house: House) -> None:
    anna = house.browser(house.anna)
    anna.send("/travel/propose", {"zone": "Asia/Shanghai"}, seen_on="/travel")

    answer = anna.send("/travel/decide", {"zone": "Asia/Tokyo", "answer": "yes"}, seen_on="/travel")

    assert answer.status_code == 412
    assert house.only(ZoneMove).state == "proposed"


def test_a_patient_chooses_the_times_of_home_and_is_asked_nothing_more(house: House) -> None:
    anna = house.browser(house.anna)
    anna.send("/travel/mode", {"mode": "home"}, seen_on="/travel")

    anna.send("/travel/propose", {"zone": "Asia/Shanghai"}, seen_on="/travel")

    assert house.all(ZoneMove) == []
    assert anna.send("/travel/mode", {"mode": "magic"}, seen_on="/travel").status_code == 400


# By API


def rules(house: House) -> str:
    return f"/patients/{house.anna.public_id}/rules:preview"


def test_the_api_says_a_rule_in_both_languages_with_its_next_times(house: House) -> None:
    body = {"rule": {"kind": "daily", "times": ["08:00", "20:00"]}, "amount": "1", "unit": "tablet", "food": "after"}

    answer = Program(house, house.doctor).post(rules(house), body)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "words": {"en": "1 tablet every morning and evening, after food", "zh": "每天早晚各 1 片，饭后"},
        "next_times": ["2026-03-04T20:00:00+01:00", "2026-03-05T08:00:00+01:00", "2026-03-05T20:00:00+01:00"],
    }


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"kind": "window", "from": "20:00", "to": "08:00", "every_minutes": 60}, "/rule.to"),
        ({"kind": "daily", "times": ["08:00"] * 10_000}, "/rule.times"),
        ({"kind": "interval", "hours": 0.1, "anchor": "2026-03-01T06:00:00Z"}, "/rule.hours"),
        ({"kind": "magic"}, "/rule.kind"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_api_refuses_an_impossible_rule_at_its_field(house: House, rule: dict[str, Any], pointer: str) -> None:
    answer = Program(house, house.doctor).post(rules(house), {"rule": rule, "amount": "1", "unit": "tablet"})

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_the_api_keeps_an_intake_once_and_refuses_one_too_soon(house: House) -> None:
    regimen = house.prescribe(rule=PRN, unit="tablet", amount="1")
    address = f"/patients/{house.anna.public_id}/medicines/{regimen.public_id}/intakes"
    program = Program(house, house.anna)

    kept = [program.post(address, {}, Idempotency_Key="one").status_code for _ in range(2)]
    refused = program.post(address, {})

    assert kept == [201, 201]
    assert problem(refused) == (409, "too_soon")
    assert refused.get_json()["allowed_from"] == (house.now + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S+01:00")
    assert house.only(AsNeededIntake).amount == Decimal(1)


# By command


def run(house: House, *arguments: str) -> Any:
    return CliRunner().invoke(companion, ["regimen", *arguments], input=PASSWORD + "\n", env=house.environment)


def test_a_medicine_rests_and_is_taken_again_by_command(house: House) -> None:
    regimen = house.prescribe()
    by = ("--by", house.doctor.public_id)

    paused = run(house, "pause", regimen.public_id, *by, "--reason", "hospital")
    again = run(house, "pause", regimen.public_id, *by, "--reason", "hospital")
    resumed = run(house, "resume", regimen.public_id, *by)

    assert (paused.exit_code, resumed.exit_code) == (0, 0), paused.output
    assert "rests then already" in str(again.exception)
    assert house.only(RegimenPause).ended_by == house.doctor.id


def test_a_rule_with_amounts_is_prescribed_by_command_without_an_amount(house: House) -> None:
    told = (
        "add", "--patient", house.anna.public_id, "--by", house.doctor.public_id, "--drug", "A", "--class", "other",
        "--unit", "tablet", "--reason", "x", "--rule", '{"kind":"daily","times":["20:00","08:00"],"amounts":["1","2"]}',
    )  # fmt: skip

    result = run(house, *told)

    assert result.exit_code == 0, result.output
    assert house.only(Regimen).revisions[0].amount == Decimal(2)


def test_a_rule_nobody_can_follow_is_refused_by_command(house: House) -> None:
    told = (
        "add", "--patient", house.anna.public_id, "--by", house.doctor.public_id, "--drug", "A", "--class", "other",
        "--unit", "tablet", "--reason", "x", "--amount", "1",
        "--rule", '{"kind":"window","from":"00:00","to":"23:59","every_minutes":1}',
    )  # fmt: skip

    result = run(house, *told)

    assert "rule.every_minutes" in str(result.exception)
    assert house.all(Regimen) == []


def test_a_move_is_proposed_by_command_with_its_next_times(house: House) -> None:
    house.prescribe()
    told = ["people", "move", "--patient", house.anna.public_id, "--zone"]

    proposed = CliRunner().invoke(companion, [*told, "Asia/Shanghai"], env=house.environment)
    unknown = CliRunner().invoke(companion, [*told, "Mars/Olympus"], env=house.environment)

    assert proposed.exit_code == 0, proposed.output
    assert proposed.output.startswith("Anna Berg: proposed\nrg_insulin  ")
    assert house.only(ZoneMove).to_zone == "Asia/Shanghai"
    assert "is not a time zone" in str(unknown.exception)
