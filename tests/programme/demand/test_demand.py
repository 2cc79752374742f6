"""Expected refills: from one patient's packs, summed with an interval, and held against guesses that need no model."""

import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.db import reading, writing
from companion.programme.demand.expected import Standing, daily_use, expected_refills, spread_of
from companion.programme.demand.forecasting import (
    History,
    Tried,
    Verdict,
    back_test,
    forecast,
    known_weeks,
    tried,
    widening,
)
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.supply.stock import Entry, EntryKind, Use
from companion.reminders.supply.supply import NewEntry, note_entry
from companion.supplying.demand_facts import demand, this_week
from companion.supplying.demand_kept import keep_demand
from companion.supplying.demand_models import DemandForecast
from companion.supplying.packs_then import Packs, Planned
from tests.web.loop.house import House
from tests.web.page_words import words_of
from tests.world import World

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)

STANDINGS = st.builds(
    Standing,
    amount=st.floats(-50, 500),
    a_day=st.floats(0, 20),
    spread=st.floats(0.01, 20),
    pack=st.floats(1, 500),
    reserve_days=st.floats(0, 20),
)


# One patient


def test_a_refill_is_expected_in_the_week_in_which_the_reserve_is_reached() -> None:
    standing = Standing(amount=30, a_day=1, spread=0.1, pack=30, reserve_days=10)

    weeks = [round(each.mean, 2) for each in expected_refills(standing, 8)]

    assert weeks[2] == pytest.approx(1, abs=0.02)  # 20 may be used: the third week
    assert sum(weeks) == pytest.approx(2, abs=0.02)  # and thirty days later once more


def test_what_is_overdue_is_expected_now_and_what_is_not_taken_never() -> None:
    overdue = Standing(amount=2, a_day=1, spread=0.1, pack=60, reserve_days=10)
    unused = overdue._replace(a_day=0)

    assert round(expected_refills(overdue, 2)[0].mean, 3) == 1
    assert expected_refills(unused, 2)[0].mean == 0


@given(STANDINGS, st.integers(1, 8))
def test_no_week_has_less_than_none_or_a_variance_below_nothing(standing: Standing, weeks: int) -> None:
    found = expected_refills(standing, weeks)

    assert len(found) == weeks
    assert all(each.mean >= -1e-9 and -1e-9 <= each.variance <= each.mean + 1e-9 for each in found)
    assert all(math.isfinite(each.mean) for each in found)


def test_use_is_what_was_used_and_else_what_is_prescribed_by_the_share_that_is_taken() -> None:
    assert daily_use(3.0, 4.0, 0.5) == 3.0
    assert daily_use(None, 4.0, 0.5) == 2.0
    assert daily_use(None, 4.0, None) == 4.0
    assert daily_use(None, None, 0.5) is None
    assert spread_of([7, 7, 7], 1.0) == 0.1
    assert spread_of([0, 14], 1.0) == pytest.approx(math.sqrt(98 / 7))


# The clinic


def lives(patients: int, weeks: int, seed: int) -> History:
    """Patients whose packs really run out as they are used, each at a different place of theirs; they refill when the
    reserve is reached. Simulated."""
    chance = random.Random(seed)
    amounts = [chance.uniform(10, 40) for _ in range(patients)]
    standings, refills = [], []
    for _week in range(weeks):
        standings.append([Standing(amount, 1, 0.4, 30, 10) for amount in amounts])
        came = 0
        for n in range(patients):
            for _day in range(7):
                amounts[n] -= max(0.0, chance.gauss(1, 0.4))
                if amounts[n] <= 10:
                    amounts[n] += 30
                    came += 1
        refills.append(came)
    return History(standings, refills)


def waves(patients: int, weeks: int) -> History:
    """Everybody began on the same day: weeks of many refills, and weeks of none, which no mean foresees."""
    standings, refills = [], []
    amount = 30.0
    for _week in range(weeks):
        standings.append([Standing(amount, 1, 0.1, 30, 10)] * patients)
        amount -= 7
        refills.append(patients if amount <= 10 else 0)
        amount += 30 if amount <= 10 else 0
    return History(standings, refills)


def tried_of(history: History) -> list[Tried]:
    return tried(known_weeks(history), history.refills)


def test_where_packs_tell_more_than_the_past_the_forecast_is_better_and_its_interval_holds() -> None:
    tested = back_test(tried_of(waves(20, 20)))

    assert tested.verdict is Verdict.BETTER
    assert tested.error < tested.error_of_last
    assert tested.error < tested.error_of_mean


def test_where_weeks_are_all_alike_it_is_said_that_the_forecast_is_no_better() -> None:
    steady = [Tried(10 + n % 2, forecast([], 1)[0]._replace(mean=12), 10 + (n + 1) % 2, 10.5) for n in range(12)]

    assert back_test(steady).verdict is Verdict.NO_BETTER


@pytest.mark.parametrize("weeks", [0, 1, 5])
def test_with_few_weeks_nothing_is_said(weeks: int) -> None:
    assert back_test(tried_of(waves(20, weeks))).verdict is Verdict.TOO_LITTLE


def test_intervals_hold_about_as_often_as_they_say() -> None:
    tests = [back_test(tried_of(lives(30, 17, seed))) for seed in range(12)]

    share = sum(each.held for each in tests) / sum(each.weeks for each in tests)
    assert 0.7 <= share <= 0.95


