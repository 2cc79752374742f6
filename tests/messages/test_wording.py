"""Every text in both languages: it fits one segment, names the time, and gives nothing away."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.i18n import LANGUAGES
from companion.messages import wording
from companion.messages.wording import Answer, Contacts, Wording

# 3GPP TS 23.038, 6.2.1: the basic alphabet, and its extension whose characters count double.
GSM_7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
LIMIT = {"en": 160, "zh": 70}
CONTACTS = {
    "en": Contacts("+86 10 6234 5678", "120 / 112 / 911"),
    "zh": Contacts("010-62345678", "120 / 112 / 911"),
}
PATIENT = {"en": "Elizabeth Anne Montgomery", "zh": "欧阳秀英"}
DOCTOR = {"en": "Dr. Maria Gonzalez-Lee", "zh": "欧阳建国"}
TIMES = ["08:00", "08:30"]

Text = Callable[[str], str]
ONE_OF_EACH: dict[str, Text] = {
    "reminder": lambda lang: wording.reminder(lang, TIMES, CONTACTS[lang]),
    "reminder of a changed dose": lambda lang: wording.reminder(lang, TIMES, CONTACTS[lang], has_changed=True),
    "reminder, with thanks": lambda lang: wording.reminder(lang, TIMES, CONTACTS[lang], put=Wording.THANKS),
    "reminder, as a step": lambda lang: wording.reminder(lang, TIMES, CONTACTS[lang], put=Wording.STEP),
    "missed": lambda lang: wording.missed_dose(lang, PATIENT[lang], "08:00", CONTACTS[lang]),
    "not reached": lambda lang: wording.not_reached(lang, PATIENT[lang], "08:00", CONTACTS[lang]),
    "missed several": lambda lang: wording.missed_several(
        lang, PATIENT[lang], 12, "08:00", "20:00", CONTACTS[lang], reached=True
    ),
    "several not reached": lambda lang: wording.missed_several(
        lang, PATIENT[lang], 12, "08:00", "20:00", CONTACTS[lang], reached=False
    ),
    "daily digest": lambda lang: wording.daily_digest(lang, PATIENT[lang], 12, 10, 11, CONTACTS[lang]),
    "advice": lambda lang: wording.advice(lang, DOCTOR[lang], CONTACTS[lang]),
    "noted unread": lambda lang: wording.noted_unread(lang, TIMES, CONTACTS[lang]),
    "snoozed": lambda lang: wording.snoozed(lang, TIMES, "08:45", CONTACTS[lang]),
    "not understood": lambda lang: wording.not_understood(lang, CONTACTS[lang]),
    "refill": lambda lang: wording.refill(lang, CONTACTS[lang]),
    "refill, to a caregiver": lambda lang: wording.refill(lang, CONTACTS[lang], patient=PATIENT[lang]),
    "help": lambda lang: wording.help_text(lang, CONTACTS[lang]),
    "no open dose": lambda lang: wording.no_open_dose(lang, CONTACTS[lang]),
    "opted out": lambda lang: wording.opted_out(lang, CONTACTS[lang]),
    "opted in": lambda lang: wording.opted_in(lang, CONTACTS[lang]),
}
for answer in Answer:
    ONE_OF_EACH |= {
        f"late {answer}": lambda lang, a=answer: wording.late_answer(lang, PATIENT[lang], "08:00", a, CONTACTS[lang]),
        f"noted {answer}": lambda lang, a=answer: wording.noted(lang, TIMES, a, CONTACTS[lang]),
        f"noted late {answer}": lambda lang, a=answer: wording.noted_late(lang, TIMES, a, CONTACTS[lang]),
        f"noted the rest {answer}": lambda lang, a=answer: wording.noted_rest(lang, TIMES, a, CONTACTS[lang]),
        f"already {answer}": lambda lang, a=answer: wording.already_noted(lang, TIMES, a, CONTACTS[lang]),
    }
for event in sorted(wording.URGENT_EVENTS):
    ONE_OF_EACH |= {
        f"{event} to the patient": lambda lang, e=event: wording.urgent_reading(lang, e, CONTACTS[lang]),
        f"{event} to a caregiver": lambda lang, e=event: wording.urgent_reading(
            lang, e, CONTACTS[lang], patient=PATIENT[lang]
        ),
    }

every_text = pytest.mark.parametrize("text", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_text
@every_language
def test_a_text_fits_one_segment(language: str, text: Text) -> None:
    said = text(language)

    assert len(said) <= LIMIT[language], (len(said), said)
    if language == "en":
        assert set(said) <= set(GSM_7)


@every_text
def test_a_text_has_a_chinese_translation(text: Text) -> None:
    assert re.search(r"[\u4e00-\u9fff]", text("zh"))
    assert not re.search(r"[\u4e00-\u9fff]", text("en"))


@every_text
@every_language
def test_a_text_has_no_link_no_amount_and_no_measured_value(language: str, text: Text) -> None:
    said = text(language)

    assert not re.search(r"https?:|www\.|\.\w+/", said)
    assert not re.search(r"\d\s*(U|IU|units?|mg|ml|单位|毫克|mmol|mmHg)\b", said)
    assert "%(" not in said


@every_text
@every_language
def test_only_digits_are_asked_for_so_that_no_provider_takes_an_answer_for_an_opt_out(
    language: str, text: Text
) -> None:
    said = text(language).upper()

    assert not re.search(r"\b(STOP|STOPALL|CANCEL|END|QUIT|UNSUBSCRIBE|REVOKE|OPTOUT|YES)\b", said)


@every_text
@every_language
def test_a_caregiver_reads_a_first_name_only(language: str, text: Text) -> None:
    said = text(language)

    assert PATIENT[language] not in said
    assert "Montgomery" not in said


@every_language
@pytest.mark.parametrize("put", list(Wording))
def test_a_reminder_names_its_time_and_the_answers_however_it_is_put(language: str, put: Wording) -> None:
    said = wording.reminder(language, ["08:00"], CONTACTS[language], put=put)

    assert "08:00" in said
    assert all(digit in said for digit in "123")


@every_language
@pytest.mark.parametrize("put", list(Wording))
def test_a_changed_dose_is_told_in_one_way_only(language: str, put: Wording) -> None:
    plain = wording.reminder(language, ["08:00"], CONTACTS[language], has_changed=True)

    assert wording.reminder(language, ["08:00"], CONTACTS[language], has_changed=True, put=put) == plain


def test_a_changed_dose_says_to_check_first_and_whom_to_call() -> None:
    said = wording.reminder("en", ["08:00"], CONTACTS["en"], has_changed=True)

    assert "dose changed, check first" in said
    assert CONTACTS["en"].clinic_phone in said


def test_what_is_not_known_is_not_said() -> None:
    said = wording.not_reached("en", "Anna Berg", "08:00", CONTACTS["en"])

    assert said.startswith("We could not reach Anna")
    assert "missed" not in said


@every_language
@pytest.mark.parametrize("event", sorted(wording.URGENT_EVENTS))
def test_urgent_instructions_say_whom_to_call(language: str, event: str) -> None:
    contacts = CONTACTS[language]

    for patient in (None, PATIENT[language]):
        said = wording.urgent_reading(language, event, contacts, patient=patient)
        assert contacts.emergency_number in said


def test_without_a_clinic_number_the_clinic_is_named() -> None:
    said = wording.not_understood("en", Contacts("", "112"))

    assert said.endswith("or call the clinic.")


@pytest.mark.parametrize(
    ("name", "first"),
    [("Anna Maria Berg", "Anna"), ("Anna", "Anna"), ("王秀英", "秀英"), ("王芳", "芳"), ("欧阳秀英", "秀英")],
)
def test_first_names(name: str, first: str) -> None:
    assert wording.first_name(name) == first


@pytest.mark.parametrize("doctor", ["Dr. Li", "Dr Li", "Li"])
def test_a_doctor_has_one_title(doctor: str) -> None:
    assert wording.advice("en", doctor, CONTACTS["en"]).startswith("Dr Li has changed one of your medicines.")


@given(
    st.text(min_size=1, max_size=120).map(lambda t: " ".join(t.split())).filter(bool), st.sampled_from(list(LANGUAGES))
)
def test_no_name_can_break_a_text_or_push_its_instructions_out(name: str, language: str) -> None:
    said = wording.missed_dose(language, name, "08:00", CONTACTS[language])

    assert "08:00" in said
    assert len(said) <= LIMIT[language]
