"""On a real InfluxDB 1.6.7, beyond the contract; and our write on the wire of 2.x, on a real VictoriaMetrics."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.clock import to_ms
from companion.errors import Unavailable
from companion.readings.influx_lines import line_of, place, tag
from companion.readings.influx_server import InfluxServer
from companion.readings.influx_store import InfluxReadingStore
from companion.readings.influx_url import parse_influx_url
from companion.readings.opening import open_store
from companion.readings.reading import Metric
from companion.readings.store import Appended
from tests import servers
from tests.readings.backends import influx_database
from tests.readings.influx_v2 import ORG, TOKEN, second_over_first
from tests.readings.store_builders import NOON, everything, glucose, pressure
from tests.servers import HttpServer


@pytest.fixture
def url(influxdb_server: HttpServer) -> Iterator[str]:
    with influx_database(influxdb_server) as url:
        yield url


@pytest.fixture
def store(url: str) -> InfluxReadingStore:
    return InfluxReadingStore(url)


def points(server: HttpServer, url: str, query: str) -> list[list[object]]:
    """What the server itself says, to `influx -execute` as to us."""
    content = server.get("/query", db=url.rpartition("/")[2], epoch="ns", q=query)
    assert content is not None
    (result,) = json.loads(content)["results"]
    return [row for series in result.get("series", []) for row in series["values"]]


def test_the_sequence_number_stands_in_the_part_below_the_second(
    influxdb_server: HttpServer, url: str, store: InfluxReadingStore
) -> None:
    store.append([glucose(sequence=1), glucose(sequence=65_535, value="7.80")])

    rows = points(influxdb_server, url, "SELECT value FROM glucose")

    noon_ns = to_ms(NOON) * 10**6
    assert rows == [[noon_ns + 1, "7.8"], [noon_ns + 65_535, "7.80"]]


def test_a_series_is_one_device_of_one_patient_however_many_readings_there_are(
    influxdb_server: HttpServer, url: str, store: InfluxReadingStore
) -> None:
    hashes = [glucose(n, 10**9 + n * 7919, device="file:libreview:A 1") for n in range(200)]

    store.append([*hashes, glucose(), pressure()])

    assert points(influxdb_server, url, "SHOW SERIES") == [
        ["blood_pressure,device=cuff-1,patient=pa_wang"],
        ["glucose,device=file:libreview:A%201,patient=pa_wang"],
        ["glucose,device=meter-1,patient=pa_wang"],
    ]


def test_a_point_is_never_written_twice(influxdb_server: HttpServer, url: str, store: InfluxReadingStore) -> None:
    store.append([glucose(value="7.8")])

    store.append([glucose(value="4.1")._replace(flags="later", meal=None)])

    rows = points(influxdb_server, url, "SELECT value, flags, meal FROM glucose")
    assert [row[1:] for row in rows] == [["7.8", "", "fasting"]]


def test_readings_whose_long_numbers_meet_are_both_there(store: InfluxReadingStore) -> None:
    one, other = glucose(sequence=5), glucose(sequence=10**9 + 5, value="9.9")
    next_second = glucose(1 / 60, sequence=4, value="5.5")
    store.append([other])

    appended = store.append([one, other, next_second])

    assert appended == Appended(2, 1)
    assert everything(store) == [one, other, next_second]
    assert store.append([next_second, other, one]) == Appended(0, 3)


def test_the_newest_reading_is_told_by_its_instant_not_by_its_point(store: InfluxReadingStore) -> None:
    earlier = glucose(sequence=999_999_999)
    later = glucose(sequence=1)._replace(taken_at=NOON + timedelta(milliseconds=500))
    store.append([earlier, later])

    assert store.latest("pa_wang", Metric.GLUCOSE) == [later]
    assert everything(store) == [earlier, later]


def test_years_that_the_server_does_not_know_are_kept(store: InfluxReadingStore) -> None:
    far = glucose()._replace(taken_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    early = glucose()._replace(taken_at=datetime(1582, 10, 15, tzinfo=UTC))

    store.append([far, early, glucose()])

    assert list(store.export_patient("pa_wang")) == [early, glucose(), far]
    assert store.latest("pa_wang", Metric.GLUCOSE, 2) == [far, glucose()]
    assert store.between("pa_wang", Metric.GLUCOSE, far.taken_at, datetime.max.replace(tzinfo=UTC)) == [far]
    assert store.append([far, early]) == Appended(0, 2)


NASTY = st.one_of(
    st.sampled_from(
        ["' OR 'a'='a", "x'; DROP MEASUREMENT glucose; --", 'a"b', "a\\", "a\nb", "a,b=c d", "%27", "李", "/.*/"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)


@given(patient=NASTY, other=NASTY)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_id_reaches_the_readings_of_another_whatever_is_in_it(
    store: InfluxReadingStore, patient: str, other: str
) -> None:
    store.append([glucose(patient="pa_wang")])
    store.append([glucose(patient=patient, device=other)])

    erased = store.erase_patient(patient)

    assert erased.readings[Metric.GLUCOSE] == 1
    assert everything(store, patient) == []
    assert everything(store) == [glucose(patient="pa_wang")]


def test_texts_of_every_kind_come_back(store: InfluxReadingStore) -> None:
    texts = ['"', "\\", '\\"', "a\\", "\\n", "line\nline", "tab\t", "a=b,c d", "'", "血糖", "🩸", "#", "{}", "\\\\\\"]
    readings = [glucose(n, n)._replace(flags=text, source=text, device_time=text) for n, text in enumerate(texts)]

    store.append(readings)

    assert everything(store) == readings


def test_threads_that_bring_different_readings_of_one_key_leave_the_first_as_it_was(store: InfluxReadingStore) -> None:
    answers: dict[str, Appended] = {}

    def bring(value: str) -> None:
        answers[value] = store.append([glucose(n, n, value) for n in range(50)])

    threads = [Thread(target=bring, args=(f"{n}.0",)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (first,) = [value for value, appended in answers.items() if appended.new]
    assert answers[first] == Appended(50, 0)
    assert {str(reading.value) for reading in everything(store)} == {first}


def test_a_database_that_is_not_there_says_so(influxdb_server: HttpServer) -> None:
    store = InfluxReadingStore(f"influxdb://127.0.0.1:{influxdb_server.port}/nowhere")

    for ask in (lambda: store.append([glucose()]), lambda: everything(store), lambda: list(store.patients())):
        with pytest.raises(Unavailable, match="no such database"):
            ask()


def test_a_database_that_forgets_is_not_written_to_without_a_word(influxdb_server: HttpServer, url: str) -> None:
    name = url.rpartition("/")[2]
    influxdb_server.post("/query", q=f"ALTER RETENTION POLICY autogen ON {name} DURATION 1d SHARD DURATION 1h")
    store = InfluxReadingStore(url)

    with pytest.raises(Unavailable, match="limited time only"):
        store.append([glucose(-365 * 24 * 60 * 16)])


def test_users_and_passwords_of_1x() -> None:
    with servers.influxdb(auth=True) as server:
        server.post("/query", q="CREATE USER admin WITH PASSWORD 'geheim' WITH ALL PRIVILEGES")
        server.post("/query?u=admin&p=geheim", q="CREATE DATABASE readings")
        where = f"127.0.0.1:{server.port}/readings"

        let_in = InfluxReadingStore(f"influxdb://admin@{where}", "geheim")
        stranger = InfluxReadingStore(f"influxdb://admin@{where}", "falsch")
        nobody = InfluxReadingStore(f"influxdb://{where}")

        assert let_in.append([glucose()]) == Appended(1, 0)
        for store in (stranger, nobody):
            with pytest.raises(Unavailable, match="check COMPANION_READINGS_TOKEN"):
                store.append([glucose()])
        assert everything(let_in) == [glucose()]


def test_what_was_acknowledged_is_there_after_a_sigkill() -> None:
    with servers.influxdb() as server, influx_database(server) as url:
        store = InfluxReadingStore(url)
        readings = [glucose(n, n) for n in range(300)]
        appended = store.append(readings)
        server.kill()
        with pytest.raises(Unavailable, match="no InfluxDB answers"):
            everything(store)
        server.start()

        assert appended == Appended(300, 0)
        assert everything(store) == readings
        assert store.append(readings) == Appended(0, 300)


def test_our_very_bytes_arrive_by_the_clients_v2_route() -> None:
    with servers.victoria_metrics() as server:
        door = InfluxServer(parse_influx_url(f"influxdb+v2://127.0.0.1:{server.port}/b?org=o", "URL"), "t", "URL")
        long_ago = glucose(sequence=2, value="5.55")._replace(taken_at=datetime(2010, 1, 1, tzinfo=UTC))
        odd = "Wang 李,=\n'\""
        readings = [long_ago, glucose(sequence=3, patient=odd, device=odd)._replace(flags='a"\\')]

        door.write([line_of(*placed) for placed in place(readings, [])])

        server.get("/internal/force_flush")
        found = exported(server)
        ours, others = {"patient": "pa_wang", "device": "meter-1"}, {"patient": tag(odd), "device": tag(odd)}
        at, then = to_ms(long_ago.taken_at), to_ms(NOON)
        assert found["glucose_taken_at_ms"] == [(ours, [at], [at]), (others, [then], [then])]
        assert found["glucose_sequence"] == [(ours, [at], [2]), (others, [then], [3])]
        assert found["glucose_clock_offset_s"] == [(ours, [at], [-30]), (others, [then], [-30])]
        # VictoriaMetrics knows numbers only: of a text it keeps the number it tells, else 0.
        assert found["glucose_value"] == [(ours, [at], [5.55]), (others, [then], [7.8])]
        assert found["glucose_flags"] == [(ours, [at], [0]), (others, [then], [0])]


def test_the_routes_of_2x_lead_through_the_whole_life_of_a_reading(influxdb_server: HttpServer, url: str) -> None:
    with second_over_first(influxdb_server.url) as port:
        bucket = f"influxdb+v2://127.0.0.1:{port}/{url.rpartition('/')[2]}?org={ORG}"
        store = open_store(bucket, token=TOKEN)
        readings = [glucose(n, n) for n in range(5)]

        appended, again = store.append([*readings, glucose(patient="pa_li")]), store.append(readings)
        found, patients = everything(store), list(store.patients())
        erased = store.erase_patient("pa_wang")

        assert (appended, again) == (Appended(6, 0), Appended(0, 5))
        assert (found, patients) == (readings, ["pa_li", "pa_wang"])
        assert erased.readings == {Metric.GLUCOSE: 5}
        assert list(store.patients()) == ["pa_li"]
        assert store.append(readings) == Appended(5, 0)
        with pytest.raises(Unavailable, match="check COMPANION_READINGS_TOKEN"):
            open_store(bucket, token="another").append(readings)


def exported(server: HttpServer) -> dict[str, list[tuple[dict[str, str], list[int], list[float]]]]:
    """By name: labels, instants in milliseconds and values of each series, in the order of the instants."""
    content = server.get("/api/v1/export", **{"match[]": '{__name__!=""}', "start": "0"})
    assert content is not None
    found: dict[str, list[tuple[dict[str, str], list[int], list[float]]]] = {}
    for line in content.decode().splitlines():
        series = json.loads(line)
        name = series["metric"].pop("__name__")
        found.setdefault(name, []).append((series["metric"], series["timestamps"], series["values"]))
    return {name: sorted(some, key=lambda one: one[1]) for name, some in found.items()}