def test_a_bad_past_widens_the_interval_and_a_lucky_one_does_not_narrow_it() -> None:
    history = lives(30, 12, 1)
    wrong = History(history.standings, [each + 40 for each in history.refills])

    assert widening(known_weeks(wrong), wrong.refills) > 3
    assert widening([], []) == 1
    assert forecast(history.standings[-1], 1, 3.0)[0].high > forecast(history.standings[-1], 1)[0].high


def test_a_tried_week_knows_nothing_of_itself() -> None:
    history = lives(10, 12, 3)
    changed = History(history.standings, [*history.refills[:-1], 1000])

    assert [each.forecast for each in tried_of(changed)] == [each.forecast for each in tried_of(history)]


# How packs stood then


def packs(**changed: object) -> Packs:
    """Thirty tablets came forty days ago; one was taken every day since."""
    days = [NOW - n * DAY for n in range(40, 0, -1)]
    given: dict[str, object] = {
        "drug": "Metformin",
        "unit": "tablet",
        "patient": 1,
        "reserve_days": 10,
        "entries": [Entry(NOW - 40 * DAY, EntryKind.RECEIVED, Decimal(60))],
        "uses": [Use(day, Decimal(1)) for day in days],
        "planned": [Planned(day, Decimal(1), Decimal(1)) for day in days],
        "uses_from": NOW - 200 * DAY,
    }
    return Packs(**(given | changed))  # type: ignore[arg-type]


def test_packs_stand_as_they_did_and_the_future_is_not_known() -> None:
    later = [Entry(NOW - 40 * DAY, EntryKind.RECEIVED, Decimal(60)), Entry(NOW - DAY, EntryKind.RECEIVED, Decimal(600))]

    then, before = packs().standing(NOW - 20 * DAY), packs(entries=later).standing(NOW - 20 * DAY)

    assert then == before
    assert then is not None
    assert (then.amount, then.a_day, then.pack) == (40.0, 1.0, 60.0)


def test_with_little_past_the_timetable_and_the_share_taken_tell_the_use() -> None:
    days = [NOW - n * DAY for n in range(8, 0, -1)]
    planned = [Planned(day, Decimal(2), Decimal(n % 2 * 2)) for n, day in enumerate(days)]

    found = packs(planned=planned, uses=[Use(day, Decimal(2)) for day in days[1::2]]).standing(NOW)

    assert found is not None
    assert found.a_day == pytest.approx(1.0)


def test_what_was_never_counted_came_in_no_pack_or_is_stopped_says_nothing() -> None:
    assert packs(entries=[]).standing(NOW) is None
    assert packs(stopped_at=NOW - DAY).standing(NOW) is None
    assert packs(uses_from=NOW - 10 * DAY).standing(NOW) is None
    assert packs().standing(NOW - 50 * DAY) is None
    assert packs().refills_in(NOW - 41 * DAY, NOW - 40 * DAY) == 0
    assert packs().refills_in(NOW - 40 * DAY, NOW) == 1


# From the database


def fill(world: World) -> None:
    regimen = world.prescribe(drug="Metformin", drug_class="metformin", unit="tablet", amount="1")
    world.log_doses(regimen, *[DoseState.TAKEN] * 20)
    with writing(world.engine) as session:
        at = world.now - 21 * DAY
        new = NewEntry(EntryKind.RECEIVED, Decimal(500), at, "k", packs=5, pack_size=Decimal(100))
        note_entry(session, regimen, new, by=world.anna, now=world.now)


def test_packs_and_answers_of_the_house_make_the_demand(tmp_path: Path) -> None:
    world = World(tmp_path)
    fill(world)

    with reading(world.engine) as session:
        (found,) = demand(session, world.now)

    assert (found.drug, found.patients, len(found.coming)) == ("Metformin", 1, 4)
    assert found.tried.verdict is Verdict.TOO_LITTLE
    assert found.tried.weeks >= 1
    assert this_week(world.now).isoformat() == "2026-03-02T00:00:00+00:00"


def test_the_week_is_worked_out_once_and_the_page_and_the_api_tell_what_was_kept(tmp_path: Path) -> None:
    house = House(tmp_path)
    fill(house)
    doctor = house.browser(house.doctor)

    before = words_of(doctor.get("/clinic/demand").get_data(as_text=True))
    first = keep_demand(house.engine, house.now, 1)
    again = [keep_demand(house.engine, house.now + n * DAY, 1) for n in (0, 2)]

    assert "it has not been yet" in before
    assert (first, again) == (True, [False, False])
    assert "Metformin" in words_of(doctor.get("/clinic/demand").get_data(as_text=True))
    told = doctor.get("/api/v1/demand").get_json()
    assert (told["week_of"], told["hidden"]) == ("2026-03-02", 0)
    assert told["medicines"][0]["tried"]["verdict"] == "too_little"
    assert len(told["medicines"][0]["coming"]) == 4
    assert keep_demand(house.engine, house.now + 7 * DAY, 1)


def test_a_medicine_of_few_patients_is_not_kept_and_an_empty_week_is_looked_at_anew(tmp_path: Path) -> None:
    house = House(tmp_path)
    fill(house)

    keep_demand(house.engine, house.now, 5)
    page = words_of(house.page(house.admin, "/clinic/demand"))

    assert house.all(DemandForecast) == []
    assert "1 more medicines" in page
    assert house.browser(house.anna).get("/clinic/demand").status_code == 403
    assert house.browser(house.anna).get("/api/v1/demand").status_code == 403
    assert not keep_demand(house.engine, house.now + timedelta(hours=1), 1)
    assert keep_demand(house.engine, house.now + DAY, 1)
    assert [each.drug for each in house.all(DemandForecast)] == ["Metformin"]
