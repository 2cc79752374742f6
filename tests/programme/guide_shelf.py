"""Guides for tests: a pharmacist, and versions as they would write them."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from companion.care.people import Person, Role
from companion.db import writing
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import sign_triage
from companion.programme.guides.models import GuideVersion
from companion.programme.guides.news import announce
from companion.programme.guides.publishing import review
from companion.programme.guides.writing import Texts, new_guide
from companion.programme.points.quizzes import Quiz, digest_of
from companion.programme.points.shipped import quizzes_after
from tests.world import World

TEXTS = {
    "title_en": "Your pen",
    "title_zh": "您的注射笔",
    "text_en": "# Before\n\nWash your hands. Shake it.",
    "text_zh": "# 之前\n\n先洗手。再摇匀。",
    "sources": "Leaflet, May 2026",
}


def add_pharmacist(world: World, name: str = "Pharmacist Sun") -> Person:
    with writing(world.engine) as session:
        return world.add(session, Role.PHARMACIST, name, None)


def sign_first_questions(world: World) -> None:
    """The doctor stands for them, so that the desk takes questions."""
    with writing(world.engine) as session:
        sign_triage(session, TRIAGE, seen=TRIAGE.digest, by=world.doctor, now=world.now)


def draft(session: Session, by: Person, world: World, **changed: Any) -> GuideVersion:
    """A guide about the class of medicines that Anna takes."""
    about = {"key": "insulin-pen", "about": "drug_class", "name": "basal_insulin", "topic": "injection"}
    about |= {name: changed.pop(name) for name in list(changed) if name in about}
    return new_guide(session, by=by, texts=Texts(**(TEXTS | changed)), now=world.now, **about)


def publish(session: Session, version: GuideVersion, by: Person, world: World, until: date | None = None) -> None:
    """With the quiz after it, as the clinic's page does."""
    until, quiz = until or world.today + timedelta(days=365), digest_of(quizzes_after(version.guide.key))
    review(session, version, by=by, review_by=until, today=world.today, now=world.now, quiz_digest=quiz)
    announce(session, version, world.now)


def sign_quiz(world: World, quiz: Quiz) -> GuideVersion:
    """The pharmacist stands for the guide before it, which the doctor wrote, and for the quiz."""
    pharmacist, about = add_pharmacist(world), {"about": "everybody", "name": "everybody", "topic": "general"}
    with writing(world.engine) as session:
        version = draft(session, world.doctor, world, key=quiz.guide, **about)
        publish(session, version, pharmacist, world)
        return version
