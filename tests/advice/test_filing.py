"""What a run of a plan leaves behind: one waiting suggestion at most, and the newest outcome to look at."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from companion.advice.deciding.filing import SuggestionState, close, find_pending
from companion.advice.models import ProtocolRun, Review, Suggestion
from companion.care import due_work
from companion.care.due_work import DueWork, WorkKind
from companion.db import writing
from companion.flows import assess_patient, look_after_suggestions
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


@pytest.mark.parametrize("end", [SuggestionState.EXPIRED, SuggestionState.SUPERSEDED])
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


def test_what_is_replaced_names_its_successor_and_what_was_new(world: World, waiting: Suggestion) -> None:
    world.measure(50)

    old, new = world.all(Suggestion)
    assert old.ended_because is not None
    assert (old.state, old.superseded_by, new.superseded_by) == ("superseded", new.id, None)
    assert old.ended_because["code"] == "other_proposal"
    assert [change["what"] for change in old.ended_because["changed"]] == ["glucose", "patient"]  # an event is open


def test_where_nothing_is_proposed_any_more_it_says_so(world: World, waiting: Suggestion) -> None:
    world.note_facts(egfr="20")
    assess_patient(world.stores, world.anna.id, world.now)

    old = world.only(Suggestion)

    assert (old.state, old.superseded_by) == ("superseded", None)
    assert old.ended_because == {"code": "nothing_proposed", "changed": [{"what": "patient", "names": ["egfr"]}]}


def test_its_time_over_it_expires_and_is_never_approved(world: World, waiting: Suggestion) -> None:
    with writing(world.engine) as session:
        due_work.put_off(session, WorkKind.SUGGESTION, waiting.id, waiting.expires_at)
    world.clock.instant = waiting.expires_at

    look_after_suggestions(world.stores, world.now)

    ended = world.only(Suggestion)
    assert (ended.state, ended.ended_because) == ("expired", {"code": "time_over", "changed": []})
    assert world.all(Review) == []
