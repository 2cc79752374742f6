"""Which rest a list of medicines tells of each: the one under way, or else the next one."""

from datetime import date, timedelta

from companion.care.regimens import Regimen
from companion.db import reading, writing
from companion.reminders.schedules.pauses import PauseReason, end_pause, pause, pauses_now_or_to_come
from companion.reminders.schedules.schedule_models import RegimenPause
from tests.world import World


def test_each_medicine_tells_the_first_of_its_own_rests_that_is_not_over(world: World) -> None:
    day = timedelta(days=1)
    insulin, pill = world.prescribe(), world.prescribe(public_id="rg_pill", drug="Metformin")
    later = rest(world, insulin, world.today + 10 * day, None)
    sooner = rest(world, insulin, world.today + 3 * day, world.today + 4 * day)
    ended = rest(world, pill, world.today, world.today + day)
    with writing(world.engine) as session:
        end_pause(session, session.get_one(RegimenPause, ended), by=world.doctor, now=world.now)

    now, after_it = listed(world, [insulin, pill], world.today), listed(world, [insulin, pill], world.today + 5 * day)

    assert now == {insulin.id: sooner}
    assert after_it == {insulin.id: later}


def rest(world: World, regimen: Regimen, from_on: date, to_on: date | None) -> int:
    with writing(world.engine) as session:
        return pause(
            session, session.get_one(Regimen, regimen.id), by=world.doctor, from_on=from_on, to_on=to_on,
            reason=PauseReason.HOSPITAL, note="", today=world.today, now=world.now,
        ).id  # fmt: skip


def listed(world: World, regimens: list[Regimen], today: date) -> dict[int, int]:
    with reading(world.engine) as session:
        found = pauses_now_or_to_come(session, [each.id for each in regimens], today)
        return {regimen_id: each.id for regimen_id, each in found.items()}
