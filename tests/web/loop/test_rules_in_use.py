"""Rules that doctors reject suspend themselves; protocols on trial are evaluated, and shown to nobody."""

import re
from datetime import timedelta

import pytest

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.models import ProtocolRun, Review, Suggestion
from companion.advice.quality import shadow, suspending
from companion.advice.quality.quality_models import RuleSuspension, ShadowRun, ShadowTrial
from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.db import reading, writing
from companion.errors import BadInput
from companion.messages.models import Message
from tests.approvals import approve_increase, take_back
from tests.web.loop.house import House
from tests.world import World

USUAL = "basal.ada_2u3d"


def add_reviewed(world: World, like: Suggestion, *decisions: Decision) -> None:
    """Suggestions of the same rule that were decided on a week before."""
    long_ago = world.now - timedelta(days=7)
    with writing(world.engine) as session:
        for number, decision in enumerate(decisions):
            columns = {c.name: getattr(like, c.name) for c in Suggestion.__table__.columns if c.name != "id"}
            decided = columns | {"public_id": f"su_old{number}", "state": decision.value, "decided_at": long_ago}
            old = Suggestion(**decided)
            session.add(old)
            session.flush()
            session.add(
                Review(
                    suggestion_id=old.id,
                    patient_id=old.patient_id,
                    clinician_id=world.doctor.id,
                    decision=decision.value,
                    amount=None if decision is Decision.REJECTED else old.to_amount,
                    code=Rejection.RISK_OF_LOWS.value if decision is Decision.REJECTED else None,
                    shown_digest="0" * 64,
                    authenticated_at=world.now,
                    decided_at=world.now,
                )
            )


def waiting(world: World) -> Suggestion:
    world.titration()
    world.fast(150, 148, 155)
    return world.only(Suggestion)


def reject(world: World, suggestion: Suggestion) -> None:
    world.decide(suggestion, world.act(suggestion, Decision.REJECTED, code=Rejection.RISK_OF_LOWS, reason="too fast"))


def test_the_ninth_rejection_of_twenty_suspends_the_rule_in_the_same_transaction(world: World) -> None:
    suggestion = waiting(world)
    add_reviewed(world, suggestion, *[Decision.REJECTED] * 8, *[Decision.APPROVED] * 11)

    reject(world, suggestion)

    suspension = world.only(RuleSuspension)
    assert (suspension.rule, suspension.rejected, suspension.reviews) == ("R5", 9, 20)
    assert world.all(AuditEntry)[-1].action == "rule.suspended"


def test_eight_of_twenty_suspend_nothing(world: World) -> None:
    suggestion = waiting(world)
    add_reviewed(world, suggestion, *[Decision.REJECTED] * 7, *[Decision.APPROVED] * 12)

    reject(world, suggestion)

    assert world.all(RuleSuspension) == []


def test_a_suspended_rule_proposes_nothing_more_and_says_so(world: World) -> None:
    suggestion = waiting(world)
    add_reviewed(world, suggestion, *[Decision.REJECTED] * 19)
    reject(world, suggestion)

    world.clock.advance(hours=24)
    world.measure(152, meal=2)

    outcome = world.only(ProtocolRun).outcome["outcome"]
    assert world.all(Suggestion, state="pending") == []
    assert (outcome["outcome"], outcome["action"]) == ("hold", "none")
    assert "rejected R5 too often" in outcome["reasons"][0]


def test_a_low_is_answered_all_the_same(world: World) -> None:
    suggestion = waiting(world)
    add_reviewed(world, suggestion, *[Decision.REJECTED] * 19)
    reject(world, suggestion)

    world.measure(60)

    assert world.only(Suggestion, state="pending").action == "decrease"


def test_what_waits_by_the_rule_is_taken_back_at_the_next_beat(world: World) -> None:
    suggestion = waiting(world)
    with writing(world.engine) as session:
        session.add(
            RuleSuspension(
                protocol=suggestion.protocol,
                rule=suggestion.rule,
                rejected=9,
                reviews=20,
                last_review_id=_any_review(world, suggestion),
                suspended_at=world.now,
            )
        )

    world.clock.advance(hours=2)
    world.beat()

    assert world.only(Suggestion, id=suggestion.id).state == "superseded"


