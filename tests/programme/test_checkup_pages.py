"""Reports of check-ups: sent, kept as they came, and no value counts before a clinician confirmed it."""

import io
import json
import re

import simplejson
from sqlalchemy import text

from companion.care.facts import Fact, facts_of
from companion.care.tasks import Task, TaskKind
from companion.db import reading
from companion.erasing.erase import Places, erase
from companion.exporting.export import Format
from companion.programme.care_plans.plan_models import CarePlanLine
from companion.programme.checkups.checkup_models import Checkup, CheckupValue
from companion.programme.questionnaires.answer_models import QuestionnaireAnswer
from tests.exporting.lives import exported
from tests.imported.bundles import observation
from tests.imported.test_reports import report
from tests.web.conftest import FORM_TOKEN, Browser
from tests.web.loop.house import House
from tests.web.page_words import words_of

MINE = "/me/checkups"
TABLE = (
    b"date,test,value,unit\n2026-02-20,potassium,4.4,mmol/L\n2026-02-20,hba1c,57,mmol/mol\n2026-02-20,urate,6,mg/dL\n"
)
PDF = b"%PDF-1.7\nAnna Berg, a letter\n%%EOF\n"


def theirs(house: House) -> str:
    return f"/clinic/patients/{house.anna.public_id}/checkups"


