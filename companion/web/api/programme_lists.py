"""What waits in the care programme, for tools of the clinic: to read only. A named person stands for each act with
their session, most with a password typed just now, which no token has."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from companion.programme.board.counting_posts import board_counts
from companion.programme.desk.inbox import unread_texts
from companion.programme.desk.queue_counts import queue_counts
from companion.programme.guides.languages import languages_of
from companion.programme.guides.models import GuideVersion
from companion.programme.guides.publishing import State, newest_reviewed, state_of
from companion.programme.surveys.survey_models import SurveyRound
from companion.web.access import Action, guarded
from companion.web.api import programme_schemas as schemas
from companion.web.api.routes import endpoint
from companion.web.api.shown import instant
from companion.web.context import actor, look, now, shows
from companion.web.programme.ask_pharmacist import hours_told
from companion.web.programme.guides import today
from companion.web.programme.guides_office import every_version
from companion.web.programme.surveys import satisfied_in


@endpoint("GET", "/programme/guides", gives=schemas.GuideVersionsOut)
@guarded(Action.SEE_PROGRAMME, integrations=True)
def guide_versions() -> dict[str, Any]:
    """Every version, its state today, and until when somebody stands for it."""
    with look() as db:
        every = every_version(db)
        newest = newest_reviewed(db, {version.guide_id for version in every})
        return {"guides": [_version(each, state_of(each, newest, today())) for each in every]}


@endpoint("GET", "/programme/desk", gives=schemas.DeskOut)
@guarded(Action.SEE_PROGRAMME, integrations=True)
def desk_queue() -> dict[str, Any]:
    """How many questions wait at the pharmacist desk about what, and since when."""
    with look() as db:
        queue, texts = queue_counts(db, now()), len(unread_texts(db))
    return {
        "is_open": hours_told()["is_open"],
        "waiting": [each._asdict() | {"since": instant(each.since, actor().zone)} for each in queue.waiting],
        "texts": texts,
        "next_wait_minutes": queue.next_wait and round(queue.next_wait / timedelta(minutes=1)),
    }


@endpoint("GET", "/programme/boards", gives=schemas.BoardCountsOut)
@guarded(Action.SEE_PROGRAMME, integrations=True)
def boards_waiting() -> dict[str, Any]:
    """How many posts wait for a professional on each board."""
    with look() as db:
        return {"boards": [each._asdict() for each in board_counts(db)]}


@endpoint("GET", "/programme/rounds", gives=schemas.RoundsOut)
@guarded(Action.SEE_ROUNDS, integrations=True)
def survey_rounds() -> dict[str, Any]:
    """What the rounds of questions came to, small numbers hidden; nothing in patients' own words."""
    shows(())
    with look() as db:
        rounds = db.scalars(select(SurveyRound).order_by(SurveyRound.id.desc())).all()
        told = [(this, satisfied_in(db, this)) for this in rounds]
    return {
        "rounds": [
            {
                "id": this.public_id,
                "quarter": this.quarter,
                "opens_at": instant(this.opens_at, actor().zone),
                "closes_at": instant(this.closes_at, actor().zone),
                "asked": found.asked,
                "answered": found.answered,
                "satisfied": found.csat,
                "low": found.interval.low if found.interval else None,
                "high": found.interval.high if found.interval else None,
                "has_told_changes": this.changed_at is not None,
            }
            for this, found in told
        ]
    }


def _version(version: GuideVersion, state: State) -> dict[str, Any]:
    return {
        "guide_id": version.guide.public_id,
        "version_id": version.public_id,
        "key": version.guide.key,
        "about": version.guide.about,
        "name": version.guide.name,
        "version": version.number,
        "languages": list(languages_of(version)),
        "state": state.value,
        "drafted_at": instant(version.drafted_at, actor().zone),
        "review_by": version.review.review_by.isoformat() if version.review else None,
    }
