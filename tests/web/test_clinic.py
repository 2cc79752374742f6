"""The clinic's pages: enrolling, consent, facts, prescribing, signing a plan, and the patient on one page."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from companion.advice.grammar import registry
from companion.advice.models import Plan
from companion.care.audit import AuditEntry, broken_entries
from companion.care.consent import Scope, find_link
from companion.care.due_work import DueWork, WorkKind
from companion.care.facts import FactKind, facts_of
from companion.care.people import Person
from companion.care.regimens import Regimen, in_force
from companion.db import reading, writing
from companion.errors import BadInput
from companion.readings.reading import Kind, Limit, Meal, Metric, Reading
from companion.reminders.schedules.prescribing import next_times
from companion.reminders.schedules.rule import Schedule
from companion.reminders.schedules.rule_json import parse_rule
from companion.services import Services
from companion.web.for_doctors.rule_forms import rule_of
from tests.people import NOON, PASSWORD, Cast, stand_for
from tests.web.conftest import Browser, FakeClock

GLARGINE = {
    "drug": "Insulin glargine",
    "drug_class": "basal_insulin",
    "unit": "U",
    "amount": "16",
    "times": "21:00",
    "start_on": "2026-11-21",
    "grace_minutes": "60",
    "reason": "start basal insulin",
}


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def doctor(cast: Cast, signed_in: Any) -> Browser:
    browser: Browser = signed_in(cast.doctor)
    return browser


@pytest.fixture
def admin(cast: Cast, signed_in: Any) -> Browser:
    browser: Browser = signed_in(cast.admin)
    return browser


@pytest.fixture
def home(cast: Cast) -> str:
    return f"/clinic/patients/{cast.patient.public_id}"


def actions(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def only_regimen(engine: Engine) -> Regimen:
    with reading(engine) as session:
        return session.scalars(select(Regimen)).one()


def prescribe(doctor: Browser, home: str, engine: Engine, **changed: str) -> Regimen:
    answer = doctor.send(f"{home}/medicines/new", GLARGINE | changed | {"step": "prescribe"})
    assert answer.status_code == 302, text_of(answer)
    return only_regimen(engine)


class TestEnrolling:
    def test_a_doctor_enrols_a_patient_and_may_see_them_with_their_consent(
        self, doctor: Browser, engine: Engine, cast: Cast, app: Flask
    ) -> None:
        form = {
            "role": "patient",
            "name": "Chen Yi",
            "birth_on": "1960-01-31",
            "zone": "Asia/Shanghai",
            "consent": "yes",
        }

        answer = doctor.send("/people/new", form)

        assert answer.status_code == 201
        with reading(engine) as session:
            [new] = [person for person in session.scalars(select(Person)) if person.name == "Chen Yi"]
            assert find_link(session, new.id, cast.doctor.id, Scope.CARE, NOON) is not None
        code = re.search(r'class="sheet-code">([\w-]+)<', text_of(answer))
        assert code is not None
        assert Browser(app).send("/enter", {"code": code.group(1)}).status_code == 302

    def test_a_doctor_enrols_nobody_without_consent(self, doctor: Browser, engine: Engine) -> None:
        form = {"role": "patient", "name": "Chen Yi", "birth_on": "1960-01-31", "zone": "Asia/Shanghai"}

        answer = doctor.send("/people/new", form)

        assert answer.status_code == 422
        assert 'id="consent-error"' in text_of(answer)
        with reading(engine) as session:
            assert "Chen Yi" not in session.scalars(select(Person.name)).all()

    @pytest.mark.parametrize("role", ["clinician", "admin"])
    def test_a_doctor_enrols_no_staff(self, doctor: Browser, role: str) -> None:
        answer = doctor.send("/people/new", {"role": role, "name": "Friend", "zone": "UTC", "consent": "yes"})

        assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("birth_on", ""),
            ("birth_on", "2031-01-01"),
            ("birth_on", "yesterday"),
            ("phone", "12345"),
            ("zone", "Mars/Olympus"),
            ("login", "x"),
            ("login", "dr.li"),
            ("name", ""),
            ("role", "king"),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field_and_the_rest_stays_typed(
        self, admin: Browser, field: str, value: str
    ) -> None:
        form = {"role": "patient", "name": "Chen Yi", "birth_on": "1960-01-31", "zone": "Asia/Shanghai"}

        answer = admin.send("/people/new", form | {field: value})

        assert answer.status_code == 422
        assert f'id="{field}-error"' in text_of(answer)
        assert field == "zone" or "Asia/Shanghai" in text_of(answer)

    def test_names_are_shown_as_text_and_never_as_markup(self, admin: Browser) -> None:
        form = {"role": "clinician", "name": "<script>alert(1)</script>", "zone": "UTC"}

        page = text_of(admin.send("/people/new", form))

        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page

    def test_a_lost_password_is_taken_away_with_every_session(self, admin: Browser, cast: Cast, signed_in: Any) -> None:
        lost = signed_in(cast.doctor)

        admin.send(f"/people/{cast.doctor.public_id}/forget-password")

        assert lost.get("/account").status_code == 302
        assert lost.sign_in(cast.doctor).status_code == 422

    def test_making_an_invitation_needs_a_fresh_password(self, admin: Browser, cast: Cast, clock: FakeClock) -> None:
        clock.forward(minutes=16)

        answer = admin.get(f"/people/{cast.doctor.public_id}/invitation")

        assert answer.location.startswith("/confirm-password")


class TestConsent:
    def test_a_caregiver_is_given_what_the_patient_agreed_to(
        self, doctor: Browser, home: str, engine: Engine, cast: Cast
    ) -> None:
        form = {"member": cast.other_caregiver.public_id, "scopes": ["readings", "missed_doses"], "consent": "yes"}

        answer = doctor.send(f"{home}/people", form)

        assert answer.status_code == 302
        with reading(engine) as session:
            for scope in (Scope.READINGS, Scope.MISSED_DOSES):
                assert find_link(session, cast.patient.id, cast.other_caregiver.id, scope, NOON) is not None

    @pytest.mark.parametrize(("missing", "field"), [("consent", "consent"), ("scopes", "scopes"), ("member", "member")])
    def test_nothing_is_opened_without_consent_a_scope_and_somebody(
        self, doctor: Browser, home: str, cast: Cast, missing: str, field: str
    ) -> None:
        form = {"member": cast.other_caregiver.public_id, "scopes": ["readings"], "consent": "yes"}
        del form[missing]

        answer = doctor.send(f"{home}/people", form)

        assert answer.status_code == 422
        assert f'id="{field}-error"' in text_of(answer)

    def test_a_caregiver_is_never_given_everything(self, doctor: Browser, home: str, cast: Cast) -> None:
        form = {"member": cast.other_caregiver.public_id, "scopes": ["care"], "consent": "yes"}

        answer = doctor.send(f"{home}/people", form)

        assert answer.status_code == 422

    def test_what_was_opened_is_ended_at_once(self, doctor: Browser, home: str, engine: Engine, cast: Cast) -> None:
        form = {"member": cast.caregiver.public_id, "scope": "readings"}

        doctor.send(f"{home}/people/end", form, seen_on=f"{home}/people")

        with reading(engine) as session:
            assert find_link(session, cast.patient.id, cast.caregiver.id, Scope.READINGS, NOON) is None
            assert find_link(session, cast.patient.id, cast.caregiver.id, Scope.MISSED_DOSES, NOON) is not None
        assert actions(engine)[-1] == "ended_care_link"

    def test_a_doctor_whose_link_ended_sees_the_patient_no_more(
        self, doctor: Browser, admin: Browser, home: str, cast: Cast
    ) -> None:
        before = doctor.get(home).status_code

        admin.send(f"{home}/people/end", {"member": cast.doctor.public_id, "scope": "care"}, seen_on=f"{home}/people")

        assert (before, doctor.get(home).status_code) == (200, 404)


class TestFacts:
    def test_several_are_noted_with_their_days(self, doctor: Browser, home: str, engine: Engine, cast: Cast) -> None:
        form = {
            "egfr": "58",
            "egfr_on": "2026-10-02",
            "weight_kg": "80,5",
            "diabetes_type": "type2",
            "condition": "dialysis",
        }

        doctor.send(f"{home}/facts", form)

        with reading(engine) as session:
            known = facts_of(session, cast.patient.id)
        assert (known.egfr, known.egfr_on) == (Decimal(58), date(2026, 10, 2))
        assert (known.weight_kg, known.weight_on) == (Decimal("80.5"), date(2026, 11, 21))
        assert known.diabetes_type == "type2"
        assert known.conditions == {"dialysis"}

    def test_a_condition_that_is_over_goes_away(self, doctor: Browser, home: str, engine: Engine, cast: Cast) -> None:
        doctor.send(f"{home}/facts", {"condition": "vomiting", "condition_on": "2026-11-18"})

        doctor.send(f"{home}/facts", {"condition": "vomiting", "condition_is": "over"})

        with reading(engine) as session:
            assert facts_of(session, cast.patient.id).conditions == frozenset()

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"egfr": "580"}, "egfr"),
            ({"potassium": "high"}, "potassium"),
            ({"egfr": "58", "egfr_on": "2027-01-01"}, "egfr_on"),
            ({"egfr": "58", "egfr_on": "last week"}, "egfr_on"),
            ({"diabetes_type": "type9"}, "diabetes_type"),
            ({"condition": "boredom"}, "condition"),
        ],
    )
    def test_one_that_cannot_be_keeps_all_from_being_noted(
        self, doctor: Browser, home: str, engine: Engine, cast: Cast, form: dict[str, str], field: str
    ) -> None:
        answer = doctor.send(f"{home}/facts", {"weight_kg": "80"} | form)

        assert answer.status_code == 422
        assert f'href="#{field}"' in text_of(answer)
        with reading(engine) as session:
            assert facts_of(session, cast.patient.id).weight_kg is None

    def test_every_kind_can_be_noted(self, doctor: Browser, home: str) -> None:
        page = text_of(doctor.get(f"{home}/facts"))

        assert all(f'name="{kind.value}"' in page for kind in FactKind)


class TestPrescribing:
    def test_the_next_three_times_are_shown_before_anything_is_written(
        self, doctor: Browser, home: str, engine: Engine
    ) -> None:
        answer = doctor.send(f"{home}/medicines/new", GLARGINE | {"days": ["mon", "thu"]})

        times = re.findall(r"<li>((?:Mon|Thu), Nov \d+ 21:00)</li>", text_of(answer))
        assert times == ["Mon, Nov 23 21:00", "Thu, Nov 26 21:00", "Mon, Nov 30 21:00"]
        with reading(engine) as session:
            assert session.scalars(select(Regimen)).all() == []

    def test_a_dose_is_set_in_the_doctors_name_and_planned_at_once(
        self, doctor: Browser, home: str, engine: Engine, cast: Cast
    ) -> None:
        regimen = prescribe(doctor, home, engine)

        held = in_force(regimen, NOON)
        assert held is not None
        assert (held.amount, held.rule, held.clinician_id) == (
            Decimal(16),
            {"kind": "daily", "times": ["21:00"]},
            cast.doctor.id,
        )
        with reading(engine) as session:
            work = session.scalars(select(DueWork).where(DueWork.kind == WorkKind.PLAN)).one()
        assert (work.subject_id, work.next_check_at) == (regimen.id, NOON)
        assert actions(engine)[-1] == "prescribed"

    def test_a_change_is_a_new_revision(self, doctor: Browser, home: str, engine: Engine) -> None:
        regimen = prescribe(doctor, home, engine)
        form = {"amount": "18", "times": "22:00", "start_on": "2026-11-21", "reason": "fasting high", "seen": "1"}

        doctor.send(f"{home}/medicines/{regimen.public_id}", form | {"step": "prescribe"})

        amounts = [revision.amount for revision in only_regimen(engine).revisions]
        assert amounts == [Decimal(16), Decimal(18)]

    def test_the_form_of_a_change_shows_the_present_dose(self, doctor: Browser, home: str, engine: Engine) -> None:
        regimen = prescribe(doctor, home, engine, times="8:00 21:00")

        page = text_of(doctor.get(f"{home}/medicines/{regimen.public_id}"))

        assert 'value="16"' in page
        assert 'value="08:00 21:00"' in page

    def test_a_change_over_somebody_elses_change_is_refused(self, doctor: Browser, home: str, engine: Engine) -> None:
        regimen = prescribe(doctor, home, engine)
        form = {"amount": "18", "times": "22:00", "start_on": "2026-11-21", "reason": "x", "step": "prescribe"}
        doctor.send(f"{home}/medicines/{regimen.public_id}", form | {"seen": "1"})

        answer = doctor.send(f"{home}/medicines/{regimen.public_id}", form | {"amount": "40", "seen": "1"})

        assert answer.status_code == 412
        assert len(only_regimen(engine).revisions) == 2

    def test_a_stopped_medicine_ends_its_plan_and_is_planned_away(
        self, doctor: Browser, home: str, engine: Engine, clock: FakeClock
    ) -> None:
        regimen = prescribe(doctor, home, engine)
        clock.forward(minutes=5)

        doctor.send(f"{home}/medicines/{regimen.public_id}/stop")

        assert only_regimen(engine).stopped_at == clock()
        with reading(engine) as session:
            work = session.scalars(select(DueWork).where(DueWork.kind == WorkKind.PLAN)).one()
        assert work.next_check_at == clock()
        assert doctor.get(f"{home}/medicines/{regimen.public_id}").status_code == 404

    def test_a_medicine_of_another_patient_is_not_found_under_this_one(
        self, doctor: Browser, home: str, engine: Engine, cast: Cast
    ) -> None:
        regimen = prescribe(doctor, home, engine)
        with writing(engine) as session:
            session.get_one(Regimen, regimen.id).patient_id = cast.other_patient.id

        answers = [
            doctor.send(f"{home}/medicines/{regimen.public_id}{page}", seen_on="/account").status_code
            for page in ("", "/stop", "/plan", "/plan/end")
        ]

        assert answers == [404] * 4
        assert only_regimen(engine).stopped_at is None

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount", "0"),
            ("amount", "-4"),
            ("amount", "NaN"),
            ("amount", "a lot"),
            ("amount", "1000000"),
            ("times", "25:00"),
            ("times", "noon"),
            ("times", "08:00 08:00"),
            ("times", ""),
            ("days", "someday"),
            ("reason", ""),
            ("start_on", "soon"),
            ("end_on", "2026-11-01"),
            ("drug_class", "magic"),
            ("unit", "spoon"),
            ("grace_minutes", "2"),
            ("drug", ""),
        ],
    )
    def test_what_cannot_be_prescribed_is_said_at_its_field(
        self, doctor: Browser, home: str, engine: Engine, field: str, value: str
    ) -> None:
        answer = doctor.send(f"{home}/medicines/new", GLARGINE | {field: value, "step": "prescribe"})

        assert answer.status_code == 422
        assert f'href="#{field}"' in text_of(answer)
        with reading(engine) as session:
            assert session.scalars(select(Regimen)).all() == []

    @pytest.mark.parametrize("typed", ["8:00 20:00", "20:00, 08:00", "08:00，20:00", "8：00、20：00"])
    def test_times_are_understood_however_they_are_typed(self, typed: str) -> None:
        rule = rule_of({"times": typed, "days": []})

        assert sorted(rule["times"]) == ["08:00", "20:00"]

    def test_a_preview_starts_on_the_first_day_where_the_patient_lives(self, cast: Cast) -> None:
        rule = {"kind": "daily", "times": ["00:30"]}

        schedule = Schedule(ZoneInfo(cast.patient.zone), date(2026, 12, 1), None, parse_rule(rule))
        times = next_times(schedule, NOON)

        assert times[0] == datetime(2026, 11, 30, 16, 30, tzinfo=UTC)

    def test_a_rule_that_never_falls_due_is_refused(self, cast: Cast) -> None:
        rule = {"kind": "weekdays", "days": ["mon"], "times": ["08:00"]}

        days = date(2026, 11, 24), date(2026, 11, 25)
        with pytest.raises(BadInput, match="no dose would ever be due"):
            next_times(Schedule(ZoneInfo(cast.patient.zone), *days, parse_rule(rule)), NOON)


class TestSigningAPlan:
    PLAN = {
        "protocol": "basal.ada_2u3d",
        "target_low": "80",
        "target_high": "130",
        "max_daily": "40",
        "ends_on": "2027-02-19",
        "seen": "0",
        "signed": "yes",
    }

    @pytest.fixture(autouse=True)
    def signed_protocol(self, engine: Engine, cast: Cast) -> None:
        with writing(engine) as session:
            stand_for(session, registry.load(), "basal.ada_2u3d", cast.doctor)

    def sign(self, doctor: Browser, home: str, engine: Engine, **changed: str) -> Any:
        regimen = prescribe(doctor, home, engine)
        form = self.PLAN | {"digest": registry.load().digest} | changed
        return doctor.send(f"{home}/medicines/{regimen.public_id}/plan", form)

    def test_the_page_shows_every_rule_with_its_evidence(self, doctor: Browser, home: str, engine: Engine) -> None:
        regimen = prescribe(doctor, home, engine)
        protocol = registry.load().get("basal.ada_2u3d")

        page = text_of(doctor.get(f"{home}/medicines/{regimen.public_id}/plan"))

        assert all(rule.says in page for rule in protocol.rules)
        assert page.count("from a secondary page: check it") >= 3

    def test_a_plan_names_its_signer_and_the_text_that_was_signed(
        self, doctor: Browser, home: str, engine: Engine, cast: Cast
    ) -> None:
        answer = self.sign(doctor, home, engine)

        assert answer.status_code == 302
        with reading(engine) as session:
            plan = session.scalars(select(Plan)).one()
            due = session.scalars(select(DueWork).where(DueWork.kind == WorkKind.ASSESS)).one()
        assert (plan.signed_by, plan.signed_at) == (cast.doctor.id, NOON)
        assert plan.protocol_hash == registry.load().digests["basal.ada_2u3d"]
        assert (plan.target_low, plan.max_daily, plan.ends_on) == (Decimal(80), Decimal(40), date(2027, 2, 19))
        assert due.subject_id == cast.patient.id
        assert actions(engine)[-1] == "signed_plan"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("signed", ""),
            ("protocol", "magic.protocol"),
            ("target_low", "60"),
            ("target_high", "300"),
            ("target_high", "80"),
            ("max_daily", "61"),
            ("max_daily", "0"),
            ("ends_on", "2027-02-20"),
            ("ends_on", "2026-11-20"),
        ],
    )
    def test_a_plan_out_of_bounds_is_not_signed(
        self, doctor: Browser, home: str, engine: Engine, field: str, value: str
    ) -> None:
        answer = self.sign(doctor, home, engine, **{field: value})

        assert answer.status_code == 422
        assert f'href="#{field}"' in text_of(answer)
        with reading(engine) as session:
            assert session.scalars(select(Plan)).all() == []

    def test_protocols_that_changed_since_they_were_shown_are_not_signed(
        self, doctor: Browser, home: str, engine: Engine
    ) -> None:
        answer = self.sign(doctor, home, engine, digest="0" * 64)

        assert answer.status_code == 412

    def test_a_new_plan_ends_the_one_before(self, doctor: Browser, home: str, engine: Engine) -> None:
        self.sign(doctor, home, engine)
        page = f"{home}/medicines/{only_regimen(engine).public_id}/plan"

        instead = {"digest": registry.load().digest, "max_daily": "30", "seen": "1", "reason": "kidneys"}
        doctor.send(page, self.PLAN | instead)

        with reading(engine) as session:
            plans = session.scalars(select(Plan).order_by(Plan.id)).all()
        assert [plan.stopped_at for plan in plans] == [NOON, None]

    def test_a_plan_can_be_ended(self, doctor: Browser, home: str, engine: Engine) -> None:
        self.sign(doctor, home, engine)

        doctor.send(f"{home}/medicines/{only_regimen(engine).public_id}/plan/end")

        with reading(engine) as session:
            assert session.scalars(select(Plan)).one().stopped_at == NOON

    def test_a_medicine_without_a_protocol_says_so(self, doctor: Browser, home: str, engine: Engine) -> None:
        regimen = prescribe(doctor, home, engine, drug="Atorvastatin", drug_class="statin", unit="mg")

        page = text_of(doctor.get(f"{home}/medicines/{regimen.public_id}/plan"))

        assert "No protocol is made for this medicine" in page

    def test_nothing_is_signed_without_a_fresh_password(
        self, doctor: Browser, home: str, engine: Engine, clock: FakeClock
    ) -> None:
        regimen = prescribe(doctor, home, engine)
        page = f"{home}/medicines/{regimen.public_id}/plan"
        clock.forward(minutes=15)

        answer = doctor.send(page, self.PLAN | {"digest": registry.load().digest}, seen_on="/account")

        assert answer.location.startswith("/confirm-password")
        with reading(engine) as session:
            assert session.scalars(select(Plan)).all() == []


class TestThePatientOnOnePage:
    def test_what_nobody_said_is_called_not_known(self, doctor: Browser, home: str) -> None:
        page = text_of(doctor.get(home))

        assert page.count("⚠ not known") == 8
        assert "Wang Aiyi" in page
        assert "71 years" in page

    def test_the_charts_hold_the_last_fourteen_days_of_finger_stick_values(
        self, doctor: Browser, home: str, services: Services, cast: Cast
    ) -> None:
        def glucose(days_ago: float, value: str | None, kind: Kind = Kind.METER, limit: Limit | None = None) -> Reading:
            return Reading(
                cast.patient.public_id, Metric.GLUCOSE, NOON - timedelta(days=days_ago), "m", int(days_ago * 10),
                value and Decimal(value), "mmol/L", kind, "d", meal=Meal.FASTING, limit=limit,
            )  # fmt: skip

        services.store.append(
            [glucose(15, "5.1"), glucose(3, "6.2"), glucose(2, "7.3", Kind.CGM), glucose(1, None, limit=Limit.HIGH)]
        )

        page = text_of(doctor.get(home)).partition("by time of day")[0]

        cells = re.findall(r'<td class="number">([^<]*)</td>', page)
        assert cells[1::4] == ["HI", "6.2"]

    def test_pressures_are_drawn_beside_the_home_limits(
        self, doctor: Browser, home: str, services: Services, cast: Cast
    ) -> None:
        yesterday = Reading(
            cast.patient.public_id, Metric.BLOOD_PRESSURE, NOON - timedelta(days=1), "c", 1, Decimal(142),
            "mm[Hg]", Kind.CUFF, "d", diastolic=Decimal(88),
        )  # fmt: skip
        services.store.append([yesterday])

        page = text_of(doctor.get(home))

        assert "142/88" in page
        assert "&lt;135" in page


def test_the_audit_chain_of_a_whole_day_holds(
    doctor: Browser, admin: Browser, home: str, engine: Engine, cast: Cast
) -> None:
    regimen = prescribe(doctor, home, engine)
    doctor.send(f"{home}/facts", {"weight_kg": "80.5"})
    doctor.send(f"{home}/medicines/{regimen.public_id}/stop")
    admin.send(f"/people/{cast.caregiver.public_id}/sign-in-link")

    with reading(engine) as session:
        broken = list(broken_entries(session))
        details = " ".join(str(entry.details) for entry in session.scalars(select(AuditEntry)))

    assert broken == []
    assert not any(word in details for word in ("Wang", "+86", "glargine", "80.5", PASSWORD))
