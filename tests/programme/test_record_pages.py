"""The record: what a patient tells in questionnaires, prefilled, sealed, and the clinic asked where it needs a look."""

from sqlalchemy import select, text

from companion.care.tasks import Task, TaskKind
from companion.db import reading
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from tests.web.loop.house import House
from tests.web.page_words import words_of

LOW, ABOUT = "/me/questions/low_sugar", "/me/questions/about_me"
WELL = {"notice": "always", "help": "no", "carry": "always", "others": "yes"}
UNAWARE = WELL | {"notice": "never"}


def answers(house: House) -> list[QuestionnaireAnswer]:
    return house.all(QuestionnaireAnswer)


def red_tasks(house: House) -> list[Task]:
    return house.all(Task, kind=TaskKind.RED_ANSWER.value)


def test_a_self_test_tells_its_result_in_plain_words_and_that_nothing_changes_by_it(house: House) -> None:
    browser = house.browser(house.anna)

    sent = browser.send(LOW, WELL | {"carry": "never"})
    told = words_of(browser.get(sent.location).get_data(as_text=True))

    assert sent.status_code == 302
    assert "3 of 4" in told
    assert "Put sugar into the bag or the coat that you always take." in told
    assert "changes none of your medicines" in told
    assert red_tasks(house) == []


def test_a_red_answer_is_one_task_for_the_clinic_and_the_patient_is_told_so(house: House) -> None:
    browser = house.browser(house.anna)

    first = browser.send(LOW, UNAWARE)
    house.clock.advance(hours=1)
    browser.send(LOW, UNAWARE | {"help": "yes"})

    (task,) = red_tasks(house)
    assert (task.patient_id, task.details["answer"]) == (house.anna.id, answers(house)[0].public_id)
    assert "The clinic is asked to look at one of your answers" in browser.get(first.location).get_data(as_text=True)
    assert "look at this" in house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/record")


def test_the_next_time_the_last_answers_stand_there(house: House) -> None:
    browser = house.browser(house.anna)
    browser.send(ABOUT, {"allergy": "none", "own_medicines": "none", "walking": "3", "history_more": "hip, 2019"})

    page = browser.get(ABOUT).get_data(as_text=True)

    assert 'value="3"' in page
    assert "hip, 2019" in page
    assert page.count(" checked") == 2


def test_a_second_tap_adds_nothing_and_a_change_adds_a_row(house: House) -> None:
    browser = house.browser(house.anna)

    for said in (WELL, WELL, WELL | {"others": "no"}):
        browser.send(LOW, said)

    assert len(answers(house)) == 2


def test_what_does_not_fit_comes_back_with_field_and_reason_and_keeps_what_was_typed(house: House) -> None:
    refused = house.browser(house.anna).send(ABOUT, {"allergy": "none", "walking": "9", "history_more": "hip"})
    page = refused.get_data(as_text=True)

    assert refused.status_code == 422
    assert '<a href="#walking">Write a number from 0 to 7.</a>' in page
    assert '<a href="#own_medicines">This is needed.</a>' in page
    assert "hip" in page
    assert answers(house) == []


def test_answers_are_sealed_where_they_are_kept(house: House) -> None:
    house.browser(house.anna).send(ABOUT, {"allergy": "new", "own_medicines": "none", "allergy_words": "penicillin"})

    with reading(house.engine) as session:
        kept = str(session.execute(text("SELECT * FROM questionnaire_answer")).all())
        details = str(session.scalars(select(Task.details)).all())

    assert "penicillin" not in kept + details
    assert "penicillin" in house.page(house.doctor, f"/answers/{answers(house)[0].public_id}")


def test_who_is_a_stranger_to_her_reads_no_answer(house: House) -> None:
    house.browser(house.anna).send(LOW, WELL)
    path = f"/answers/{answers(house)[0].public_id}"

    codes = [house.browser(person).get(path).status_code for person in (house.other_doctor, house.ben, house.doctor)]

    assert codes == [404, 403, 200]


def test_she_sees_what_the_service_saw_and_her_doctor_sees_the_same(house: House) -> None:
    house.titration()
    house.fast(150, 155, 158)
    house.browser(house.anna).send(LOW, WELL)

    hers = words_of(house.page(house.anna, "/me/record"))
    his = words_of(house.page(house.doctor, f"/clinic/patients/{house.anna.public_id}/record"))

    for page in (hers, his):
        assert "Days with blood sugar measured 3" in page
        assert "Days with blood pressure measured 0" in page
        assert "Questions answered 1" in page


def test_her_page_speaks_chinese_to_who_reads_chinese(house: House) -> None:
    browser = house.browser(house.anna)
    browser.send("/display/language", {"language": "zh", "next": "/me/record"}, seen_on="/me/record")

    page = browser.get("/me/record").get_data(as_text=True) + browser.get(LOW).get_data(as_text=True)

    assert "血糖偏低时我能察觉吗？" in page
    assert "发送我的回答" in page


# The API


def api(house: House, what: str) -> str:
    return f"/api/v1/patients/{house.anna.public_id}/{what}"


def sent_by_api(house: House, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    client = house.browser(house.anna).client
    token = client.get("/api/v1/me").json["csrf_token"]
    answer = client.post(api(house, "questionnaire-responses"), json=body, headers={"X-CSRFToken": token})
    return answer.status_code, answer.json


def test_a_program_answers_in_fhirs_shape_and_reads_it_again(house: House) -> None:
    items = [{"linkId": link, "answer": [{"valueCoding": {"code": code}}]} for link, code in UNAWARE.items()]
    asked = house.browser(house.anna).get(api(house, "questionnaires")).json["questionnaires"]
    body = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}

    status, told = sent_by_api(house, body | {"questionnaire": "urn:companion:questionnaire:low_sugar"})
    read = house.browser(house.doctor).get(api(house, "questionnaire-responses")).json["answers"]

    assert {each["resourceType"] for each in asked} == {"Questionnaire"}
    assert (status, told["score"], told["of"], told["clinic_is_asked"]) == (201, 3, 4, True)
    assert [each["id"] for each in read] == [told["id"]]
    assert [each["linkId"] for each in read[0]["response"]["item"]] == list(UNAWARE)


def test_a_program_is_told_which_question_and_why(house: House) -> None:
    wrong = [{"linkId": "notice", "answer": [{"valueCoding": {"code": "perhaps"}}]}]
    body = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": wrong}

    status, told = sent_by_api(house, body | {"questionnaire": "urn:companion:questionnaire:low_sugar|1.0.0"})
    other, unknown = sent_by_api(house, body | {"questionnaire": "urn:companion:questionnaire:low_sugar|9.0.0"})

    assert (status, other) == (422, 422)
    assert {"pointer": "/item/notice", "detail": "Choose one of the answers."} in told["errors"]
    assert {error["pointer"] for error in unknown["errors"]} == {"/questionnaire"}
    assert answers(house) == []
