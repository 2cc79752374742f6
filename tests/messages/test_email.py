"""Mails to a real SMTP server on this machine, through Apprise."""

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from companion.errors import BadInput
from companion.messages.channel import Accepted, Ambiguous, Outgoing, Refusal, Rejected, RetryAfter, SendResult
from companion.messages.channels import apprise
from companion.messages.channels.email import Email
from tests.fake_mail import PASSWORD, USER, FakeMail

ANNA = "anna.berg+medicine@post.example"


@pytest.fixture
def server() -> Iterator[FakeMail]:
    with FakeMail() as server:
        yield server


def outgoing(to: str = ANNA, **changes: Any) -> Outgoing:
    values: dict[str, Any] = {
        "to": to,
        "text": "该服08:00的药了。回复1已服、2稍后、3跳过。",
        "title": "08:00 服药提醒",
        "link": "https://companion.example/d/abc?x=1",
        "correlation_id": "c0",
        "valid_for_s": 1800,
    }
    return Outgoing(**values | changes)


def send(server: FakeMail, *, to: str = ANNA) -> SendResult:
    return Email(server.url).send(outgoing(to))


def test_a_mail_arrives_with_its_subject_its_text_and_its_link(server: FakeMail) -> None:
    result = send(server)

    [mail] = server.received
    assert result == Accepted("apprise-c0")
    assert (mail["From"], mail["To"], mail["Subject"]) == ("clinic@clinic.example", ANNA, "08:00 服药提醒")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().split() == [
        "该服08:00的药了。回复1已服、2稍后、3跳过。",
        "https://companion.example/d/abc?x=1",
    ]


def test_automatic_answers_are_asked_to_stay_away(server: FakeMail) -> None:
    send(server)

    assert server.received[0]["Auto-Submitted"] == "auto-generated"


def test_a_mail_without_a_link_ends_with_its_text(server: FakeMail) -> None:
    Email(server.url).send(outgoing(text="Plain words.", link=""))

    assert server.received[0].get_content().strip() == "Plain words."


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("550 5.1.1 no such user", Rejected("550", Refusal.BAD_ADDRESS)),
        ("553 mailbox name not allowed", Rejected("553", Refusal.BAD_ADDRESS)),
        ("550 5.7.1 relaying denied", Rejected("550", Refusal.OTHER_WAY)),
        ("552 5.2.2 mailbox full", Rejected("552", Refusal.OTHER_WAY)),
        ("450 4.2.0 greylisted, try again", Rejected("450", Refusal.TRY_AGAIN)),
    ],
)
def test_a_refused_recipient_means_what_its_code_says(server: FakeMail, answer: str, result: SendResult) -> None:
    server.refuses[ANNA] = answer

    told = send(server)

    assert told == result
    assert not server.received


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("554 5.6.0 looks like spam", Rejected("554", Refusal.NOT_THESE_WORDS)),
        ("451 4.3.0 later", RetryAfter(60, "451")),
    ],
)
def test_a_refused_text_means_what_its_code_says(server: FakeMail, answer: str, result: SendResult) -> None:
    server.at_data = answer

    assert send(server) == result


def test_a_refused_sender_is_our_own_trouble_and_loud(server: FakeMail) -> None:
    server.refuses_sender = "550 5.1.8 sender unknown"

    with capture_logs() as logs:
        result = send(server)

    assert result == RetryAfter(300, "550")
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert "clinic.example" not in str(logs)


def test_a_refused_login_is_our_own_trouble_and_loud() -> None:
    with FakeMail(with_login=True) as server, capture_logs() as logs:
        result = Email(server.url_as(USER, "wrong")).send(outgoing())
        taken = Email(server.url_as(USER, PASSWORD)).send(outgoing())

    assert result == RetryAfter(300, "535")
    assert taken == Accepted("apprise-c0")
    assert "wrong" not in str(logs)


def test_what_becomes_of_one_mail_says_nothing_of_those_beside_it(server: FakeMail) -> None:
    people = {f"person{n}@post.example": n % 3 == 0 for n in range(30)}
    server.refuses = {address: "550 5.1.1 no such user" for address, is_gone in people.items() if is_gone}
    ours = Email(server.url)

    with ThreadPoolExecutor(8) as threads:
        results = threads.map(lambda address: ours.send(outgoing(address)), people)

    assert [isinstance(result, Rejected) for result in results] == list(people.values())


def test_a_server_that_is_down_was_surely_not_told(unused_port: int) -> None:
    url = f"mailto://clinic.example:{unused_port}?smtp=127.0.0.1&from=clinic@clinic.example&mode=insecure"

    assert Email(url).send(outgoing()) == RetryAfter(60, "no_connection")


def test_a_server_that_hangs_after_taking_it_may_have_it(server: FakeMail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "CONNECT_S", 0.3)
    server.hangs_for_s = 2

    result = send(server)

    assert result == Ambiguous("failure")
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "address", ["anna", "anna@post.example,ben@post.example", "anna@post.example ben@x.example", ""]
)
def test_what_is_not_one_address_is_never_sent_to(server: FakeMail, address: str) -> None:
    result = send(server, to=address)

    assert result == Rejected("bad_address", Refusal.BAD_ADDRESS)
    assert not server.received


@pytest.mark.parametrize("url", ["", "json://host.example", "mailto://", "smtp.example"])
def test_a_setting_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="COMPANION_MAIL_URL"):
        Email(url)


def test_nothing_of_a_mail_reaches_the_log(server: FakeMail) -> None:
    server.refuses[ANNA] = "550 no such user"

    with heard_by_the_root_logger() as records:
        send(server)

    ours = [record.getMessage() for record in records if not record.name.startswith(("mail", "asyncio"))]
    assert "anna.berg" not in " ".join(ours)


@contextmanager
def heard_by_the_root_logger() -> Iterator[list[logging.LogRecord]]:
    """Every record that reaches the root. Not `caplog`: it listens at each logger by itself."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    yield records
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port: int = closed.getsockname()[1]
    return port
