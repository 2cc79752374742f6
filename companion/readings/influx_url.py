"""Where an InfluxDB is, as the setting says it: pure."""

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from companion.errors import BadInput

DEFAULT_PORT = 8086
ADVICE = "write influxdb://HOST:8086/DATABASE or influxdb+v2://HOST:8086/BUCKET?org=ORG; +https for TLS"

SCHEMES: dict[str, tuple[int, str]] = {
    "influxdb": (1, "http"),
    "influxdb+https": (1, "https"),
    "influxdb+v2": (2, "http"),
    "influxdb+v2+https": (2, "https"),
}
"""Which routes are used to write and to delete, and how the server is reached."""


class InfluxUrl(NamedTuple):
    """`api` is 1 or 2. `bucket` is the database of 1.x; `org` is empty there, and `user` is empty on 2.x."""

    api: int
    base: str
    bucket: str
    org: str
    user: str


def parse_influx_url(text: str, where: str) -> InfluxUrl:
    """`influxdb://[USER@]HOST[:PORT]/DATABASE`, `influxdb+v2://HOST[:PORT]/BUCKET?org=ORG`, and both with `+https`.

    Raises BadInput that names `where` it was given. A password or token is refused here: URLs end up in logs and
    lists of processes.
    """
    try:
        url = urlsplit(text)
        port = url.port or DEFAULT_PORT
    except ValueError:
        raise BadInput("is not a URL", where=where, advice=ADVICE) from None
    if url.scheme not in SCHEMES or not url.hostname:
        raise BadInput("is no address of an InfluxDB", where=where, advice=ADVICE)
    if url.password is not None:
        raise BadInput("holds a secret", where=where, advice="put it into COMPANION_READINGS_TOKEN")
    api, transport = SCHEMES[url.scheme]
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return InfluxUrl(
        api, f"{transport}://{host}:{port}", _bucket(url, where), _org(url, api, where), _user(url, api, where)
    )


def _bucket(url: SplitResult, where: str) -> str:
    bucket = unquote(url.path.removeprefix("/"))
    if not bucket:
        raise BadInput("names no database or bucket", where=where, advice=ADVICE)
    return bucket


def _org(url: SplitResult, api: int, where: str) -> str:
    query = parse_qs(url.query)
    wanted = {"org"} if api == 2 else set()
    if query.keys() != wanted:
        what = "names no organisation" if wanted - query.keys() else "has a part after ? that means nothing here"
        raise BadInput(what, where=where, advice=ADVICE)
    return query["org"][0] if wanted else ""


def _user(url: SplitResult, api: int, where: str) -> str:
    if url.username and api == 2:
        raise BadInput("names a user, but 2.x knows tokens only", where=where, advice=ADVICE)
    return unquote(url.username or "")
