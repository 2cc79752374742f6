"""What an InfluxDB is asked, and what becomes of everything it may answer."""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from companion.errors import BadInput, Unavailable
from companion.readings import influx_server
from companion.readings.influx_lines import LAST_NS
from companion.readings.influx_server import InfluxServer
from companion.readings.influx_store import InfluxReadingStore
from companion.readings.influx_url import parse_influx_url
from companion.readings.opening import open_store
from companion.readings.reading import Metric
from tests.readings.influx_fake import Answer, FakeInflux, fake_influx
from tests.readings.store_builders import NOON, glucose


@pytest.fixture
def fake() -> Iterator[FakeInflux]:
    with fake_influx() as fake:
        yield fake


def door(fake: FakeInflux, scheme: str = "influxdb", rest: str = "readings", token: str = "") -> InfluxServer:
    user = "clinic@" if token and scheme == "influxdb" else ""
    return InfluxServer(parse_influx_url(f"{scheme}://{user}127.0.0.1:{fake.port}/{rest}", "URL"), token, "URL")


def second(fake: FakeInflux) -> InfluxServer:
    """A server of 2.x."""
    return door(fake, "influxdb+v2", "our%20bucket?org=our%20clinic", "the-token")


# What is asked


def test_1x_is_written_to_by_its_own_route(fake: FakeInflux) -> None:
    door(fake, token="geheim").write(["a b=1i 1", "a b=2i 2"])

    (asked,) = fake.asked
    basic = "Basic " + b64encode(b"clinic:geheim").decode()
    assert (asked.method, asked.path, asked.authorization) == ("POST", "/write", basic)
    assert asked.query == {"db": ["readings"], "precision": ["ns"]}
    assert asked.body == "a b=1i 1\na b=2i 2"


def test_2x_is_written_to_by_the_clients_route(fake: FakeInflux) -> None:
    second(fake).write(["a b=1i 1", "a b=2i 2"])

    (asked,) = fake.asked
    assert (asked.method, asked.path, asked.authorization) == ("POST", "/api/v2/write", "Token the-token")
    assert asked.query == {"org": ["our clinic"], "bucket": ["our bucket"], "precision": ["ns"]}
    assert asked.body == "a b=1i 1\na b=2i 2"


@pytest.mark.parametrize("scheme", ["influxdb", "influxdb+v2"])
def test_every_version_is_asked_by_influxql(fake: FakeInflux, scheme: str) -> None:
    series = [{"name": "a", "values": [[1, "x"]]}, {"name": "b", "values": [[2, "y"]]}]
    fake.answers["/query"] = Answer(200, json.dumps({"results": [{"statement_id": 0, "series": series}]}))
    server = door(fake) if scheme == "influxdb" else second(fake)

    rows = server.select("SELECT x")

    (asked,) = fake.asked
    assert (asked.method, asked.path, asked.query["q"]) == ("GET", "/query", ["SELECT x"])
    assert (asked.query["epoch"], asked.query["db"]) == (["ns"], [server.url.bucket])
    assert rows == [[1, "x"], [2, "y"]]


def test_1x_deletes_by_influxql(fake: FakeInflux) -> None:
    door(fake).delete("pa_x%20y")

    (asked,) = fake.asked
    assert (asked.method, asked.query["q"]) == ("POST", ["DELETE WHERE \"patient\" = 'pa_x%20y'"])


def test_2x_deletes_all_of_time_by_its_own_route(fake: FakeInflux) -> None:
    second(fake).delete("pa_x%20y")

    (asked,) = fake.asked
    assert (asked.method, asked.path, asked.authorization) == ("POST", "/api/v2/delete", "Token the-token")
    assert asked.query == {"org": ["our clinic"], "bucket": ["our bucket"]}
    told = json.loads(asked.body)
    assert told["predicate"] == 'patient="pa_x%20y"'
    assert datetime.fromisoformat(told["start"]) == datetime(1677, 9, 21, 0, 12, 44, tzinfo=UTC)
    assert datetime.fromisoformat(told["stop"]) == datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)


# What it may answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401, '{"error":"authorization failed"}'), "check COMPANION_READINGS_TOKEN"),
        (Answer(403, "{}"), "check COMPANION_READINGS_TOKEN"),
        (Answer(404, '{"error":"database not found: \\"readings\\""}'), "no such database"),
        (Answer(404, '{"code":"not found","message":"bucket \\"b\\" not found"}'), "no such bucket"),
        (Answer(400, '{"error":"partial write: points beyond retention policy dropped=1"}'), "retention"),
        (Answer(400, '{"error":"partial write: max-values-per-tag limit exceeded: value=\\"pa_x\\""}'), "tsi1"),
        (Answer(400, '{"error":"field type conflict"}'), "a database of their own"),
        (Answer(400, '{"error":"unable to parse \'glucose,patient=pa_x\'"}'), "answered 400"),
        (Answer(500, '{"error":"timeout"}'), "answered 500"),
        (Answer(503, ""), "answered 503"),
        (Answer(302, ""), "answered 302"),
    ],
)
@pytest.mark.parametrize("version", ["1", "2"])
def test_a_write_that_fails_says_what_to_do_and_nothing_of_a_person(
    fake: FakeInflux, version: str, answer: Answer, said: str
) -> None:
    fake.answers["/write"] = fake.answers["/api/v2/write"] = answer
    server = door(fake) if version == "1" else second(fake)

    with pytest.raises(Unavailable) as failed:
        server.write(["glucose,patient=pa_x value=1 1"])

    assert said in str(failed.value)
    assert "pa_x" not in str(failed.value)
    assert len(fake.asked) == 1, "nothing is tried again in here"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, '{"results":[{"error":"database not found: readings"}]}'), "no such database"),
        (Answer(200, '{"results":[{"series":[{"values":[[1]],"partial":true}]}]}'), "only a part"),
        (Answer(200, '{"results":[{"series":[{"values":[[1]]}],"partial":true}]}'), "only a part"),
        (Answer(200, "<html>a proxy</html>"), "is no InfluxDB"),
        (Answer(200, "[]"), "is no InfluxDB"),
        (Answer(200, '{"results":[{"series":[{}]}]}'), "is no InfluxDB"),
        (Answer(200, '{"results":[{"statement_id":0}]}', cut=True), "no InfluxDB answers"),
        (Answer(401, ""), "check COMPANION_READINGS_TOKEN"),
    ],
)
def test_an_answer_that_is_not_whole_is_no_answer(fake: FakeInflux, answer: Answer, said: str) -> None:
    fake.answers["/query"] = answer

    with pytest.raises(Unavailable, match=said):
        door(fake).select("SELECT x")


