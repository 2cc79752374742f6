"""A device is read as it wakes, and not again and again while it stays awake."""

from companion.hub.rests import AGAIN_AFTER_FAILURE_S, STAYS_AWAKE_S, WOKE_AFTER_S, Rests

METER = "AA:01"


def read_at(uptime: float, *, went_well: bool = True) -> Rests:
    rests = Rests()
    rests.hear(METER, uptime)
    rests.note_read(METER, uptime, went_well=went_well)
    return rests


def test_a_device_that_is_heard_for_the_first_time_is_read() -> None:
    assert Rests().hear(METER, 5.0)


def test_one_that_stays_awake_is_left_alone() -> None:
    rests = read_at(0)

    assert not any(rests.hear(METER, second) for second in range(1, 600))


def test_one_that_stays_awake_for_a_quarter_of_an_hour_is_read_again() -> None:
    rests = read_at(0)
    heard = [rests.hear(METER, second) for second in range(1, int(STAYS_AWAKE_S) + 1)]

    assert heard.index(True) == STAYS_AWAKE_S - 1


def test_one_that_slept_and_woke_is_read_at_once() -> None:
    rests = read_at(0)

    assert rests.hear(METER, WOKE_AFTER_S)


def test_one_that_slept_is_still_due_at_its_next_call() -> None:
    rests = read_at(0)
    rests.hear(METER, WOKE_AFTER_S)

    assert rests.hear(METER, WOKE_AFTER_S + 1)


def test_after_a_failure_it_is_tried_again_after_a_minute() -> None:
    rests = read_at(0, went_well=False)
    heard = [rests.hear(METER, second) for second in range(1, int(AGAIN_AFTER_FAILURE_S) + 1)]

    assert heard.index(True) == AGAIN_AFTER_FAILURE_S - 1


def test_each_device_rests_for_itself() -> None:
    rests = read_at(0)

    assert rests.hear("AA:02", 1.0)
