"""What is noted of looks, and what kinds of work wait, have words on the pages of the administrator."""

from companion.care.due_work import WorkKind
from companion.messages.wording import Wording
from companion.web.access import Action
from companion.web.for_clinic.effect import ARMS
from companion.web.in_words import look_words, work_words
from companion.web.reads import SHOW_NONE, SHOWN_BY_LINK


def test_every_act_whose_page_is_noted_has_words_and_no_other() -> None:
    assert set(look_words.KINDS) == {*Action} - SHOW_NONE | {SHOWN_BY_LINK}


def test_a_kind_of_an_old_log_stays_as_it_was_written() -> None:
    assert look_words.look_words("something_long_gone") == "something_long_gone"


def test_every_kind_of_due_work_and_every_wording_on_trial_has_words() -> None:
    assert set(work_words.KINDS) == {*WorkKind}
    assert set(ARMS) == {*Wording}
