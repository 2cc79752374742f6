"""Where an InfluxDB is, as the setting says it."""

import pytest

from companion.errors import BadInput
from companion.readings.influx_server import InfluxServer
from companion.readings.influx_url import InfluxUrl, parse_influx_url


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("influxdb://db/readings", InfluxUrl(1, "http://db:8086", "readings", "", "")),
        ("influxdb://clinic@db:1234/my%20readings", InfluxUrl(1, "http://db:1234", "my readings", "", "clinic")),
        ("influxdb+https://db/readings", InfluxUrl(1, "https://db:8086", "readings", "", "")),
        ("influxdb+v2://db/b?org=o", InfluxUrl(2, "http://db:8086", "b", "o", "")),
        ("influxdb+v2+https://db:443/b?org=the%20clinic", InfluxUrl(2, "https://db:443", "b", "the clinic", "")),
        ("influxdb://[::1]:8086/readings", InfluxUrl(1, "http://[::1]:8086", "readings", "", "")),
    ],
)
def test_a_url_names_the_server_and_the_place(text: str, meant: InfluxUrl) -> None:
    assert parse_influx_url(text, "FROM") == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("influxdb://db:port/readings", "is not a URL"),
        ("influxdb:///readings", "is no address of an InfluxDB"),
        ("influxdb+v3://db/readings", "is no address of an InfluxDB"),
        ("influxdb://db", "names no database"),
        ("influxdb://db/?org=o", "names no database"),
        ("influxdb://db/readings?org=o", "means nothing here"),
        ("influxdb+v2://db/b", "names no organisation"),
        ("influxdb+v2://db/b?org=o&token=t", "means nothing here"),
        ("influxdb+v2://me@db/b?org=o", "2.x knows tokens only"),
        ("influxdb://me:secret@db/readings", "COMPANION_READINGS_TOKEN"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        parse_influx_url(text, "FROM")

    assert refused.value.where == "FROM"
    assert "secret" not in str(refused.value).replace("holds a secret", "")


@pytest.mark.parametrize(("url", "token"), [("influxdb://me@db/readings", ""), ("influxdb://db/readings", "secret")])
def test_a_user_without_a_password_is_refused_and_the_other_way_round(url: str, token: str) -> None:
    with pytest.raises(BadInput, match="belong together"):
        InfluxServer(parse_influx_url(url, "FROM"), token, "FROM")
