"""What cannot wait, by page and API: how the patient feels, what to do now, who signs it, and who takes the task."""

from typing import Any

import pytest

from companion.advice.alarms.urgent_models import Instruction, InstructionSignature, UrgentEpisode
from companion.care.audit import AuditEntry
from companion.care.due_work import DueWork, WorkKind
from companion.care.reported import Reported
from companion.care.tasks import Task, TaskKind
from tests.web.loop.house import House
from tests.web.loop.test_api import Program, path_of, problem

FEEL = "/feel"
INSTRUCTIONS = "/clinic/instructions"


def feel(house: House, what: str) -> str:
    """The page that a tap leads to."""
    browser = house.browser(house.anna)
    answer = browser.send(FEEL, {"what": what})
    assert answer.status_code == 302
    return browser.get(answer.location).get_data(as_text=True)


def the_task(house: House) -> Task:
    return house.only(Task, kind=TaskKind.URGENT_READING.value)


def texts(house: House) -> dict[str | None, str]:
    """What left now, by number."""
    return {said.to: said.text for said in house.beat()}


# How the patient feels


def test_a_tap_leads_to_what_to_do_in_the_signers_name_with_numbers_to_call(house: House) -> None:
    house.sign_instructions()

    page = feel(house, "symptoms")

    assert "This can be an emergency. Call 112 now." in page
    assert "Approved by Dr. Roth" in page
    assert 'href="tel:112"' in page
    assert 'href="tel:+4930123456"' in page
    assert "Nobody watches these values live" in page


def test_without_a_signature_the_page_names_no_treatment(house: House) -> None:
    page = feel(house, "needed_help")

    assert "needs attention. Please call +4930123456 now." in page
    assert "sugar or juice" not in page
    assert "Approved by" not in page


def test_what_was_read_is_gone_and_what_is_worse_comes_back(house: House) -> None:
    house.measure(65)
    browser = house.browser(house.anna)
    shown = f"{house.only(UrgentEpisode).public_id}:hypo_l1"
    assert "See what to do" in browser.get("/today").get_data(as_text=True)

    browser.send("/urgent/read", {"shown": shown}, seen_on="/urgent")
    after_reading = browser.get("/today").get_data(as_text=True)
    house.clock.advance(minutes=10)
    house.measure(50)
    browser.send("/urgent/read", {"shown": shown}, seen_on="/urgent")

    assert "See what to do" not in after_reading
    assert "See what to do" in browser.get("/today").get_data(as_text=True)


def test_a_typed_value_that_cannot_wait_opens_the_page_and_another_does_not(house: House) -> None:
    browser = house.browser(house.anna)
    at = house.now.astimezone(house.zone).strftime("%Y-%m-%dT%H:%M")

    low = browser.send("/readings/new/glucose", {"value": "50", "unit": "mg/dL", "time": at})
    pressure = house.browser(house.anna).send(
        "/readings/new/blood-pressure", {"value": "120", "diastolic": "70", "time": at}
    )

    assert low.location.endswith("/urgent")
    assert pressure.location.endswith("/urgent")  # the low was not read yet


@pytest.mark.parametrize("what", ["", "fine", "ILL"])
def test_what_is_no_button_is_refused(house: House, what: str) -> None:
    assert house.browser(house.anna).send(FEEL, {"what": what}).status_code == 400
    assert house.all(Reported) == []


def test_it_is_over_or_was_a_mistake_and_a_fall_is_never_over(house: House) -> None:
    feel(house, "ill")
    feel(house, "fall")
    ill, fall = (report.public_id for report in house.all(Reported))
    browser = house.browser(house.anna)

    answers = [
        browser.send(f"{FEEL}/{report}/end", {"how": how}, seen_on=FEEL).status_code
        for report, how in ((ill, "over"), (fall, "over"), (fall, "mistake"), (fall, "gone"))
    ]

    assert answers == [302, 400, 302, 400]
    assert [report.ended_as for report in house.all(Reported)] == ["over", "mistake"]


