"""Every text in every language, and in one that nobody speaks: it fits one segment, names its time, says all that it
should, and gives nothing away."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.i18n import LANGUAGES, PSEUDO_LANGUAGE
from companion.messages import wording
from companion.messages.models import Purpose
from companion.messages.segments import length
from companion.messages.wording import Contacts, Wording, Words
from companion.messages.wording import examples as examples_module
from companion.messages.wording.examples import Example, Reader, Sample, examples

CONTACTS = {
    "en": Contacts("+86 10 6234 5678", "120 / 112 / 911"),
    "zh": Contacts("010-62345678", "120 / 112 / 911"),
    # What is put in has no letters, so that every letter that is left was never translated.
    PSEUDO_LANGUAGE: Contacts("010", "112", "8"),
}
SAMPLE = {
    "en": Sample("Elizabeth Anne Montgomery", "Dr. Maria Gonzalez-Lee", ("08:00", "08:30"), ("Metformin 500 mg",)),
    "zh": Sample("欧阳秀英", "欧阳建国", ("08:00", "08:30"), ("二甲双胍 500 毫克", "甘精胰岛素 16 单位")),
    PSEUDO_LANGUAGE: Sample("7", "9", ("08:00", "08:30"), ("5",), link="7/8"),
}
ABOUT_A_DOSE = (Purpose.REMINDER, Purpose.MISSED_DOSE, Purpose.NOT_REACHED, Purpose.LATE_ANSWER)
EVERY_LANGUAGE = (*LANGUAGES, PSEUDO_LANGUAGE)
SAID = {language: examples(language, CONTACTS[language], SAMPLE[language]) for language in EVERY_LANGUAGE}


def named(example: Example) -> str:
    return f"{example.purpose}-{example.reader}-{example.case}"


def parts(words: Words) -> tuple[str, ...]:
    """All that a person may see or hear of a message."""
    return words.text, words.title, words.spoken, words.advice


Check = Callable[[str, Example], None]


def each(languages: Iterable[str], chosen: Callable[[Example], bool] = lambda _: True) -> Callable[[Check], object]:
    """The check of each text, once for each of the languages; a text that fails is named."""
    texts = {language: [example for example in SAID[language] if chosen(example)] for language in languages}

    def over_all(check: Check) -> object:
        def test(language: str) -> None:
            assert texts[language]
            for example in texts[language]:
                with naming(example):
                    check(language, example)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return pytest.mark.parametrize("language", texts)(test)

    return over_all


@contextmanager
def naming(example: Example) -> Iterator[None]:
    try:
        yield
    except AssertionError as wrong:
        wrong.add_note(f"the text: {named(example)}")
        raise


every_language = pytest.mark.parametrize("language", LANGUAGES)
every_text = each(LANGUAGES)


def test_there_is_a_text_for_every_purpose() -> None:
    purposes = {example.purpose for example in SAID["en"]}

    assert purposes == set(Purpose)


def test_every_function_of_the_wording_has_an_example() -> None:
    told = [each for each in vars(wording).values() if isinstance(each, FunctionType)]
    names = [each.__name__ for each in told if inspect.signature(each).return_annotation is Words]
    shown = inspect.getsource(examples_module)

    assert len(names) > 15
    assert [name for name in names if not re.search(rf"\b{name}\b", shown)] == []


@each(EVERY_LANGUAGE)
def test_a_text_is_whole(language: str, example: Example) -> None:
    words = example.words

    assert words.text
    assert words.title
    assert words.spoken
    assert not any(re.search(r"%\(|%s|\{\w*\}", part) for part in parts(words))


@pytest.mark.parametrize("example", SAID[PSEUDO_LANGUAGE], ids=named)
def test_nothing_is_said_but_what_the_catalogue_says(example: Example) -> None:
    untranslated = [re.findall(r"[A-Za-z]+", part) for part in parts(example.words)]

    assert [[word for word in words if word not in ("AM", "PM")] for words in untranslated] == [[], [], [], []]


@pytest.mark.parametrize(("english", "pseudo"), list(zip(SAID["en"], SAID[PSEUDO_LANGUAGE], strict=True)), ids=str)
def test_a_longer_language_loses_nothing_that_is_put_in(english: Example, pseudo: Example) -> None:
    """A number or a time in the English stands in the longer text, too."""
    times = re.findall(r"\d\d:\d\d", english.words.text)

    assert re.findall(r"\d\d:\d\d", pseudo.words.text) == times


@every_text
def test_a_text_fits_one_segment(language: str, example: Example) -> None:
    found = length(example.words.text)

    assert found.segments == 1, (found, example.words.text)
    assert found.alphabet == ("GSM-7" if language == "en" else "UCS-2")


@every_text
def test_a_text_is_in_its_language(language: str, example: Example) -> None:
    chinese = [bool(re.search(r"[\u4e00-\u9fff]", part)) for part in parts(example.words) if part]

    assert set(chinese) == {language == "zh"}


@each(LANGUAGES, lambda example: example.case != "medicines named" and example.purpose is not Purpose.SIGN_IN_LINK)
def test_a_text_has_no_link_no_amount_and_no_measured_value(language: str, example: Example) -> None:
    for part in parts(example.words):
        assert not re.search(r"https?:|www\.|\.\w+/", part)
        assert not re.search(r"\d\s*(U|IU|units?|mg|ml|单位|毫克|mmol|mmHg)\b", part)
        assert "Metformin" not in part
        assert "二甲双胍" not in part


@every_text
def test_only_digits_are_asked_for_so_that_no_provider_takes_an_answer_for_an_opt_out(
    language: str, example: Example
) -> None:
    said = example.words.text.upper()

    assert not re.search(r"\b(STOP|STOPALL|CANCEL|END|QUIT|UNSUBSCRIBE|REVOKE|OPTOUT|YES)\b", said)


@every_text
def test_a_caregiver_reads_a_first_name_only(language: str, example: Example) -> None:
    for part in parts(example.words):
        assert SAMPLE[language].patient not in part
        assert "Montgomery" not in part


@each(LANGUAGES, lambda example: example.purpose in ABOUT_A_DOSE)
def test_what_is_about_a_time_of_day_names_it(language: str, example: Example) -> None:
    assert "08:00" in example.words.text
    assert "08:00" in example.words.title
    assert "08:00" in example.words.time
    assert {"en": "8 AM", "zh": "上午8点"}[language] in example.words.spoken


@every_text
def test_a_voice_never_reads_a_number_as_one(language: str, example: Example) -> None:
    """A telephone number is said digit by digit, and a time as people say it."""
    assert not re.search(r"\d\d:\d\d", example.words.spoken)
    assert not re.search(r"\d{3}", example.words.spoken.replace("500", ""))


@every_language
@pytest.mark.parametrize("put", list(Wording))
def test_a_reminder_names_its_time_and_the_answers_however_it_is_put(language: str, put: Wording) -> None:
    said = wording.reminder(language, ["08:00"], CONTACTS[language], put=put)

    assert "08:00" in said.text
    assert all(digit in said.text for digit in "123")
    assert all(digit in said.spoken for digit in "1239")


@every_language
@pytest.mark.parametrize("has_changed", [True, False])
def test_nobody_is_asked_to_type_where_nothing_can_be_typed(language: str, has_changed: bool) -> None:
    said = wording.reminder(language, ["20:00"], CONTACTS[language], has_changed=has_changed, by_reply=False)

    assert not re.search(r"reply|回复", said.text, re.IGNORECASE)


@every_language
@pytest.mark.parametrize("put", list(Wording))
def test_a_changed_dose_is_told_in_one_way_only(language: str, put: Wording) -> None:
    plain = wording.reminder(language, ["08:00"], CONTACTS[language], has_changed=True)

    again = wording.reminder(
        language, ["08:00"], CONTACTS[language], has_changed=True, put=put, medicines=["Glargine 16 units"]
    )

    assert again == plain


def test_a_changed_dose_says_to_check_first_and_whom_to_call_and_offers_a_voice_no_keys() -> None:
    said = wording.reminder("en", ["08:00"], CONTACTS["en"], has_changed=True)

    assert "dose changed, check first" in said.text
    assert CONTACTS["en"].clinic_phone in said.text
    assert "Press" not in said.spoken


MANY = [f"Medicine number {number} 500 mg" for number in range(12)]


def test_a_patient_who_chose_so_reads_the_names_and_amounts() -> None:
    said = wording.reminder("en", ["08:00"], CONTACTS["en"], medicines=["Metformin 500 mg", "Glargine 16 units"])

    assert said.text.startswith("Time for your 08:00 medicine: Metformin 500 mg, Glargine 16 units. Reply 1")
    assert "Glargine" not in said.title


@every_language
def test_names_that_take_a_second_segment_are_left_out(language: str) -> None:
    plain = wording.reminder(language, ["08:00"], CONTACTS[language])

    assert wording.reminder(language, ["08:00"], CONTACTS[language], medicines=MANY) == plain


def test_but_not_where_there_is_room() -> None:
    said = wording.reminder("en", ["08:00"], CONTACTS["en"], medicines=MANY, in_one_segment=False)

    assert all(medicine in said.text for medicine in MANY)


@given(
    times=st.lists(st.times().map(lambda at: f"{at:%H:%M}"), min_size=1, max_size=12, unique=True).map(sorted),
    medicines=st.lists(st.text(min_size=1, max_size=80), max_size=6),
    language=st.sampled_from(list(LANGUAGES)),
    put=st.sampled_from(list(Wording)),
    by_reply=st.booleans(),
    has_changed=st.booleans(),
    phone=st.text(max_size=60),
)
def test_a_reminder_is_always_one_segment_and_names_its_first_and_last_time(
    times: list[str],
    medicines: list[str],
    language: str,
    put: Wording,
    by_reply: bool,
    has_changed: bool,
    phone: str,
) -> None:
    said = wording.reminder(
        language,
        times,
        Contacts(phone, "112"),
        has_changed=has_changed,
        put=put,
        medicines=medicines,
        by_reply=by_reply,
    )

    assert length(said.text).segments == 1
    assert times[0] in said.text
    assert times[-1] in said.text


def test_what_is_not_known_is_not_said() -> None:
    said = wording.not_reached("en", "Anna Berg", "08:00", CONTACTS["en"])

    assert said.text.startswith("We could not reach Anna")
    assert "missed" not in said.text


@pytest.mark.parametrize("example", [e for e in SAID["en"] if e.purpose is Purpose.URGENT_READING], ids=named)
def test_urgent_instructions_say_whom_to_call(example: Example) -> None:
    assert CONTACTS["en"].emergency_number in example.words.text
    assert "1 2 0, 1 1 2, 9 1 1" in example.words.spoken


def test_the_patient_and_the_caregiver_read_different_instructions() -> None:
    urgent = [e for e in SAID["en"] if e.purpose is Purpose.URGENT_READING]

    for example in urgent:
        assert ("Elizabeth" in example.words.text) == (example.reader is Reader.CAREGIVER)


def test_without_a_clinic_number_the_clinic_is_named() -> None:
    said = wording.no_open_dose("en", Contacts("", "112"))

    assert said.text.endswith("call the clinic.")
    assert said.spoken.endswith("call the clinic.")


def test_a_voice_says_who_is_calling() -> None:
    said = wording.reminder("zh", ["20:30"], Contacts("010", "120", "仁和诊所"))

    assert said.spoken.startswith("您好，这里是仁和诊所。晚上8点30分的药该服了。")


@pytest.mark.parametrize(
    ("name", "first"),
    [("Anna Maria Berg", "Anna"), ("Anna", "Anna"), ("王秀英", "秀英"), ("王芳", "芳"), ("欧阳秀英", "秀英")],
)
def test_first_names(name: str, first: str) -> None:
    assert wording.first_name(name) == first


@pytest.mark.parametrize("doctor", ["Dr. Li", "Dr Li", "Li"])
def test_a_doctor_has_one_title(doctor: str) -> None:
    said = wording.advice("en", doctor, CONTACTS["en"])

    assert said.text.startswith("Dr Li has changed one of your medicines.")


@given(
    st.text(min_size=1, max_size=120).map(lambda t: " ".join(t.split())).filter(bool), st.sampled_from(list(LANGUAGES))
)
def test_no_name_can_break_a_text_or_push_its_instructions_out(name: str, language: str) -> None:
    said = wording.missed_dose(language, name, "08:00", CONTACTS[language])

    assert "08:00" in said.text
    assert len(said.text) <= {"en": 160, "zh": 70}[language]
