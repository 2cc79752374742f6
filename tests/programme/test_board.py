"""A board through the doors: nothing is read before a professional released it, and an emergency is no question."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from companion.care.audit import AuditEntry
from companion.care.people import Person, Role
from companion.care.read_log import ReadEntry
from companion.care.tasks import Task
from companion.db import reading, writing
from companion.erasing.erase import Places, erase
from companion.errors import BadInput
from companion.programme.board.board_models import BoardName, BoardPost, BoardReport
from companion.programme.board.moderating import release
from companion.programme.board.reading_boards import threads
from companion.programme.board.sealed_words import words_of
from tests.web.loop.house import House
from tests.web.page_words import words_of as read

ASKED = "How do you remember to measure in the evening?"


class Boards(House):
    """Anna's house with another patient, a pharmacist, and what they do on the board about diabetes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with writing(self.engine) as session:
            self.otto = self.add(session, Role.PATIENT, "Otto Other", None)
            self.pharmacist = self.add(session, Role.PHARMACIST, "Paula Apo", None)
        self.give_login(self.otto, "otto")
        self.give_login(self.pharmacist, "paula")

    def ask(self, words: str = ASKED, by: Person | None = None, board: str = "diabetes") -> Any:
        seen_on = f"/boards/{board}"
        return self.browser(by or self.anna).send(f"{seen_on}/questions", {"words": words}, seen_on=seen_on)

    def decide(self, post: BoardPost, do: str, by: Person | None = None, **form: str) -> Any:
        path = f"/clinic/boards/posts/{post.public_id}"
        return self.browser(by or self.doctor).send(path, {"do": do, **form}, seen_on="/clinic/boards")

    def board(self, person: Person, board: str = "diabetes") -> str:
        return read(self.page(person, f"/boards/{board}"))

    def name(self, person: Person, board: str = "diabetes") -> str:
        return self.only(BoardName, patient_id=person.id, board=board).name.title()


@pytest.fixture
def boards(tmp_path: Path) -> Boards:
    return Boards(tmp_path)


def test_a_question_is_read_by_others_only_after_a_professional_released_it(boards: Boards) -> None:
    asked = boards.ask()
    before, own = boards.board(boards.otto), boards.board(boards.anna)

    released = boards.decide(boards.only(BoardPost), "release")

    after = boards.board(boards.otto)
    assert (asked.status_code, released.status_code) == (302, 302)
    assert ASKED not in before
    assert "waits to be read by a professional" in own
    assert ASKED in after
    assert boards.name(boards.anna) in after
    assert boards.anna.name not in after
    assert [entry.action for entry in boards.all(AuditEntry)].count("board.released") == 1


def test_a_made_up_name_is_another_one_on_another_board(boards: Boards) -> None:
    boards.ask()
    boards.ask(board="blood_pressure")
    boards.ask("Another question about mornings?")

    names = boards.all(BoardName)

    assert {name.board for name in names} == {"diabetes", "blood_pressure"}
    assert len(names) == 2
    assert boards.anna.public_id not in " ".join(name.name for name in names)


def test_words_of_an_emergency_get_whom_to_call_at_once_and_a_task_for_the_clinic(boards: Boards) -> None:
    asked = boards.ask("I have chest pain, what do you take?")
    page = read(boards.page(boards.anna, asked.location))
    post = boards.only(BoardPost)

    tried = boards.decide(post, "release")
    boards.beat()

    (task,) = boards.all(Task)
    assert asked.location == "/boards/urgent"
    assert "Nobody reads the board live: call now." in page
    assert "+4930123456" in page
    assert (task.patient_id, task.kind, task.details["event"]) == (boards.anna.id, "urgent_reading", "board_words")
    assert "words of an emergency" in read(boards.page(boards.doctor, "/doctor/tasks"))
    assert tried.status_code == 422
    assert boards.only(BoardPost).state == "waiting"


