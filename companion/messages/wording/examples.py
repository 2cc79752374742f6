"""One of every text, as it might be sent: for the clinic to read, and for tests to measure. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from companion.messages.models import Purpose
from companion.messages.wording import about_patients, changes, doctors, echoes, emergency, passwords, signing_in
from companion.messages.wording.orders import OrderNews, order_news
from companion.messages.wording.programme import About, TipWay, programme
from companion.messages.wording.reminders import Wording, reminder
from companion.messages.wording.said import Answer, Contacts, Words
from companion.messages.wording.urgent import DRAFTS, draft_in, needs_attention, urgent_reading, urgent_task


class Reader(StrEnum):
    PATIENT = "patient"
    CAREGIVER = "caregiver"
    DOCTOR = "doctor"
    ADMINISTRATOR = "administrator"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands in an example: names, local times of day, medicines with their amounts, an address."""

    patient: str
    doctor: str
    times: Sequence[str] = ("08:00",)
    medicines: Sequence[str] = ()
    link: str = "https://clinic.example/s/Kd8vXy2NQbLmZ7Rw"


@dataclass(frozen=True, slots=True)
class Example:
    """A text for a purpose and a reader. `case`: which of the texts of that purpose; together they name it."""

    purpose: Purpose
    reader: Reader
    case: str
    words: Words


def examples(language: str, contacts: Contacts, sample: Sample) -> list[Example]:
    """Every text there is, in that language."""
    return [
        *_reminders(language, contacts, sample),
        *_about_patients(language, contacts, sample),
        *_changes(language, contacts, sample),
        *_urgent(language, contacts, sample),
        *_doctors(language, contacts),
        *_programme(language, contacts),
        *_echoes(language, contacts, sample),
    ]


def _reminders(language: str, contacts: Contacts, sample: Sample) -> Iterator[Example]:
    for put in Wording:
        for by_reply, way in ((True, "answered by reply"), (False, "answered on a page")):
            plain = reminder(language, sample.times, contacts, put=put, by_reply=by_reply)
            yield Example(Purpose.REMINDER, Reader.PATIENT, f"{put}, {way}", plain)
    named = reminder(language, sample.times, contacts, medicines=sample.medicines)
    yield Example(Purpose.REMINDER, Reader.PATIENT, "medicines named", named)
    for by_reply, way in ((True, "answered by reply"), (False, "answered on a page")):
        changed = reminder(language, sample.times, contacts, has_changed=True, by_reply=by_reply)
        yield Example(Purpose.REMINDER, Reader.PATIENT, f"dose changed, {way}", changed)


def _about_patients(language: str, contacts: Contacts, sample: Sample) -> Iterator[Example]:
    who, first, last = sample.patient, sample.times[0], "20:00"
    missed = about_patients.missed_dose(language, who, first, contacts)
    yield Example(Purpose.MISSED_DOSE, Reader.CAREGIVER, "", missed)
    unreached = about_patients.not_reached(language, who, first, contacts)
    yield Example(Purpose.NOT_REACHED, Reader.CAREGIVER, "", unreached)
    for reached, case in ((True, "reached"), (False, "not reached")):
        several = about_patients.missed_several(language, who, 12, first, last, contacts, reached=reached)
        yield Example(Purpose.MISSED_SEVERAL, Reader.CAREGIVER, case, several)
    digest = about_patients.daily_digest(language, who, 12, 10, 11, contacts)
    yield Example(Purpose.DAILY_DIGEST, Reader.CAREGIVER, "", digest)
    for answer in Answer:
        late = about_patients.late_answer(language, who, first, answer, contacts)
        yield Example(Purpose.LATE_ANSWER, Reader.CAREGIVER, answer.value, late)
    ended = about_patients.care_ended(language, who, contacts)
    yield Example(Purpose.CARE_ENDED, Reader.CAREGIVER, "", ended)
    sharing = about_patients.sharing_changed(language, who, contacts)
    yield Example(Purpose.SHARING_CHANGED, Reader.CAREGIVER, "", sharing)