def send(browser: Browser, path: str, content: bytes, name: str = "report") -> tuple[int, str]:
    """The status, and the page that comes back."""
    found = FORM_TOKEN.search(browser.get(path).get_data(as_text=True))
    form = {"csrf_token": found[1] if found else "", "file": (io.BytesIO(content), name)}
    answer = browser.client.post(path, data=form, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def confirm(house: House, value: CheckupValue, answer: str) -> int:
    path = f"/clinic/checkup-values/{value.public_id}"
    return house.browser(house.doctor).send(path, {"answer": answer}, seen_on=theirs(house)).status_code


def test_values_of_a_table_wait_and_count_only_once_the_doctor_confirmed_them(house: House) -> None:
    sent, _page = send(house.browser(house.anna), MINE, TABLE)
    before, waiting = house.all(Fact), house.all(CheckupValue)
    shown = words_of(house.page(house.doctor, theirs(house)))

    codes = [confirm(house, waiting[0], "right"), confirm(house, waiting[1], "aside")]

    assert (sent, before) == (302, [])
    assert "Potassium (mmol/L): 4.4 Feb 20, 2026 · on the report: 4.4 mmol/L" in shown
    assert "row 4: urate 6 mg/dL: nobody asks about this test here" in shown
    assert codes == [302, 302]
    fact = house.only(Fact)
    assert (fact.kind, fact.value, fact.source, fact.noted_by) == ("potassium", "4.4", "lab", house.doctor.id)
    with reading(house.engine) as session:
        known = facts_of(session, house.anna.id)
    assert (known.potassium_on, known.hba1c) == (waiting[0].measured_on, None)


def test_one_task_asks_for_it_and_the_last_decision_ends_it(house: House) -> None:
    send(house.browser(house.anna), MINE, TABLE)
    send(house.browser(house.anna), MINE, TABLE.replace(b"4.4", b"4.6"))
    first, second, third = house.all(CheckupValue)

    confirm(house, first, "aside")
    confirm(house, second, "right")
    (open_task,) = house.all(Task, kind=TaskKind.CHECKUP.value)
    confirm(house, third, "right")
    (task,) = house.all(Task, kind=TaskKind.CHECKUP.value)

    assert open_task.done_at is None
    assert (task.done_by, task.done_at) == (house.doctor.id, house.now)


def test_the_same_report_and_the_same_value_again_change_nothing(house: House) -> None:
    anna = house.browser(house.anna)
    send(anna, MINE, TABLE)
    confirm(house, house.all(CheckupValue)[0], "right")

    send(anna, MINE, TABLE)
    send(anna, MINE, TABLE + b"\n")
    again = confirm(house, house.all(CheckupValue)[0], "right")

    assert again == 409
    assert (len(house.all(Checkup)), len(house.all(CheckupValue)), len(house.all(Fact))) == (2, 2, 1)


def test_a_pdf_is_kept_as_it_is_sealed_and_given_back_byte_by_byte(house: House) -> None:
    send(house.browser(house.anna), MINE, PDF, "Anna Berg.pdf")
    path = f"/checkups/{house.only(Checkup).public_id}/file"

    given = house.browser(house.doctor).get(path)
    strangers = [house.browser(person).get(path).status_code for person in (house.other_doctor, house.ben)]
    with reading(house.engine) as session:
        kept = str(session.execute(text("SELECT * FROM checkup")).all())
    files = [each.read_bytes() for each in house.settings.originals_folder.rglob("*") if each.is_file()]

    assert given.data == PDF
    assert given.headers["Content-Disposition"].startswith("attachment; filename=cu_")
    assert strangers == [404, 403]
    assert "Anna Berg" not in kept
    assert all(b"letter" not in content for content in files)
    assert len(house.all(Task, kind=TaskKind.CHECKUP.value)) == 1


def test_what_is_no_report_is_refused_at_the_field_and_nothing_is_kept(house: House) -> None:
    status, page = send(house.browser(house.anna), MINE, b"date,value\n2026-02-20,4\n")

    assert status == 422
    assert re.search(r"<a href=\"#file\">a column is missing \(column test\)", page)
    assert house.all(Checkup) == []
    assert house.services.originals.names(house.anna.public_id) == []


def test_a_patient_confirms_nothing_and_neither_does_a_stranger(house: House) -> None:
    send(house.browser(house.anna), MINE, TABLE)
    path = f"/clinic/checkup-values/{house.all(CheckupValue)[0].public_id}"

    codes = [
        house.browser(person).send(path, {"answer": "right"}, seen_on=page).status_code
        for person, page in ((house.anna, MINE), (house.other_doctor, "/doctor/tasks"))
    ]

    assert codes == [403, 404]
    assert house.all(Fact) == []


def test_a_program_sends_a_diagnostic_report_and_the_clinician_decides_by_the_api(house: House) -> None:
    body = simplejson.dumps(report(contained=[observation("2823-3", "4.4", "mmol/L")]), use_decimal=True)
    path = f"/api/v1/patients/{house.anna.public_id}/checkups"
    anna, doctor = house.browser(house.anna).client, house.browser(house.doctor).client
    hers, his = ({"X-CSRFToken": each.get("/api/v1/me").json["csrf_token"]} for each in (anna, doctor))

    sent = anna.post(path, data=body, content_type="application/fhir+json", headers=hers)
    wrong = anna.post(path, data=b"{}", content_type="application/fhir+json", headers=hers)
    decision = f"/api/v1/checkup-values/{sent.json['values'][0]['id']}/decision"
    decided = doctor.post(decision, json={"is_right": True}, headers=his)
    again = doctor.post(decision, json={"is_right": False}, headers=his)

    assert (sent.status_code, sent.json["values"][0]["state"]) == (201, "waits")
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/bundle")
    assert (decided.status_code, decided.json["state"], again.status_code) == (200, "confirmed", 422)
    assert [each["values"][0]["state"] for each in doctor.get(path).json["checkups"]] == ["confirmed"]


def test_all_of_it_is_in_the_patients_export_and_nothing_after_an_erasure(house: House) -> None:
    anna, due = house.browser(house.anna), str(house.today)
    send(anna, MINE, TABLE)
    anna.send("/me/questions/about_me", {"allergy": "known", "own_medicines": "none", "allergy_words": "walnuts"})
    step = {"kind": "step", "words": "Swim on Fridays", "owner": house.anna.public_id, "due_on": due}
    house.browser(house.doctor).send(f"/clinic/patients/{house.anna.public_id}/care-plan", step)

    told = json.loads(exported(house, Format.JSON))
    places = Places(house.stores, house.services.originals)
    erase(places, house.anna.public_id, by="command line", now=house.now, keep_years=15)

    assert [each["answers"]["allergy_words"] for each in told["questionnaires"]] == [["walnuts"]]
    assert [(each["words"], each["owner"]) for each in told["agreed"]] == [("Swim on Fridays", "Anna Berg")]
    assert [(each["kind"], each["state"]) for each in told["checkup_values"]] == [
        ("potassium", "waits"), ("hba1c", "waits"),
    ]  # fmt: skip
    assert [each["left"][0][0] for each in told["checkups"]] == ["row 4: urate 6 mg/dL"]
    for kind in (QuestionnaireAnswer, CarePlanLine, Checkup, CheckupValue, Task):
        assert house.all(kind) == []
    assert house.services.originals.names(house.anna.public_id) == []
