"""The way out of development: a private file that settles every crash."""

import json
from datetime import UTC, datetime
from pathlib import Path

from companion.messages.channel import Accepted, Found, NotFound, Outgoing
from companion.messages.channels.console import Console
from companion.messages.models import DeliveryState

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def test_texts_are_appended_to_a_file_only_its_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "var" / "console_outbox.jsonl"
    console = Console(path)

    results = [console.send(Outgoing("+4912345678", f"08:00 的药 {n}", f"c{n}", 60)) for n in range(2)]

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert results == [Accepted("console-c0"), Accepted("console-c1")]
    assert lines[1] == {"correlation_id": "c1", "to": "+4912345678", "text": "08:00 的药 1"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stands_beside_its_text(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"

    Console(path).send(Outgoing("+4912345678", "08:00", "c1", 60, link="https://companion.example/tap/x"))

    assert json.loads(path.read_text("utf-8"))["link"] == "https://companion.example/tap/x"


def test_a_look_up_knows_exactly_what_was_written(tmp_path: Path) -> None:
    console = Console(tmp_path / "outbox.jsonl")
    sent, other = Outgoing("+4912345678", "same", "c1", 60), Outgoing("+4912345678", "same", "c2", 60)
    before = console.lookup(sent, SINCE, frozenset())

    console.send(sent)

    assert before == NotFound()
    assert console.lookup(sent, SINCE, frozenset()) == Found("console-c1", DeliveryState.ACCEPTED)
    assert console.lookup(other, SINCE, frozenset()) == NotFound()


def test_nothing_of_a_text_reaches_the_log(tmp_path: Path, capfd: object) -> None:
    Console(tmp_path / "outbox.jsonl").send(Outgoing("+4912345678", "a secret", "c1", 60))

    out, err = capfd.readouterr()  # type: ignore[attr-defined]
    assert "secret" not in out + err
    assert "+49" not in out + err