def test_what_speaks_of_an_amount_a_doctor_may_release_and_a_pharmacist_not(boards: Boards) -> None:
    boards.ask("I take 12 units in the evening, and you?")
    post = boards.only(BoardPost)

    by_pharmacist = boards.decide(post, "release", boards.pharmacist)
    page = read(by_pharmacist.get_data(as_text=True))
    by_doctor = boards.decide(post, "release", boards.doctor)

    assert (by_pharmacist.status_code, by_doctor.status_code) == (422, 302)
    assert "only a doctor may release or write that" in page
    assert boards.only(BoardPost).decided_by == boards.doctor.id


def test_a_pharmacist_answers_in_their_own_name_but_never_with_an_amount(boards: Boards) -> None:
    boards.ask()
    question = boards.only(BoardPost)
    boards.decide(question, "release", boards.pharmacist)

    wrong = boards.decide(question, "reply", boards.pharmacist, words="Just take 2 tablets more.")
    boards.decide(question, "reply", boards.pharmacist, words="Put the meter beside your toothbrush.")

    page = boards.board(boards.otto)
    assert wrong.status_code == 422
    assert "Put the meter beside your toothbrush." in page
    assert "Paula Apo (pharmacist)" in page
    assert "tablets" not in page


def test_an_answer_of_a_patient_waits_too_and_goes_with_its_question(boards: Boards) -> None:
    boards.ask()
    question = boards.only(BoardPost)
    boards.decide(question, "release")
    path = f"/boards/diabetes/questions/{question.public_id}/answers"
    boards.browser(boards.otto).send(path, {"words": "I set an alarm clock."}, seen_on="/boards/diabetes")
    answer = boards.all(BoardPost)[1]
    waiting = boards.board(boards.anna)
    boards.decide(answer, "release")
    shown = boards.board(boards.anna)

    own = f"/boards/own/{question.public_id}/withdraw"
    boards.browser(boards.anna).send(own, seen_on="/boards/diabetes")

    assert "alarm clock" not in waiting
    assert "alarm clock" in shown
    assert ASKED not in boards.board(boards.otto)
    with reading(boards.engine) as session:
        assert threads(session, "diabetes") == []  # Otto reads his answer among his own posts
    assert boards.all(BoardPost)[0].sealed is None


def test_what_is_refused_says_why_to_its_author_and_nobody_else_reads_it(boards: Boards) -> None:
    boards.ask()
    post = boards.only(BoardPost)

    without = boards.decide(post, "refuse")
    boards.decide(post, "refuse", why="dose")
    again = boards.decide(post, "release")

    assert (without.status_code, again.status_code) == (422, 422)
    assert "only your own doctor can say that" in boards.board(boards.anna)
    assert ASKED not in boards.board(boards.otto)


def test_a_dangerous_post_is_hidden_by_the_first_report_and_others_wait_for_a_look(boards: Boards) -> None:
    boards.ask()
    post = boards.only(BoardPost)
    boards.decide(post, "release")
    path = f"/boards/posts/{post.public_id}/report"

    boards.browser(boards.otto).send(path, {"reason": "unkind"}, seen_on="/boards/diabetes")
    still = boards.board(boards.otto)
    boards.decide(post, "keep")
    boards.browser(boards.anna).send(path, {"reason": "danger"}, seen_on="/boards/diabetes")

    assert ASKED in still
    assert ASKED not in boards.board(boards.otto)
    first, second = boards.all(BoardReport)
    assert (first.settled_by, second.settled_at) == (boards.doctor.id, None)


def test_what_was_released_can_be_taken_down(boards: Boards) -> None:
    boards.ask()
    boards.decide(boards.only(BoardPost), "release")

    boards.decide(boards.only(BoardPost), "take_down", why="other")

    assert ASKED not in boards.board(boards.otto)
    assert boards.only(BoardPost).state == "taken_down"


def test_two_professionals_at_once_decide_once(boards: Boards) -> None:
    boards.ask()
    with reading(boards.engine) as session:
        seen = session.scalars(select(BoardPost)).one()
    boards.decide(seen, "refuse", why="other")

    with pytest.raises(BadInput, match="changed meanwhile"), writing(boards.engine) as session:
        release(session, seen, boards.other_doctor, boards.now)

    assert boards.only(BoardPost).state == "refused"