def test_a_doctor_reads_and_ends_what_was_told_and_a_stranger_does_neither(house: House) -> None:
    feel(house, "dizzy")
    report = house.only(Reported).public_id
    page = f"/clinic/patients/{house.anna.public_id}/feeling"

    shown = house.page(house.doctor, page)
    refused = house.browser(house.other_doctor).get(page).status_code
    ended = house.browser(house.doctor).send(f"/clinic/reports/{report}/end", {"how": "mistake"}, seen_on=page)

    assert "feels dizzy" in shown
    assert refused == 404
    assert ended.status_code == 302
    assert house.only(Reported).ended_by == house.doctor.id


def test_by_api_a_report_is_answered_with_what_to_do_now(house: House) -> None:
    house.sign_instructions()
    program = Program(house, house.anna)

    made = program.post(path_of(house, "reports"), {"what": ["vomiting", "dizzy"]}, Idempotency_Key="k1")
    again = program.post(path_of(house, "reports"), {"what": ["vomiting", "dizzy"]}, Idempotency_Key="k1")
    listed = Program(house, house.doctor).get(path_of(house, "reports")).get_json()

    body = made.get_json()
    assert (made.status_code, again.get_json()) == (201, body)
    assert {each["event"] for each in body["act_now"]} == {"vomiting", "dizzy"}
    assert {each["signed_by"] for each in body["act_now"]} == {"Dr. Roth"}
    assert {each["what"] for each in listed["reports"]} == {"vomiting", "dizzy"}
    assert len(house.all(Reported)) == 2


def test_by_api_a_report_is_ended_once(house: House) -> None:
    program = Program(house, house.anna)
    made = program.post(path_of(house, "reports"), {"what": ["fall"]}).get_json()["reports"][0]["id"]

    refused = program.post(f"/reports/{made}/end", {"how": "over"})
    ended = program.post(f"/reports/{made}/end", {"how": "mistake"})
    again = program.post(f"/reports/{made}/end", {"how": "mistake"})

    assert problem(refused)[0] == 422
    assert ended.get_json()["ended_as"] == again.get_json()["ended_as"] == "mistake"


def test_nobody_reports_for_another(house: House) -> None:
    body: dict[str, Any] = {"what": ["ill"]}

    answers = [
        Program(house, person).post(path_of(house, "reports"), body).status_code
        for person in (house.doctor, house.ben, house.stranger)
    ]

    assert answers == [403, 403, 403]
    assert house.all(Reported) == []


# Texts are signed


def drafted(house: House, **changed: str) -> tuple[int, str]:
    """A doctor keeps a draft about lows, as the page shows it; its status and the page it leads to."""
    browser = house.browser(house.doctor)
    form = {
        "patient_en": "Too low: take sugar. Call %(emergency)s.",
        "patient_zh": "血糖低：请吃糖。拨打 %(emergency)s。",
        "caregiver_en": "%(name)s: too low. Call %(emergency)s.",
        "caregiver_zh": "%(name)s：血糖低。拨打 %(emergency)s。",
    }
    answer = browser.send(f"{INSTRUCTIONS}/hypo/new", form | changed)
    return answer.status_code, answer.location or answer.get_data(as_text=True)


def test_the_drafts_of_the_product_are_offered_and_nothing_is_signed(house: House) -> None:
    index = house.page(house.doctor, INSTRUCTIONS)
    draft = house.page(house.doctor, f"{INSTRUCTIONS}/hypo/new")

    assert index.count("nobody signed a text") == 13
    assert "Your sugar is too low. Take 15 g of sugar now" in draft
    assert house.all(InstructionSignature) == []


def test_from_an_edited_draft_to_a_message_and_away_again(house: House) -> None:
    _, one = drafted(house)
    browser = house.browser(house.doctor)
    house.measure(50)
    before = texts(house)[house.anna.phone]

    browser.send(f"{one}/sign", {"compared": "yes"})
    house.clock.advance(hours=2)
    house.measure(51)
    signed = texts(house)
    house.browser(house.doctor).send(f"{one}/withdraw", seen_on=one)
    house.clock.advance(hours=2)
    house.measure(52)
    after = texts(house)[house.anna.phone]

    assert signed[house.anna.phone] == "Too low: take sugar. Call 112."
    assert signed[house.ben.phone] == "Anna: too low. Call 112."
    assert before == after
    assert "sugar" not in before
    acts = [entry.action for entry in house.all(AuditEntry) if entry.action.endswith("instruction")]
    assert acts == ["drafted_instruction", "signed_instruction", "withdrew_instruction"]


