"""Care links: who may see whom, for what, and from when to when."""

from datetime import timedelta

import pytest

from companion.care.consent import CareLink, Scope, end_link, find_link, link, members, patients_of
from companion.care.people import Person
from companion.db import writing
from companion.errors import BadInput
from tests.world import World


def names(people: list[Person]) -> list[str]:
    return [person.name for person in people]


def test_each_scope_has_its_own_members(world: World) -> None:
    with writing(world.engine) as session:
        found = {scope: names(members(session, world.anna.id, scope, world.now)) for scope in Scope}

    assert found == {
        Scope.CARE: ["Dr. Roth"],
        Scope.MISSED_DOSES: ["Ben Berg", "Cora Nord"],
        Scope.READINGS: ["Ben Berg"],
        Scope.MEDICINES: [],
    }


def test_a_stranger_sees_nobody(world: World) -> None:
    with writing(world.engine) as session:
        assert [patients_of(session, world.stranger.id, scope, world.now) for scope in Scope] == [[], [], [], []]


def test_an_ended_link_opens_nothing_and_is_not_deleted(world: World) -> None:
    with writing(world.engine) as session:
        running = find_link(session, world.anna.id, world.cora.id, Scope.MISSED_DOSES, world.now)
        assert running is not None
        end_link(running, world.now)

    with writing(world.engine) as session:
        assert find_link(session, world.anna.id, world.cora.id, Scope.MISSED_DOSES, world.now) is None
    assert len(world.all(CareLink, member_id=world.cora.id)) == 1


def test_a_link_ends_by_itself_on_its_day(world: World) -> None:
    with writing(world.engine) as session:
        week = world.now + timedelta(days=7)
        link(
            session,
            patient=world.anna,
            member=world.stranger,
            scope=Scope.READINGS,
            noted_by=world.doctor,
            now=world.now,
            ends_at=week,
        )
        before = names(members(session, world.anna.id, Scope.READINGS, week - timedelta(seconds=1)))
        after = names(members(session, world.anna.id, Scope.READINGS, week))

    assert (before, after) == (["Ben Berg", "Dirk Fremd"], ["Ben Berg"])


def test_a_link_that_runs_is_kept_when_it_is_given_again(world: World) -> None:
    with writing(world.engine) as session:
        link(
            session,
            patient=world.anna,
            member=world.ben,
            scope=Scope.READINGS,
            noted_by=world.doctor,
            now=world.now,
        )

    assert len(world.all(CareLink, member_id=world.ben.id, scope="readings")) == 1


@pytest.mark.parametrize(
    ("who", "scope"),
    [
        ("ben", Scope.CARE),
        ("ben", Scope.MEDICINES),
        ("doctor", Scope.READINGS),
        ("doctor", Scope.MISSED_DOSES),
        ("anna", Scope.READINGS),
    ],
)
def test_nobody_is_given_what_does_not_fit_their_role(world: World, who: str, scope: Scope) -> None:
    member: Person = getattr(world, who)

    with pytest.raises(BadInput), writing(world.engine) as session:
        link(session, patient=world.anna, member=member, scope=scope, noted_by=world.doctor, now=world.now)