def _any_review(world: World, suggestion: Suggestion) -> int:
    add_reviewed(world, suggestion, Decision.REJECTED)
    return world.only(Review).id


def test_only_a_named_clinician_with_a_fresh_password_and_a_reason_lifts_it(world: World) -> None:
    suggestion = waiting(world)
    add_reviewed(world, suggestion, *[Decision.REJECTED] * 19)
    reject(world, suggestion)

    def lift(by: Person, minutes_ago: float, reason: str) -> bool:
        with writing(world.engine) as session:
            fresh = world.now - timedelta(minutes=minutes_ago)
            standing = session.query(RuleSuspension).one()
            return suspending.lift(session, standing, by=by, authenticated_at=fresh, reason=reason, now=world.now)

    with pytest.raises(BadInput):
        lift(world.anna, 0, "please")
    with pytest.raises(FreshSignInNeeded):
        lift(world.doctor, 16, "please")
    with pytest.raises(BadInput):
        lift(world.doctor, 0, " ")
    first, second = lift(world.doctor, 1, "the limit was wrong"), lift(world.doctor, 1, "again")

    assert (first, second) == (True, False)
    assert world.only(RuleSuspension).lifted_by == world.doctor.id


def test_after_a_lift_the_next_twenty_are_counted_anew(world: World) -> None:
    suggestion = waiting(world)
    add_reviewed(world, suggestion, *[Decision.REJECTED] * 19)
    reject(world, suggestion)
    with writing(world.engine) as session:
        standing = session.query(RuleSuspension).one()
        suspending.lift(
            session, standing, by=world.doctor, authenticated_at=world.now, reason="looked at", now=world.now
        )

    world.clock.advance(days=3)
    world.fast(150, 148, 155)
    reject(world, world.only(Suggestion, state="pending"))

    assert len(world.all(RuleSuspension)) == 1


def test_what_a_doctor_rejected_does_not_come_back_with_the_next_value(world: World) -> None:
    reject(world, waiting(world))

    world.clock.advance(hours=24)
    world.measure(152, meal=2)

    outcome = world.only(ProtocolRun).outcome["outcome"]
    assert world.all(Suggestion, state="pending") == []
    assert "A doctor rejected this increase" in outcome["reasons"][0]


def test_what_a_doctor_took_back_does_not_come_back_with_the_next_value(world: World) -> None:
    approve_increase(world)
    take_back(world)

    world.clock.advance(hours=24)
    world.measure(152, meal=2)

    assert world.all(Suggestion, state="pending") == []


# On the page


def test_the_page_shows_the_figures_and_lifts_a_suspension(house: House) -> None:
    suggestion = waiting(house)
    add_reviewed(house, suggestion, *[Decision.REJECTED] * 19)
    reject(house, suggestion)
    browser = house.browser(house.doctor)

    page = browser.get("/clinic/rules").get_data(as_text=True)
    queue = browser.get("/doctor/queue").get_data(as_text=True)
    answer = browser.send(
        f"/clinic/rules/suspensions/{house.only(RuleSuspension).id}/lift", {"reason": "looked at"}, "/clinic/rules"
    )

    assert "20 of its last 20" in page
    assert re.search(r"The risk of lows is too high: 20", page)
    assert "suspended itself" in queue
    assert answer.status_code == 302
    assert house.only(RuleSuspension).reason == "looked at"


def test_a_password_typed_long_ago_lifts_nothing(house: House) -> None:
    suggestion = waiting(house)
    add_reviewed(house, suggestion, *[Decision.REJECTED] * 19)
    reject(house, suggestion)
    browser = house.browser(house.doctor)
    house.clock.advance(minutes=20)

    answer = browser.send(
        f"/clinic/rules/suspensions/{house.only(RuleSuspension).id}/lift", {"reason": "looked at"}, "/clinic/rules"
    )

    assert "/confirm-password" in answer.headers["Location"]
    assert house.only(RuleSuspension).lifted_at is None


