"""Tips on the pages: the patient asks for them and says what they were worth; the clinic stands for them."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.care.audit import AuditEntry
from companion.care.message_consent import consents_of
from companion.care.people import Person
from companion.db import reading, writing
from companion.programme.outreach.reviewing import review, reviewed
from companion.programme.outreach.shipped import tips
from companion.programme.outreach.tip_models import TipChosen
from tests.people import NOON, Cast
from tests.web.conftest import FORM_TOKEN

[TIP] = [tip for tip in tips() if tip.key == "clean_hands"]


def sent(engine: Engine, cast: Cast, to: Person, public_id: str = "tp_1", arm: str = "sent") -> None:
    """A tip that a doctor stands for."""
    with writing(engine) as session:
        made = review(session, TIP, seen=TIP.digest, by=cast.doctor, now=NOON)
        session.add(
            TipChosen(
                public_id=public_id,
                patient_id=to.id,
                review_id=made.id,
                tip_key=TIP.key,
                subject=TIP.subject,
                arm=arm,
                chosen_at=NOON,
            )
        )


def chosen(engine: Engine) -> TipChosen:
    with reading(engine) as session:
        return session.scalars(select(TipChosen)).one()


def agreed(engine: Engine, person: Person) -> set[str]:
    with reading(engine) as session:
        return {kind for _who, kind, topic in consents_of(session, [person.id]) if topic == "programme"}


def test_a_patient_reads_it_and_says_what_it_was_worth(engine: Engine, cast: Cast, signed_in: Any) -> None:
    sent(engine, cast, cast.patient)
    browser = signed_in(cast.patient)

    page = browser.get("/for-you").get_data(as_text=True)
    browser.send("/for-you/tp_1/answer", {"answer": "not_for_me"}, seen_on="/for-you")

    assert TIP.title["en"] in page
    assert (chosen(engine).opened_at, chosen(engine).answer) == (NOON, "not_for_me")
    assert 'aria-pressed="true"' in browser.get("/for-you").get_data(as_text=True)


def test_tips_come_only_after_a_yes_and_never_after_a_no(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.patient)
    before = agreed(engine, cast.patient)

    browser.send("/for-you/agreement", {"agrees": "yes"}, seen_on="/for-you")
    after = agreed(engine, cast.patient)
    browser.send("/for-you/agreement", {"agrees": "no"}, seen_on="/for-you")

    assert (before, after, agreed(engine, cast.patient)) == (set(), {"sms"}, set())


@pytest.mark.parametrize(("form", "status"), [({"answer": "great"}, 400), ({}, 400)])
def test_another_word_is_refused(engine: Engine, cast: Cast, signed_in: Any, form: dict[str, str], status: int) -> None:
    sent(engine, cast, cast.patient)

    answer = signed_in(cast.patient).send("/for-you/tp_1/answer", form, seen_on="/for-you")

    assert answer.status_code == status
    assert chosen(engine).answer is None


def test_a_stranger_neither_sees_nor_answers_anothers_tip(engine: Engine, cast: Cast, signed_in: Any) -> None:
    sent(engine, cast, cast.patient)
    stranger = signed_in(cast.other_patient)

    page = stranger.get("/for-you").get_data(as_text=True)
    answer = stranger.send("/for-you/tp_1/answer", {"answer": "useful"}, seen_on="/for-you")

    assert TIP.title["en"] not in page
    assert answer.status_code == 404
    assert chosen(engine).answer is None


def test_what_was_held_back_is_shown_to_nobody(engine: Engine, cast: Cast, signed_in: Any) -> None:
    sent(engine, cast, cast.patient, arm="held_out")

    page = signed_in(cast.patient).get("/for-you").get_data(as_text=True)

    assert "There is nothing to read yet." in page


def test_a_doctor_switches_a_tip_on_and_off_in_their_name(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)
    address = f"/programme/tips/{TIP.key}"

    browser.send(address, {"act": "on", "seen": TIP.digest}, seen_on="/programme/tips")
    page = browser.get("/programme/tips").get_data(as_text=True)
    with reading(engine) as session:
        was_on = [each.tip.key for each in reviewed(session, tips()) if each.is_on]
    browser.send(address, {"act": "off"}, seen_on="/programme/tips")

    with reading(engine) as session:
        is_on = [each.tip.key for each in reviewed(session, tips()) if each.is_on]
        acts = [act for act in session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)) if "tip" in act]
    assert (was_on, is_on) == ([TIP.key], [])
    assert cast.doctor.name in page
    assert acts == ["switched_tip_on", "switched_tip_off"]


def test_words_that_nobody_read_are_not_switched_on(engine: Engine, cast: Cast, signed_in: Any) -> None:
    browser = signed_in(cast.doctor)

    browser.send(f"/programme/tips/{TIP.key}", {"act": "on", "seen": "old"}, seen_on="/programme/tips")

    with reading(engine) as session:
        assert not any(each.is_on for each in reviewed(session, tips()))
    assert browser.send("/programme/tips/none", {"act": "on"}, seen_on="/programme/tips").status_code == 404


def test_an_administrator_reviews_nothing_and_sees_figures_of_many_only(
    engine: Engine, cast: Cast, signed_in: Any
) -> None:
    sent(engine, cast, cast.patient)
    browser = signed_in(cast.admin)

    page = browser.get("/office/tips").get_data(as_text=True)

    assert browser.get("/programme/tips").status_code == 403
    assert "Too few people: nothing can be said." in page
    assert TIP.title["en"] in page


def test_by_api_it_is_read_and_answered_and_a_strangers_is_not_there(
    engine: Engine, cast: Cast, signed_in: Any
) -> None:
    sent(engine, cast, cast.patient)
    browser = signed_in(cast.patient)
    [token] = set(FORM_TOKEN.findall(browser.get("/for-you").get_data(as_text=True)))
    headers = {"X-CSRFToken": token}
    mine, others = (f"/api/v1/patients/{each.public_id}/tips" for each in (cast.patient, cast.other_patient))

    shown = browser.get(mine).get_json()
    noted = browser.client.post(f"{mine}/tp_1/answer", json={"answer": "useful"}, headers=headers)
    refused = browser.client.post(f"{mine}/tp_1/answer", json={"answer": "great"}, headers=headers)
    unknown = browser.client.post(f"{mine}/tp_2/answer", json={"answer": "useful"}, headers=headers)

    assert [(tip["title"], tip["answer"]) for tip in shown["tips"]] == [(TIP.title["en"], None)]
    assert shown["has_questions"] is False
    assert (noted.status_code, refused.status_code, unknown.status_code) == (200, 422, 404)
    assert browser.get(others).status_code == 404
    assert chosen(engine).answer == "useful"
