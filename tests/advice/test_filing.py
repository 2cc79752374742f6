"""What a run of a plan leaves behind: one waiting suggestion at most, and the newest outcome to look at."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from companion.advice.filing import SuggestionState, close, find_pending
from companion.advice.models import ProtocolRun, Suggestion
from companion.care.due_work import DueWork, WorkKind
from companion.db import writing
from tests.world import World


@pytest.fixture
def waiting(world: World) -> Suggestion:
    """16 → 18 U waits for a doctor."""
    world.titration()
    world.fast(150, 155, 158)
    return world.only(Suggestion)


def test_a_suggestion_keeps_a_copy_of_what_it_was_made_from(world: World, waiting: Suggestion) -> None:
    assert waiting.evidence["case"]["patient"]["weight_kg"] == "80"
    assert [reading["mg_dl"] for reading in waiting.evidence["case"]["glucose"]] == ["150", "155", "158"]
    assert len(waiting.evidence["outcome"]["gates"]) == 15
    assert waiting.registry_hash == world.stores.registry.digest
    assert waiting.digest == world.evidence(waiting).digest


def test_the_digest_stays_while_nothing_changes_and_moves_with_anything_that_does(
    world: World, waiting: Suggestion
) -> None:
    world.clock.advance(minutes=10)
    unchanged = world.evidence(waiting).digest

    world.measure(120)

    assert unchanged == waiting.digest != world.evidence(waiting).digest


def test_the_database_keeps_a_second_suggestion_for_one_medicine_from_waiting(
    world: World, waiting: Suggestion
) -> None:
    copied = {c.name: getattr(waiting, c.name) for c in Suggestion.__table__.columns if c.name != "id"}

    with pytest.raises(IntegrityError), writing(world.engine) as session:
        session.add(Suggestion(**copied | {"public_id": "su_second"}))


@pytest.mark.parametrize("end", [SuggestionState.EXPIRED, SuggestionState.SUPERSEDED, SuggestionState.WITHDRAWN])
def test_a_suggestion_that_ended_waits_no_longer_and_ends_once(
    world: World, waiting: Suggestion, end: SuggestionState
) -> None:
    world.clock.advance(hours=1)

    with writing(world.engine) as session:
        first = close(session, waiting.id, end, world.now)
        again = close(session, waiting.id, SuggestionState.EXPIRED, world.now + timedelta(hours=1))
        still_waits = find_pending(session, waiting.regimen_id)

    ended = world.only(Suggestion)
    assert (first, again, still_waits) == (True, False, None)
    assert (ended.state, ended.decided_at) == (end, world.now)
    assert world.all(DueWork, kind=WorkKind.SUGGESTION.value) == []


def test_a_run_that_proposes_nothing_is_kept_with_its_reasons(world: World) -> None:
    world.titration()

    world.fast(100, 105, 110)

    with writing(world.engine) as session:
        run = session.query(ProtocolRun).one()
        assert run.assessed_at == world.now
        assert run.outcome["outcome"]["action"] == "none"
        assert run.outcome["outcome"]["rule"] == "R6"
    assert world.all(Suggestion) == []