def test_nobody_there_is_said() -> None:
    server = InfluxServer(parse_influx_url("influxdb://127.0.0.1:1/readings", "URL"), "", "URL")

    with pytest.raises(Unavailable, match=r"no InfluxDB answers at http://127\.0\.0\.1:1"):
        server.write(["a b=1 1"])


def test_a_server_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(influx_server, "TIMEOUT_MS", (200, 200))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = InfluxServer(parse_influx_url(f"influxdb://127.0.0.1:{port}/readings", "URL"), "", "URL")

        with pytest.raises(Unavailable, match="no InfluxDB answers"):
            server.select("SELECT x")


# What it is


@pytest.mark.parametrize(
    ("scheme", "version", "name"),
    [
        ("influxdb", "1.6.7~rc0", "InfluxDB 1.6.7~rc0"),
        ("influxdb", "1.8.10", "InfluxDB 1.8.10"),
        ("influxdb+v2", "v2.7.11", "InfluxDB v2.7.11"),
    ],
)
def test_a_server_that_can_erase_is_taken(fake: FakeInflux, scheme: str, version: str, name: str) -> None:
    fake.is_version(version)

    store = open_store(url_of(fake, scheme))

    assert store.capabilities().name == name


@pytest.mark.parametrize(("scheme", "version"), [("influxdb+v2", "3.0.1"), ("influxdb+v2", ""), ("influxdb", "")])
def test_where_a_patient_cannot_be_erased_the_service_does_not_start(
    fake: FakeInflux, scheme: str, version: str
) -> None:
    fake.is_version(version)

    with pytest.raises(BadInput, match="cannot erase one patient"):
        open_store(url_of(fake, scheme))


@pytest.mark.parametrize(("scheme", "version"), [("influxdb", "v2.7.11"), ("influxdb+v2", "1.8.10")])
def test_the_url_of_another_version_is_refused(fake: FakeInflux, scheme: str, version: str) -> None:
    fake.is_version(version)

    with pytest.raises(BadInput, match=version):
        open_store(url_of(fake, scheme))


@pytest.mark.parametrize(("scheme", "version"), [("influxdb+v2", "3.0.1"), ("influxdb", "v2.7.11"), ("influxdb", "")])
def test_a_server_that_was_away_at_the_start_is_held_to_it_before_anything_is_written(
    fake: FakeInflux, scheme: str, version: str
) -> None:
    fake.answers["/ping"] = Answer(500)
    store = open_store(url_of(fake, scheme))
    fake.is_version(version)

    with pytest.raises(Unavailable):
        store.append([glucose()])

    assert {asked.path for asked in fake.asked} == {"/ping"}


def test_a_deletion_that_did_nothing_is_no_erasure(fake: FakeInflux) -> None:
    fake.is_version("v2.7.11")
    row = [LAST_NS, "meter-1", 0, 0, "7.8", "mmol/L", "meter", "in_1", "", "", "", "", "", 0, "", ""]
    fake.answers["/query"] = Answer(200, json.dumps({"results": [{"series": [{"values": [row]}]}]}))
    store = InfluxReadingStore(url_of(fake, "influxdb+v2"))

    with pytest.raises(Unavailable, match="still there"):
        store.erase_patient("pa_wang")

    assert len(fake.asked_at("/api/v2/delete")) == 1


def test_an_append_asks_what_is_there_and_writes_the_rest(fake: FakeInflux) -> None:
    fake.is_version("v2.7.11")
    at_ms = int(NOON.timestamp() * 1000)
    known = {"values": [[at_ms * 10**6 + 1, "meter-1", at_ms, 1]]}
    fake.answers["/query"] = Answer(200, json.dumps({"results": [{"series": [known]}]}))
    store = InfluxReadingStore(url_of(fake, "influxdb+v2"))

    appended = store.append([glucose(sequence=1), glucose(sequence=2)])

    (written,) = fake.asked_at("/api/v2/write")
    assert appended == (1, 1)
    assert [line.rpartition(" ")[2] for line in written.body.splitlines()] == [str(at_ms * 10**6 + 2)]
    assert written.body.startswith(Metric.GLUCOSE)


def url_of(fake: FakeInflux, scheme: str) -> str:
    return f"{scheme}://127.0.0.1:{fake.port}/readings" + ("?org=clinic" if "v2" in scheme else "")
