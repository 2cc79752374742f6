"""Guides: nobody is shown what nobody else stands for, and only for as long as they do."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import insert, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from companion.care.facts import FactKind, note_fact
from companion.care.people import Person
from companion.db import reading, writing
from companion.errors import BadInput
from companion.programme.guides.for_patient import guides_of, note_read
from companion.programme.guides.models import GuideReview, GuideVersion
from companion.programme.guides.pictures import keep_picture
from companion.programme.guides.publishing import State, find_published, newest_reviewed, state_of, withdraw
from companion.programme.guides.writing import Texts, new_version
from tests.programme.guide_shelf import TEXTS, add_pharmacist, draft, publish
from tests.world import World


@pytest.fixture
def pharmacist(world: World) -> Person:
    world.prescribe()
    return add_pharmacist(world)


def titles(world: World, patient: Person, days_on: int = 0) -> list[str]:
    with reading(world.engine) as session:
        found = guides_of(session, patient, world.today + timedelta(days=days_on))
        return [each.version.title_en for each in found]


def second(session: Session, first: GuideVersion, by: Person, world: World) -> GuideVersion:
    changed = {"text_en": "# Before\n\nWash your hands. Roll it.", "changed_en": "Roll it.", "changed_zh": "滚动。"}
    return new_version(session, first.guide, by=by, texts=Texts(**(TEXTS | changed)), now=world.now)


def test_a_draft_is_shown_to_nobody(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        draft(session, pharmacist, world)

    assert titles(world, world.anna) == []


def test_what_a_colleague_stands_for_is_shown_to_who_takes_the_medicine_alone(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        publish(session, draft(session, pharmacist, world), world.doctor, world)

    assert titles(world, world.anna) == ["Your pen"]
    assert titles(world, world.stranger) == []


def test_nobody_stands_for_what_they_wrote_themselves(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        version = draft(session, pharmacist, world)

        with pytest.raises(BadInput, match="wrote themselves"):
            publish(session, version, pharmacist, world)

    assert titles(world, world.anna) == []


def test_the_database_itself_refuses_the_author_and_who_is_no_professional(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        version = draft(session, pharmacist, world)
    row = {"version_id": version.id, "author_id": pharmacist.id, "reviewed_at": world.now, "review_by": world.today}

    for reviewer, role in ((pharmacist, "pharmacist"), (world.anna, "patient"), (world.anna, "clinician")):
        with pytest.raises(IntegrityError), writing(world.engine) as session:
            session.execute(insert(GuideReview).values(reviewer_id=reviewer.id, reviewer_role=role, **row))


def test_a_text_never_changes_once_it_was_written(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        draft(session, pharmacist, world)

    with pytest.raises(DatabaseError, match="is history"), writing(world.engine) as session:
        session.execute(update(GuideVersion).values(text_en="Take all of it."))


@pytest.mark.parametrize("words", ["Take 2 tablets.", "打12单位。"])
def test_a_pharmacist_releases_no_text_that_speaks_of_how_much_to_take(
    world: World, pharmacist: Person, words: str
) -> None:
    with writing(world.engine) as session:
        version = draft(session, world.doctor, world, text_en=words)

        with pytest.raises(BadInput, match="how much to take"):
            publish(session, version, pharmacist, world)

    assert titles(world, world.anna) == []


def test_a_doctor_may_stand_for_such_a_text(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        publish(session, draft(session, pharmacist, world, text_en="Take it as written."), world.doctor, world)

    assert titles(world, world.anna) == ["Your pen"]


def test_the_day_after_its_last_one_it_is_shown_no_more_though_nobody_did_anything(
    world: World, pharmacist: Person
) -> None:
    with writing(world.engine) as session:
        version = draft(session, pharmacist, world)
        publish(session, version, world.doctor, world, world.today + timedelta(days=40))

    shown = [titles(world, world.anna, days) for days in (0, 40, 41)]
    with reading(world.engine) as session:
        kept = session.get_one(GuideVersion, version.id)
        newest = newest_reviewed(session, [kept.guide_id])
        states = [state_of(kept, newest, world.today + timedelta(days=days)) for days in (0, 11, 41)]
        found = find_published(session, "insulin-pen", world.today + timedelta(days=41))

    assert shown == [["Your pen"], ["Your pen"], []]
    assert states == [State.SHOWN, State.SOON_OVER, State.OVERDUE]
    assert found is None


def test_an_overdue_version_does_not_bring_the_one_before_it_back(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        first = draft(session, pharmacist, world)
        publish(session, first, world.doctor, world)
        newer = second(session, first, pharmacist, world)
        publish(session, newer, world.doctor, world, world.today + timedelta(days=1))

    assert titles(world, world.anna, 2) == []


def test_a_withdrawn_version_goes_at_once(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        version = draft(session, pharmacist, world)
        publish(session, version, world.doctor, world)

        gone = withdraw(version, by=pharmacist, now=world.now)

    assert gone
    assert titles(world, world.anna) == []


def test_a_new_version_comes_unread_with_the_one_before_it(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        first = draft(session, pharmacist, world)
        publish(session, first, world.doctor, world)
        note_read(session, world.anna, first, world.now)
        publish(session, newer := second(session, first, pharmacist, world), world.doctor, world)

    with writing(world.engine) as session:
        (own,) = guides_of(session, world.anna, world.today)
        is_new = note_read(session, world.anna, session.get_one(GuideVersion, newer.id), world.now)
        is_new_again = note_read(session, world.anna, own.version, world.now)
        (after,) = guides_of(session, world.anna, world.today)

    assert (own.version.number, own.is_read, own.before and own.before.number) == (2, False, 1)
    assert (is_new, is_new_again) == (True, False)
    assert (after.is_read, after.before) == (True, None)


def test_a_new_version_says_what_is_otherwise(world: World, pharmacist: Person) -> None:
    with writing(world.engine) as session:
        first = draft(session, pharmacist, world)

        with pytest.raises(BadInput, match="otherwise") as refused:
            new_version(session, first.guide, by=pharmacist, texts=Texts(**TEXTS), now=world.now)

    assert refused.value.where == "changed_en"


@pytest.mark.parametrize(
    ("about", "name", "value", "found"),
    [("drug", "Glargine", "type2", 1), ("drug", "Lispro", "type2", 0), ("condition", "diabetes", "type1", 1),
     ("condition", "type1", "type2", 0), ("condition", "diabetes", "none", 0), ("everybody", "", "none", 1)],
)  # fmt: skip
def test_a_guide_finds_those_it_is_about(
    world: World, pharmacist: Person, about: str, name: str, value: str, found: int
) -> None:
    with writing(world.engine) as session:
        kind = FactKind.DIABETES_TYPE
        told = {"kind": kind, "value": value, "measured_on": world.today, "noted_by": world.doctor, "now": world.now}
        note_fact(session, patient=world.anna, **told)
        publish(session, draft(session, pharmacist, world, about=about, name=name), world.doctor, world)

    assert len(titles(world, world.anna)) == found


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"key": "Insulin Pen"}, "key"),
        ({"about": "drug_class", "name": "sweets"}, "name"),
        ({"about": "weather"}, "about"),
        ({"topic": "surgery"}, "topic"),
        ({"title_zh": ""}, "title_zh"),
        ({"title_en": "", "text_en": "", "title_zh": "", "text_zh": ""}, "text_en"),
        ({"sources": " "}, "sources"),
        ({"videos": ("http://example.org/a",)}, "videos"),
        ({"videos": ("https://example.org/a",) * 6}, "videos"),
        ({"text_en": "![x](https://elsewhere.example/x.png)"}, "text_en"),
        ({"text_zh": "长" * 20_001}, "text_zh"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    world: World, pharmacist: Person, changed: dict[str, str], where: str
) -> None:
    with writing(world.engine) as session, pytest.raises(BadInput) as refused:
        draft(session, pharmacist, world, **changed)

    assert refused.value.where == where


def test_a_picture_is_kept_without_what_the_camera_wrote(world: World, pharmacist: Person) -> None:
    camera = Image.Exif()
    camera[0x010F] = "CAMERA-MAKER"
    sent = BytesIO()
    Image.new("RGB", (2400, 30), "red").save(sent, "JPEG", exif=camera)

    with writing(world.engine) as session:
        kept = keep_picture(session, sent.getvalue(), label="a pen", by=pharmacist, now=world.now)
        again = keep_picture(session, sent.getvalue(), label="a pen", by=pharmacist, now=world.now)

    assert b"CAMERA-MAKER" in sent.getvalue()
    assert b"CAMERA-MAKER" not in kept.content
    assert Image.open(BytesIO(kept.content)).size == (1200, 15)
    assert again.sha256 == kept.sha256


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg onload=x>", b"\x89PNG\r\n\x1a\n broken", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(world: World, pharmacist: Person, content: bytes) -> None:
    with writing(world.engine) as session, pytest.raises(BadInput, match="PNG or JPEG"):
        keep_picture(session, content, label="x", by=pharmacist, now=world.now)