def test_patients_and_administrators_moderate_nothing_and_nobody_withdraws_for_another(boards: Boards) -> None:
    boards.ask()
    post = boards.only(BoardPost)

    for person in (boards.anna, boards.otto, boards.ben, boards.admin):
        assert boards.browser(person).get("/clinic/boards").status_code == 403
    own = f"/boards/own/{post.public_id}/withdraw"
    taken = boards.browser(boards.otto).send(own, seen_on="/boards/diabetes")
    told = boards.browser(boards.otto).send(
        f"/boards/posts/{post.public_id}/report", {"reason": "danger"}, seen_on="/boards/diabetes"
    )

    assert (taken.status_code, told.status_code) == (404, 404)  # what waits is not there for others
    assert boards.only(BoardPost).state == "waiting"


def test_whose_words_a_professional_read_is_in_the_log_and_others_leave_no_trace(boards: Boards) -> None:
    boards.ask()
    boards.decide(boards.only(BoardPost), "release")

    boards.page(boards.otto, "/boards/diabetes")

    whose = [(row.who, row.patient) for row in boards.all(ReadEntry) if row.kind in ("moderate_board", "see_board")]
    assert (boards.doctor.public_id, boards.anna.public_id) in whose
    assert (boards.otto.public_id, boards.anna.public_id) not in whose


def test_words_are_sealed_and_gone_when_their_author_is_erased(boards: Boards) -> None:
    boards.ask()
    boards.decide(boards.only(BoardPost), "release")
    kept = boards.only(BoardPost).sealed or b""

    places = Places(boards.stores, boards.services.originals)
    erase(places, boards.anna.public_id, by="command line", now=boards.now, keep_years=15)

    assert ASKED.encode() not in kept
    left = boards.only(BoardPost)
    assert (left.state, left.sealed, boards.all(BoardName)) == ("withdrawn", None, [])
    assert ASKED not in boards.board(boards.otto)


def test_by_api_a_question_waits_and_an_emergency_says_whom_to_call(boards: Boards) -> None:
    address = f"/api/v1/patients/{boards.anna.public_id}/boards/diabetes"
    hers = boards.browser(boards.anna)
    page = hers.get("/boards/diabetes").get_data(as_text=True)
    token = {"X-CSRFToken": page.split('name="csrf_token" value="')[1].split('"')[0]}

    said = [
        hers.client.post(f"{address}/questions", json={"words": words}, headers=token)
        for words in (ASKED, "I want to die, nothing helps", "why")
    ]
    shown: Any = hers.get(address).get_json()

    assert [answer.status_code for answer in said] == [201, 201, 422]
    assert said[0].get_json() == {"state": "waiting", "act_now": None}
    assert said[1].get_json()["act_now"]["emergency"] == "112"
    assert said[2].get_json()["errors"][0]["pointer"] == "/words"
    assert (shown["questions"], len(shown["own"])) == ([], 2)
    assert boards.browser(boards.otto).get(address).status_code == 404


def test_a_patient_cannot_fill_the_board_with_what_waits_but_an_emergency_is_always_heard(boards: Boards) -> None:
    for number in range(5):
        boards.ask(f"Question of mine: how about breakfast {number}?")

    sixth, emergency = boards.ask(), boards.ask("Father fainted, he does not wake up")

    assert (sixth.status_code, emergency.location) == (422, "/boards/urgent")


def test_in_chinese_the_name_and_the_page_are_chinese(boards: Boards) -> None:
    boards.ask()
    browser = boards.browser(boards.anna)
    browser.send("/display/language", {"language": "zh", "next": "/boards/diabetes"}, seen_on="/boards/diabetes")

    page = read(browser.get("/boards/diabetes").get_data(as_text=True))

    assert "与糖尿病同行" in page
    assert boards.name(boards.anna) not in page


def test_words_open_in_their_own_row_only(boards: Boards) -> None:
    boards.ask()

    with reading(boards.engine) as session:
        post = session.scalars(select(BoardPost)).one()
        assert words_of(session.connection(), [post]) == {post.id: ASKED}
