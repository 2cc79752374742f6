"""The same as on SQLite, where statements and locks are PostgreSQL's own."""

import pytest

from tests.messages.test_fallbacks import (  # noqa: F401 — a fixture, and tests that run here again
    house,
    test_a_person_who_cannot_be_reached_by_any_way_is_the_clinics_to_call,
    test_a_telephone_that_answers_by_itself_gets_no_more_replies_in_the_end,
    test_a_text_reported_undelivered_is_followed_by_a_mail_at_once,
    test_a_text_that_may_have_been_taken_is_never_sent_again_but_a_mail_is,
    test_an_answer_stops_what_would_follow_in_its_own_transaction,
    test_nothing_follows_after_the_window,
    test_what_a_provider_says_of_an_address_is_remembered,
)


@pytest.fixture
def database_url(postgresql_database: str) -> str:
    return postgresql_database