# In the shadow


def a_protocol_for_insulin(world: World) -> str:
    """Another protocol that is switched on for what Anna takes."""
    known = world.stores.registry.protocols.values()
    fits = [each.id for each in known if each.is_enabled and "basal_insulin" in each.drug_classes and each.id != USUAL]
    return fits[0]


def start_trial(world: World) -> ShadowTrial:
    with writing(world.engine) as session:
        ends_on = world.today + timedelta(days=30)
        terms = {"by": world.doctor, "ends_on": ends_on, "today": world.today, "now": world.now}
        return shadow.start(session, world.stores.registry, a_protocol_for_insulin(world), **terms)


def test_a_protocol_in_the_shadow_is_evaluated_and_nothing_else_happens(world: World) -> None:
    world.titration()
    trial = start_trial(world)

    world.fast(180, 185, 190)
    world.beat()

    run = world.only(ShadowRun)
    assert (run.trial_id, run.patient_id, run.local_on) == (trial.id, world.anna.id, world.today)
    assert {each.protocol.split("@")[0] for each in world.all(Suggestion)} == {USUAL}
    assert world.all(Message) == []


def test_a_day_has_one_row_with_its_last_word(world: World) -> None:
    world.titration()
    start_trial(world)

    world.fast(180, 185, 190)
    world.measure(60)

    assert len(world.all(ShadowRun)) == 1


def test_the_report_compares_it_with_what_a_doctor_did(world: World) -> None:
    world.titration()
    trial = start_trial(world)
    world.fast(150, 148, 155)
    suggestion = world.only(Suggestion)
    world.decide(suggestion, world.act(suggestion))

    with reading(world.engine) as session:
        report = shadow.report(session, session.get_one(ShadowTrial, trial.id))

    run = world.only(ShadowRun)
    assert (report.days, report.people) == (1, 1)
    assert report.compared == {(run.action, "increase"): 1}
    assert report.agreed == (1 if run.action == "increase" else 0)


@pytest.mark.parametrize(("days", "role"), [(0, "doctor"), (91, "doctor"), (30, "anna")])
def test_a_trial_ends_within_ninety_days_and_is_a_clinicians(world: World, days: int, role: str) -> None:
    ends_on, by = world.today + timedelta(days=days), getattr(world, role)
    terms = {"by": by, "ends_on": ends_on, "today": world.today, "now": world.now}

    with writing(world.engine) as session, pytest.raises(BadInput):
        shadow.start(session, world.stores.registry, USUAL, **terms)


def test_the_page_starts_a_trial_shows_its_report_and_ends_it(house: House) -> None:
    house.titration()
    browser = house.browser(house.doctor)
    form = {"protocol": a_protocol_for_insulin(house), "ends_on": str(house.today + timedelta(days=30))}

    started = browser.send("/clinic/rules/trials", form, "/clinic/rules")
    house.fast(180, 185, 190)
    trial = house.only(ShadowTrial)
    report = browser.get(f"/clinic/rules/trials/{trial.public_id}").get_data(as_text=True)
    ended = browser.send(f"/clinic/rules/trials/{trial.public_id}/stop", {}, "/clinic/rules")

    assert (started.status_code, ended.status_code) == (302, 302)
    assert "1 days of medicines of 1 patients" in report
    assert house.only(ShadowTrial).stopped_at is not None


def test_no_page_and_no_list_of_the_patient_or_doctor_tells_of_a_shadow_run(house: House) -> None:
    house.titration()
    start_trial(house)
    house.fast(180, 185, 190)
    protocol = a_protocol_for_insulin(house)

    seen = [
        house.page(house.doctor, "/doctor/queue"),
        house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}"),
        house.page(house.doctor, "/api/v1/suggestions"),
        house.page(house.anna, "/today"),
        house.page(house.anna, "/medicines"),
    ]

    assert all(protocol not in page for page in seen)