def _changes(language: str, contacts: Contacts, sample: Sample) -> Iterator[Example]:
    advised = changes.advice(language, sample.doctor, contacts)
    yield Example(Purpose.ADVICE, Reader.PATIENT, "", advised)
    for by_reply, way in ((True, "answered by reply"), (False, "answered on a page")):
        taken_back = changes.withdrawal(language, sample.doctor, contacts, by_reply=by_reply)
        yield Example(Purpose.WITHDRAWAL, Reader.PATIENT, way, taken_back)
    for reader, patient in ((Reader.PATIENT, None), (Reader.CAREGIVER, sample.patient)):
        yield Example(Purpose.REFILL, reader, "", changes.refill(language, contacts, patient=patient))
    for news in OrderNews:
        yield Example(Purpose.ORDER, Reader.PATIENT, news.value, order_news(language, news, contacts))
    of_what = order_news(language, OrderNews.ON_ITS_WAY, contacts, medicines=sample.medicines)
    yield Example(Purpose.ORDER, Reader.PATIENT, "medicines named", of_what)
    yield Example(Purpose.CODE, Reader.ANYBODY, "", changes.code(language, "123456", contacts))
    asked_for = signing_in.sign_in_link(language, sample.link, contacts)
    yield Example(Purpose.SIGN_IN_LINK, Reader.PATIENT, "", asked_for)
    yield Example(Purpose.FACTORS_RESET, Reader.ANYBODY, "", signing_in.factors_reset(language, contacts))
    yield Example(Purpose.RESET_CODE, Reader.ANYBODY, "", passwords.reset_code(language, "23456-78923", contacts))
    yield Example(Purpose.LOGIN_RESET, Reader.ANYBODY, "", passwords.password_taken(language, contacts))
    for reader, is_patient in ((Reader.PATIENT, True), (Reader.ADMINISTRATOR, False)):
        opened = emergency.emergency_access(language, contacts, is_patient=is_patient)
        yield Example(Purpose.EMERGENCY_ACCESS, reader, "", opened)


def _urgent(language: str, contacts: Contacts, sample: Sample) -> Iterator[Example]:
    """The drafts of instructions; what a clinic signed stands on its own page."""
    yield Example(Purpose.URGENT_TASK, Reader.ANYBODY, "", urgent_task(language, contacts))
    for reader, patient in ((Reader.PATIENT, None), (Reader.CAREGIVER, sample.patient)):
        neutral = needs_attention(language, contacts, patient=patient)
        yield Example(Purpose.URGENT_READING, reader, "nothing signed", neutral)
        for about in sorted(DRAFTS):
            draft = draft_in(language, about)
            text = draft.patient if patient is None else draft.caregiver
            words = urgent_reading(language, text, contacts, patient=patient)
            yield Example(Purpose.URGENT_READING, reader, about, words)


def _doctors(language: str, contacts: Contacts) -> Iterator[Example]:
    for standing_in, whose in ((False, ""), (True, ", of a colleague")):
        for urgent, case in ((0, "new"), (12, "urgent")):
            at_once = doctors.suggestion_waits(language, 12, contacts, urgent=urgent, standing_in=standing_in)
            yield Example(Purpose.SUGGESTION_WAITS, Reader.DOCTOR, case + whose, at_once)
        day = doctors.waiting_digest(language, 12, contacts, urgent=11, standing_in=standing_in)
        yield Example(Purpose.WAITING_DIGEST, Reader.DOCTOR, "a day" + whose, day)
        ends = doctors.suggestion_ends(language, 12, "08:00", contacts, standing_in=standing_in)
        yield Example(Purpose.SUGGESTION_ENDS, Reader.DOCTOR, "ends" + whose, ends)
    ended = doctors.suggestion_ended(language, 12, contacts)
    yield Example(Purpose.SUGGESTION_ENDED, Reader.ADMINISTRATOR, "", ended)


def _programme(language: str, contacts: Contacts) -> Iterator[Example]:
    for about in About:
        yield Example(Purpose.PROGRAMME, Reader.PATIENT, about.value, programme(language, about, contacts))
    question = programme(language, About.TIP, contacts, way=TipWay.QUESTION)
    yield Example(Purpose.PROGRAMME, Reader.PATIENT, "tip, as a question", question)


def _echoes(language: str, contacts: Contacts, sample: Sample) -> Iterator[Example]:
    times = sample.times
    for answer in Answer:
        for case, say in (
            ("noted", echoes.noted),
            ("noted late", echoes.noted_late),
            ("noted, the rest", echoes.noted_rest),
            ("already noted", echoes.already_noted),
        ):
            yield _echo(f"{case}, {answer}", say(language, times, answer, contacts))
    yield _echo("noted, change not read", echoes.noted_unread(language, times, contacts))
    yield _echo("later", echoes.snoozed(language, times, "08:45", contacts))
    for case, say_only in (
        ("not understood", echoes.not_understood),
        ("help", echoes.help_text),
        ("nothing to answer", echoes.no_open_dose),
        ("account linked", echoes.linked),
        ("opted in", echoes.opted_in),
        ("change said back", echoes.change_confirmed),
        ("change said back, no day", echoes.change_ask_day),
        ("change said back, wrong", echoes.change_ask_again),
        ("change said back, wrong again", echoes.change_ask_nurse),
        ("withdrawal read", echoes.noted_read),
        ("a doctor noted it", echoes.clinic_noted),
        ("a doctor has somebody call", echoes.clinic_calls),
        ("a doctor asks for a call", echoes.clinic_asks_call),
        ("news from the pharmacist", echoes.pharmacist_news),
    ):
        yield _echo(case, say_only(language, contacts))


def _echo(case: str, words: Words) -> Example:
    return Example(Purpose.REPLY, Reader.ANYBODY, case, words)
