"""That there is something to read or to answer, to a patient who asked for such messages."""

from collections.abc import Sequence

from sqlalchemy import select

from companion.compose.told import Known, Told
from companion.messages.composed import Asked
from companion.messages.wording.programme import About, TipWay, programme
from companion.programme.outreach.tip_models import TipChosen
from companion.programme.surveys.experiment_models import Place
from companion.programme.surveys.experiments import ways_for
from companion.programme.surveys.survey_models import SurveyAsk

TIPS, GUIDES, QUESTIONS = "/for-you", "/guides", "/for-you/questions"
PAGES = {About.TIP: TIPS, About.GUIDE: GUIDES}


def about_programme(known: Known, batch: Sequence[Asked]) -> list[Told | None]:
    """Nothing where it was read or answered before the message left."""
    about = [About(asked.message.params["about"]) for asked in batch]
    ids = {asked.message.params["id"] for asked in batch}
    moot = _opened(known, ids) | _answered(known, ids)
    tips = [asked.message.patient_id for asked, what in zip(batch, about, strict=True) if what is About.TIP]
    ways = ways_for(known.session, Place.TIP_WORDING, {each: known.people[each].public_id for each in tips}, known.now)
    return [
        None
        if what is not About.CHANGED and asked.message.params["id"] in moot
        else _told(known, asked, what, ways.get(asked.message.patient_id, TipWay.USUAL.value))
        for asked, what in zip(batch, about, strict=True)
    ]


def _told(known: Known, asked: Asked, about: About, way: str) -> Told:
    words = programme(known.language(asked.message), about, known.contacts, way=TipWay(way))
    return Told(words, PAGES.get(about, QUESTIONS))


def _opened(known: Known, ids: set[str]) -> set[str]:
    opened = TipChosen.public_id.in_(ids), TipChosen.opened_at.is_not(None)
    return set(known.session.scalars(select(TipChosen.public_id).where(*opened)))


def _answered(known: Known, ids: set[str]) -> set[str]:
    answered = SurveyAsk.public_id.in_(ids), SurveyAsk.answered_at.is_not(None)
    return set(known.session.scalars(select(SurveyAsk.public_id).where(*answered)))