def test_a_dose_in_a_text_is_refused(house: House) -> None:
    status, page = drafted(house, patient_en="Take 4 units less. Call %(clinic)s.")

    assert status == 422
    assert "names an amount of medicine" in page
    assert house.all(Instruction) == []


def test_signing_needs_the_password_just_typed_and_the_box(house: House) -> None:
    _, one = drafted(house)
    browser = house.browser(house.doctor)
    unticked = browser.send(f"{one}/sign", {})
    house.clock.advance(minutes=16)

    late = browser.send(f"{one}/sign", {"compared": "yes"}, seen_on=one)

    assert unticked.status_code == 422
    assert "/confirm-password" in late.location
    assert house.all(InstructionSignature) == []


def test_a_version_is_signed_once(house: House) -> None:
    _, one = drafted(house)
    browser = house.browser(house.doctor)
    browser.send(f"{one}/sign", {"compared": "yes"})

    again = house.browser(house.other_doctor).send(f"{one}/sign", {"compared": "yes"})

    assert again.status_code == 422
    assert house.only(InstructionSignature).clinician_id == house.doctor.id


# Tasks are taken


def test_a_doctor_takes_an_urgent_task_by_name_and_gives_it_back(house: House) -> None:
    house.measure(50)
    task = the_task(house)
    browser = house.browser(house.doctor)
    assert "nobody has taken it" in browser.get("/doctor/tasks").get_data(as_text=True)

    browser.send(f"/doctor/tasks/{task.id}/take", seen_on="/doctor/tasks")
    taken, due = the_task(house), house.all(DueWork, kind=WorkKind.TASK.value)
    queue = browser.get("/doctor/tasks").get_data(as_text=True)
    browser.send(f"/doctor/tasks/{task.id}/give-back", seen_on="/doctor/tasks")

    assert (taken.taken_by, due) == (house.doctor.id, [])
    assert "taken by Dr. Roth" in queue
    assert the_task(house).taken_by is None


def test_the_administrator_sees_that_a_task_waits_and_not_whose_it_is(house: House) -> None:
    house.measure(50)

    page = house.page(house.admin, "/admin/urgent-tasks")

    assert "nobody could be told" in page
    assert "Anna" not in page
    assert "glucose" not in page


def test_ketones_are_typed_in_and_high_ones_cannot_wait(house: House) -> None:
    browser = house.browser(house.anna)
    at = house.now.astimezone(house.zone).strftime("%Y-%m-%dT%H:%M")

    refused = browser.send("/readings/new/ketone", {"value": "31", "time": at})
    answer = browser.send("/readings/new/ketone", {"value": "1,6", "time": at})

    assert refused.status_code == 422
    assert answer.location.endswith("/urgent")
    assert the_task(house).details["event"] == "ketones_high"


def test_a_strange_doctor_takes_nothing(house: House) -> None:
    house.measure(50)

    answer = house.browser(house.other_doctor).send(f"/doctor/tasks/{the_task(house).id}/take", seen_on="/account")

    assert answer.status_code == 404
    assert the_task(house).taken_by is None


def test_a_single_dangerous_pressure_typed_in_opens_the_full_page(house: House) -> None:
    browser = house.browser(house.anna)
    typed = {"value": "186", "diastolic": "104", "time": f"{house.now.astimezone(house.zone):%Y-%m-%dT%H:%M}"}

    answer = browser.send("/readings/new/blood-pressure", typed)

    page = browser.get("/urgent").get_data(as_text=True)
    assert answer.location.endswith("/urgent")
    assert "Please act now" in page
    assert "186/104" in page
    assert 'href="tel:+4930123456"' in page


def test_what_is_unread_comes_before_the_first_page(house: House) -> None:
    browser = house.browser(house.anna)
    before = browser.get("/").location
    house.measure(50)

    after = browser.get("/").location

    assert before.endswith("/today")
    assert after.endswith("/urgent")
