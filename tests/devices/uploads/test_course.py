"""The way the times of a stream go, told value by value."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads.course import Course

TIMES = st.lists(st.none() | st.integers(0, 50))


def course_of(times: list[int | None]) -> Course:
    course = Course()
    for time in times:
        course.move_to(time)
    return course


@given(TIMES)
def test_a_course_reaches_from_the_earliest_time_to_the_latest(times: list[int | None]) -> None:
    known = [time for time in times if time is not None]

    course = course_of(times)

    assert course.place == len(times)
    assert course.last == max(known, default=-1)
    assert not known or course.first == min(known)


@given(TIMES)
def test_newest_first_is_more_falls_than_rises(times: list[int | None]) -> None:
    known = [time for time in times if time is not None]
    falls = sum(after < before for before, after in pairwise(known))
    rises = sum(after > before for before, after in pairwise(known)) + bool(known)

    assert course_of(times).is_newest_first == (falls > rises)


@given(TIMES)
def test_a_later_time_may_be_noted_right_there(times: list[int | None]) -> None:
    course = Course()
    for time in times:
        if time is not None and time > course.previous:
            course.previous, course.place = time, course.place + 1
        else:
            course.move_to(time)

    usual = course_of(times)

    assert (course.first, course.last, course.place) == (usual.first, usual.last, usual.place)
    assert course.is_newest_first == usual.is_newest_first
