"""Tips, work lists and surveys on every engine; what a patient said goes along with their data, and goes with them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import true

from companion.care.contact_models import Kind, Topic
from companion.care.message_consent import say
from companion.care.people import Person, Role
from companion.db import writing
from companion.erasing.plan import DELETED
from companion.exporting.of_outreach import survey_answers, tips_sent, traits
from companion.exporting.subject import Subject
from companion.programme.outreach.reading_tips import answer as answer_tip
from companion.programme.outreach.reviewing import review
from companion.programme.outreach.sending import send_tips
from companion.programme.outreach.shipped import tips
from companion.programme.outreach.tip_models import TipChosen, TipEntry
from companion.programme.segments import keeping
from companion.programme.segments.placing import Sheet
from companion.programme.segments.shipped import definitions
from companion.programme.surveys.answering import InOwnWords, answer
from companion.programme.surveys.experiment_models import Place
from companion.programme.surveys.experiments import start, ways_for
from companion.programme.surveys.rounds import look_after_rounds, open_round
from tests.servers import own_database
from tests.world import World


@pytest.fixture(params=["sqlite", "postgresql"])
def lived_in(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Anna was sent a tip, called it useful, and answered a survey."""
    with ExitStack() as stack:
        is_server = request.param == "postgresql"
        url = stack.enter_context(own_database(request.getfixturevalue("postgresql_url"))) if is_server else ""
        world = World(tmp_path, database_url=url)
        _live(world)
        yield world
        world.engine.dispose()


def _live(world: World) -> None:
    tip = next(each for each in tips() if each.key == "seated_and_still")
    with writing(world.engine) as session:
        anna = session.get_one(Person, world.anna.id)
        admin = world.add(session, Role.ADMIN, "Office", None)
        say(session, anna, Kind.SMS, [Topic.PROGRAMME], agrees=True, now=world.now)
        keeping.keep(session, definitions(), [(anna.id, Sheet(said=frozenset({"class:acei"})))], world.now)
        session.add(TipEntry(patient_id=anna.id, arm="sent", entered_at=world.now))
        review(session, tip, seen=tip.digest, by=world.doctor, now=world.now)
        open_round(session, by=admin, share=100, days=21, now=world.now)
        shares = {"usual": 1, "question": 1}
        start(session, by=admin, place="tip_wording", shares=shares, metric="opened", days=28, now=world.now)
    send_tips(world.engine, tips(), world.now)
    look_after_rounds(world.engine, world.now)
    [chosen] = world.all(TipChosen)
    with writing(world.engine) as session:
        answer_tip(session, world.anna.id, chosen.public_id, "useful", world.now)
        answer(session, world.anna.id, score=4, words=InOwnWords("The nurses", ""), now=world.now)
        ways_for(session, Place.TIP_WORDING, {world.anna.id: world.anna.public_id}, world.now)


def test_everything_of_it_works_and_goes_along_with_the_patients_data(lived_in: World) -> None:
    with writing(lived_in.engine) as session:
        lists = keeping.counts(session, definitions(), lambda _id: true())
        anna = session.get_one(Person, lived_in.anna.id)
        subject = Subject(session, lived_in.stores.readings, anna, lived_in.now)
        sent, said, known = list(tips_sent(subject)), list(survey_answers(subject)), list(traits(subject))

    assert lists["nothing_known"] == 1
    assert [(row[2], row[4]) for row in sent] == [("Measuring your blood pressure", "useful")]
    assert [row[-3:] for row in said] == [(4, "The nurses", "")]
    assert ("class:acei",) in known


def test_nothing_of_it_is_left_of_somebody_who_is_erased() -> None:
    ours = {"patient_sheet", "patient_trait", "tip_entry", "tip_chosen", "survey_ask", "experiment_exposure"}

    assert ours <= {each.table for each in DELETED}
