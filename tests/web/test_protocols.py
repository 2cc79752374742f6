"""The pages of protocols and plans: read, sign by name, preview, and what is shown of a demo signature."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from companion.advice.grammar import registry
from companion.advice.grammar.cited_numbers import unverified
from companion.advice.models import Plan, Suggestion
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import reading, writing
from tests.people import Cast, stand_for
from tests.web.conftest import Browser, FakeClock
from tests.web.test_clinic import GLARGINE
from tests.web.things import her_suggestion

BASAL, STEPS, RAAS = "basal.ada_2u3d", "bp.step_generic", "bp.raas_uptitrate"
DEMO = "demo signature – not for care"
SIGNED = {"signed": "yes"}


def text_of(answer: Any) -> str:
    return unescape(str(answer.get_data(as_text=True)))


@pytest.fixture
def doctor(cast: Cast, signed_in: Any) -> Browser:
    browser: Browser = signed_in(cast.doctor)
    return browser


@pytest.fixture
def home(cast: Cast) -> str:
    return f"/clinic/patients/{cast.patient.public_id}"


def hash_of(protocol: str) -> str:
    return registry.load().digests[protocol]


def doubtful(protocol: str) -> list[str]:
    return [number.key for number in unverified(registry.load().get(protocol))]


def signatures(engine: Engine) -> list[ProtocolSignature]:
    with reading(engine) as session:
        return list(session.scalars(select(ProtocolSignature)))


def make_demo(engine: Engine, *people: Person) -> None:
    with writing(engine) as session:
        session.execute(update(Person).where(Person.id.in_([person.id for person in people])).values(is_demo=True))


def sign(doctor: Browser, protocol: str, **changed: Any) -> Any:
    form = {"text_hash": hash_of(protocol), "accepted": doubtful(protocol)} | SIGNED | changed
    return doctor.send(f"/clinic/protocols/{protocol}/sign", form)


# The protocols


def test_the_list_says_of_each_whether_it_runs_and_by_whose_name(doctor: Browser) -> None:
    sign(doctor, BASAL)

    page = text_of(doctor.get("/clinic/protocols"))

    assert page.count('<li class="card">') == 14
    assert page.count("switched off") == 6
    assert "no sodium is collected" in page
    assert page.count("signed by Dr. Li") == 1
    assert page.count("not signed: it runs for nobody") == 7
    assert registry.load().digest in page


def test_every_protocol_has_a_page_with_each_number_its_evidence_and_source(doctor: Browser) -> None:
    every = registry.load().protocols

    pages = {name: text_of(doctor.get(f"/clinic/protocols/{name}")) for name in every}

    for name, protocol in every.items():
        assert all(rule.says in pages[name] for rule in protocol.rules), name
        assert all(source.title in pages[name] for source in used(protocol).values()), name
        assert pages[name].count("unverified: check it first") >= len(unverified(protocol)), name


def used(protocol: Any) -> dict[str, Any]:
    cited = [rule.cited.source for rule in protocol.rules]
    return {name: source for name, source in protocol.sources.items() if name in cited}


def test_the_pages_are_in_chinese_for_who_reads_chinese(doctor: Browser) -> None:
    doctor.send("/display/language", {"language": "zh", "next": "/clinic/protocols"}, seen_on="/clinic/protocols")

    page = text_of(doctor.get(f"/clinic/protocols/{RAAS}/sign"))

    assert "未经核实" in page or "请逐项勾选" in page
    assert "Amounts a day" not in page


def test_a_clinician_signs_by_name_with_each_unverified_number_ticked(
    doctor: Browser, engine: Engine, cast: Cast
) -> None:
    answer = sign(doctor, STEPS)

    (made,) = signatures(engine)
    assert answer.status_code == 302
    assert (made.signed_by, made.text_hash, sorted(made.accepted)) == (
        cast.doctor.id,
        hash_of(STEPS),
        sorted(doubtful(STEPS)),
    )
    page = text_of(doctor.get(f"/clinic/protocols/{STEPS}"))
    assert "signed by Dr. Li" in page


@pytest.mark.parametrize(("field", "left"), [("accepted", doubtful(STEPS)[1:]), ("accepted", []), ("signed", "")])
def test_without_a_tick_nothing_is_signed(doctor: Browser, engine: Engine, field: str, left: Any) -> None:
    answer = sign(doctor, STEPS, **{field: left})

    assert answer.status_code == 422
    assert f'href="#{field}"' in text_of(answer)
    assert signatures(engine) == []


def test_another_text_than_the_one_shown_is_not_signed(doctor: Browser) -> None:
    assert sign(doctor, BASAL, text_hash="0" * 64).status_code == 412


def test_a_protocol_that_is_switched_off_has_no_page_to_sign_it(doctor: Browser) -> None:
    assert doctor.get("/clinic/protocols/bp.thiazide_like/sign").status_code == 404


def test_signing_needs_a_password_just_typed(doctor: Browser, engine: Engine, clock: FakeClock) -> None:
    clock.forward(minutes=16)

    answer = doctor.send(
        f"/clinic/protocols/{BASAL}/sign", {"text_hash": hash_of(BASAL)} | SIGNED, seen_on="/clinic/protocols"
    )

    assert answer.location.startswith("/confirm-password")
    assert signatures(engine) == []


def test_a_signature_is_taken_back_with_a_reason(doctor: Browser, engine: Engine) -> None:
    sign(doctor, BASAL)
    one = f"/clinic/protocols/{BASAL}"
    withdrawn = f"{one}/signatures/{signatures(engine)[0].public_id}/withdraw"

    refused = doctor.send(withdrawn, {}, seen_on=one)
    answer = doctor.send(withdrawn, {"reason": "a number is wrong"}, seen_on=one)

    assert (refused.status_code, answer.status_code) == (422, 302)
    page = text_of(doctor.get(one))
    assert "not signed: it runs for nobody" in page
    assert "“a number is wrong”" in page


@pytest.mark.parametrize("who", ["patient", "caregiver", "admin"])
def test_nobody_else_signs_a_protocol(cast: Cast, signed_in: Any, engine: Engine, who: str) -> None:
    browser = signed_in(getattr(cast, who))

    answer = browser.send(f"/clinic/protocols/{BASAL}/sign", {"text_hash": hash_of(BASAL)} | SIGNED, seen_on="/account")

    assert answer.status_code == 403
    assert signatures(engine) == []


# Plans


def prescribe(doctor: Browser, home: str, engine: Engine, **changed: str) -> Regimen:
    answer = doctor.send(f"{home}/medicines/new", GLARGINE | changed | {"step": "prescribe"})
    assert answer.status_code == 302, text_of(answer)
    with reading(engine) as session:
        return session.scalars(select(Regimen).order_by(Regimen.id.desc())).first()  # type: ignore[return-value]


def losartan(doctor: Browser, home: str, engine: Engine) -> Regimen:
    return prescribe(doctor, home, engine, drug="Losartan", drug_class="arb", unit="mg", amount="50")


def stand(engine: Engine, cast: Cast, *protocols: str) -> None:
    with writing(engine) as session:
        for protocol in protocols:
            stand_for(session, registry.load(), protocol, cast.doctor)


def plan(**changed: str) -> dict[str, str]:
    return {"digest": registry.load().digest, "ends_on": "2027-02-19", "seen": "0"} | changed


PRESSURE = {"target_systolic": "135", "target_diastolic": "85"}


def plans(engine: Engine) -> list[Plan]:
    with reading(engine) as session:
        return list(session.scalars(select(Plan)))


def test_a_protocol_that_nobody_signed_is_named_and_cannot_be_chosen(
    doctor: Browser, home: str, engine: Engine, cast: Cast
) -> None:
    medicine = losartan(doctor, home, engine)
    stand(engine, cast, RAAS)
    address = f"{home}/medicines/{medicine.public_id}/plan"

    page = text_of(doctor.get(address))
    answer = doctor.send(
        address, plan(protocol=STEPS, step1_medicine=medicine.public_id, step1_amount="100") | PRESSURE | SIGNED
    )

    assert "not signed: it runs for nobody" in page
    assert 'name="target_systolic"' in page
    assert answer.status_code == 422
    assert "was signed by no clinician" in text_of(answer)
    assert plans(engine) == []


def test_a_plan_for_blood_pressure_names_its_goal_and_its_steps(
    doctor: Browser, home: str, engine: Engine, cast: Cast
) -> None:
    medicine = losartan(doctor, home, engine)
    stand(engine, cast, RAAS, STEPS)
    address = f"{home}/medicines/{medicine.public_id}/plan?protocol={STEPS}"

    page = text_of(doctor.get(address))
    form = plan(protocol=STEPS, step1_medicine=medicine.public_id, step1_amount="100", measures_since_on="2026-05-01")
    answer = doctor.send(address, form | PRESSURE | SIGNED)

    assert f'<option value="{medicine.public_id}">Losartan (50 mg)</option>' in page
    assert answer.status_code == 302
    (made,) = plans(engine)
    assert (made.target_systolic, made.target_diastolic, made.max_daily) == (Decimal(135), Decimal(85), None)
    assert [(step.regimen_id, step.amount) for step in made.steps] == [(medicine.id, Decimal(100))]
    summary = re.sub(r"\s+", " ", text_of(doctor.get(home)))
    assert "below 135/85 mmHg" in summary
    assert "Losartan → 100 mg" in summary


def test_a_step_that_cannot_be_is_refused_beside_its_field(
    doctor: Browser, home: str, engine: Engine, cast: Cast
) -> None:
    medicine = losartan(doctor, home, engine)
    stand(engine, cast, STEPS)

    form = plan(protocol=STEPS, step1_medicine=medicine.public_id, step1_amount="25")
    answer = doctor.send(f"{home}/medicines/{medicine.public_id}/plan", form | PRESSURE | SIGNED)

    assert answer.status_code == 422
    assert 'href="#step1_amount"' in text_of(answer)
    assert plans(engine) == []


def test_a_preview_says_what_the_plan_would_say_today_and_signs_nothing(
    doctor: Browser, home: str, engine: Engine, cast: Cast
) -> None:
    medicine = losartan(doctor, home, engine)
    stand(engine, cast, RAAS)

    form = plan(protocol=RAAS, max_daily="100", step="preview") | PRESSURE
    page = text_of(doctor.send(f"{home}/medicines/{medicine.public_id}/plan", form))

    assert "What it would say today" in page
    assert "nothing is proposed" in page
    assert "Note: " in page
    assert 'value="135"' in page
    assert plans(engine) == []


def test_two_injections_are_signed_for_as_one_plan(doctor: Browser, home: str, engine: Engine, cast: Cast) -> None:
    premix = {"drug": "Premix 30", "drug_class": "premix_insulin_bid"}
    morning = prescribe(doctor, home, engine, **premix, times="07:30", amount="20")
    evening = prescribe(doctor, home, engine, **premix, times="18:30", amount="14")
    stand(engine, cast, "premix.bid")

    form = plan(protocol="premix.bid", target_low="80", target_high="130", max_daily="60") | SIGNED
    answer = doctor.send(f"{home}/medicines/{evening.public_id}/plan", form)

    assert answer.status_code == 302
    (made,) = plans(engine)
    assert made.medicine_ids == {morning.id, evening.id}
    assert text_of(doctor.get(home)).count("premix.bid@1.0.0-draft") == 2


# Demo signatures


def test_a_demo_signature_says_so_wherever_it_is_shown(doctor: Browser, home: str, engine: Engine, cast: Cast) -> None:
    make_demo(engine, cast.doctor, cast.patient)
    medicine = prescribe(doctor, home, engine)
    sign(doctor, BASAL)

    pages = [
        doctor.get("/clinic/protocols"),
        doctor.get(f"/clinic/protocols/{BASAL}"),
        doctor.get(f"/clinic/protocols/{BASAL}/sign"),
        doctor.get(f"{home}/medicines/{medicine.public_id}/plan"),
    ]

    assert signatures(engine)[0].is_demo
    assert all(DEMO in text_of(page) for page in pages)


def test_a_demo_signature_is_not_offered_for_a_person_who_is_not_made_up(
    doctor: Browser, home: str, engine: Engine, cast: Cast
) -> None:
    make_demo(engine, cast.doctor)
    medicine = prescribe(doctor, home, engine)
    sign(doctor, BASAL)

    page = text_of(doctor.get(f"{home}/medicines/{medicine.public_id}/plan"))

    assert 'name="target_low"' not in page
    assert "not signed: it runs for nobody" in page


def test_the_suggestion_its_page_the_queue_and_the_api_name_a_demo_signature(
    doctor: Browser, engine: Engine, cast: Cast
) -> None:
    make_demo(engine, cast.doctor, cast.patient)
    sign(doctor, BASAL)
    suggestion = her_suggestion(engine, cast)
    with writing(engine) as session:
        session.execute(update(Suggestion).values(signature_id=signatures(engine)[0].id))

    page, queue = doctor.get(f"/doctor/suggestions/{suggestion}"), doctor.get("/doctor/queue")
    told = doctor.get(f"/api/v1/suggestions/{suggestion}").get_json()

    assert DEMO in text_of(page)
    assert DEMO in text_of(queue)
    assert told["signature"] == {"id": signatures(engine)[0].public_id, "by": "Dr. Li", "is_demo": True}


def test_whom_a_demo_account_enrols_is_a_demo_person(doctor: Browser, engine: Engine, cast: Cast) -> None:
    form = {"role": "patient", "name": "Chen Yi", "birth_on": "1960-01-31", "zone": "Asia/Shanghai", "consent": "yes"}
    doctor.send("/people/new", form)
    make_demo(engine, cast.doctor)

    doctor.send("/people/new", form | {"name": "Chen Er"})

    with reading(engine) as session:
        made = {p.name: p.is_demo for p in session.scalars(select(Person)) if p.name.startswith("Chen ")}
    assert made == {"Chen Yi": False, "Chen Er": True}
