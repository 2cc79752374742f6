"""Writing guides: a new one, and further versions of it. Nobody is shown a draft."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.facts import CHOICES, CONDITIONS, FactKind
from companion.care.people import Person, Role
from companion.care.regimens import DRUG_CLASSES
from companion.errors import BadInput
from companion.programme.guides.kinds import EVERYBODY, About, Topic, names_for
from companion.programme.guides.markdown import check, pictures_in
from companion.programme.guides.models import Guide, GuidePicture, GuideVersion

CLASSES = tuple(name for name in DRUG_CLASSES if name != "other")
"""What a guide can be about: "other" is no class whose medicines resemble each other."""
OF_DIABETES = tuple(kind for kind in CHOICES[FactKind.DIABETES_TYPE] if kind not in ("unknown", "none"))
DIABETES = "diabetes"
"""Of whatever type."""
CONDITIONS_NAMED = (DIABETES, *OF_DIABETES, *CONDITIONS)
LONGEST_TITLE, LONGEST_TEXT, LONGEST_SOURCES, LONGEST_CHANGE, MOST_VIDEOS = 120, 20_000, 1000, 600, 5
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
WRITERS = (Role.CLINICIAN, Role.PHARMACIST)


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Texts:
    """What a version says. A language that is not there has neither title nor text; `videos` are https addresses."""

    title_en: str
    title_zh: str
    text_en: str
    text_zh: str
    sources: str
    videos: tuple[str, ...] = ()
    changed_en: str = ""
    changed_zh: str = ""


def new_guide(
    session: Session, *, by: Person, key: str, about: str, name: str, topic: str, texts: Texts, now: datetime
) -> GuideVersion:
    """A guide with its first draft. Raises BadInput naming the field."""
    demand_professional(by)
    name = EVERYBODY if about == About.EVERYBODY else " ".join(name.split())
    _check_about(about, name, topic)
    _check_key(session, key)
    _check(session, texts)
    guide = Guide(
        public_id=f"gd_{secrets.token_hex(6)}",
        key=key,
        about=about,
        name=name.casefold() if about == About.DRUG else name,
        topic=topic,
        made_by=by.id,
        made_at=now,
    )
    session.add(guide)
    session.flush()
    return _add(session, guide, 1, texts, by, now)


def new_version(session: Session, guide: Guide, *, by: Person, texts: Texts, now: datetime) -> GuideVersion:
    """The next draft of a guide: it says what is otherwise, in each of its languages. Raises BadInput."""
    demand_professional(by)
    _check(session, texts)
    for language in ("en", "zh"):
        if getattr(texts, f"text_{language}") and not getattr(texts, f"changed_{language}").strip():
            advice = _("say in a sentence what is otherwise than before")
            raise BadInput(_("is needed"), where=f"changed_{language}", advice=advice)
    last = session.scalar(select(func.max(GuideVersion.number)).where(GuideVersion.guide_id == guide.id)) or 0
    return _add(session, guide, last + 1, texts, by, now)


def _add(session: Session, guide: Guide, number: int, texts: Texts, by: Person, now: datetime) -> GuideVersion:
    version = GuideVersion(
        public_id=f"gv_{secrets.token_hex(6)}",
        guide=guide,
        number=number,
        title_en=texts.title_en.strip(),
        title_zh=texts.title_zh.strip(),
        text_en=texts.text_en.strip(),
        text_zh=texts.text_zh.strip(),
        sources=texts.sources.strip(),
        videos=list(texts.videos),
        changed_en=texts.changed_en.strip(),
        changed_zh=texts.changed_zh.strip(),
        drafted_by=by.id,
        drafted_at=now,
        review=None,
    )
    session.add(version)
    session.flush()
    return version


def demand_professional(by: Person) -> None:
    if by.role not in WRITERS:
        raise BadInput("only pharmacists and doctors write and review guides", where="guide")


def _check_about(about: str, name: str, topic: str) -> None:
    if about not in set(About):
        raise BadInput(f"{about!r} is not known", where="about", advice=f"choose one of {', '.join(About)}")
    if topic not in set(Topic):
        raise BadInput(f"{topic!r} is not known", where="topic", advice=f"choose one of {', '.join(Topic)}")
    known = names_for(about, CLASSES, CONDITIONS_NAMED)
    if known is not None and name not in known:
        raise BadInput(f"{name!r} is not known", where="name", advice=f"choose one of {', '.join(known)}")
    if not 1 <= len(name) <= 80:
        raise BadInput("is not between 1 and 80 characters", where="name")


def _check_key(session: Session, key: str) -> None:
    if not 3 <= len(key) <= 40 or not _KEY.fullmatch(key):
        raise BadInput(_("cannot be used"), where="key", advice=_("use small letters, digits and hyphens: insulin-pen"))
    if session.scalar(select(Guide.id).where(Guide.key == key)):
        raise BadInput(_("is already taken"), where="key", advice=_("write a new version of that guide instead"))


def _check(session: Session, texts: Texts) -> None:
    for language in ("en", "zh"):
        title, text = getattr(texts, f"title_{language}").strip(), getattr(texts, f"text_{language}").strip()
        if bool(title) != bool(text):
            where = f"text_{language}" if title else f"title_{language}"
            raise BadInput(_("is needed, or leave both empty"), where=where)
        _check_length(title, LONGEST_TITLE, f"title_{language}")
        _check_length(text, LONGEST_TEXT, f"text_{language}")
        _check_length(getattr(texts, f"changed_{language}"), LONGEST_CHANGE, f"changed_{language}")
        check(text, _kept(session, text), f"text_{language}")
    if not texts.text_en.strip() and not texts.text_zh.strip():
        raise BadInput(_("is needed in one language at least"), where="text_en")
    if not texts.sources.strip():
        raise BadInput(_("is needed"), where="sources", advice=_("the leaflet or guideline, with its date"))
    _check_length(texts.sources, LONGEST_SOURCES, "sources")
    _check_videos(texts.videos)


def _check_length(text: str, longest: int, field: str) -> None:
    if len(text) > longest:
        raise BadInput(f"is longer than {longest} characters", where=field)


def _check_videos(videos: tuple[str, ...]) -> None:
    if len(videos) > MOST_VIDEOS:
        raise BadInput(f"are more than {MOST_VIDEOS}", where="videos")
    for address in videos:
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or len(address) > 300 or any(map(str.isspace, address)):
            advice = _("write one address a line, each beginning with https://")
            raise BadInput(_("holds what is no address"), where="videos", advice=advice)


def _kept(session: Session, text: str) -> set[str]:
    wanted = pictures_in(text)
    return set(session.scalars(select(GuidePicture.sha256).where(GuidePicture.sha256.in_(wanted)))) if wanted else set()
