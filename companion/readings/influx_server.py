"""The one door to an InfluxDB: line protocol in, InfluxQL over /query out, through influxdb-client.

Nothing is tried twice in here: a write that is repeated behind the caller's back could come after a later one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from companion.errors import BadInput, Unavailable
from companion.readings.influx_url import InfluxUrl

TIMEOUT_MS = (3_000, 10_000)
"""To connect, and to hear the answer; a page waits for it."""
FIRST_DAY, LAST_DAY = "1677-09-21T00:12:44Z", "2262-04-11T23:47:16Z"
"""`FIRST_NS` and `LAST_NS` of `influx_lines`, as 2.x wants all of time told when something is deleted."""

DOCS = "see docs/influxdb.md"
REASONS = {
    "database not found": ("has no such database", f"create it: {DOCS}"),
    '" not found': ("has no such bucket", f"create it: {DOCS}"),
    "points beyond retention policy": (
        "keeps readings for a limited time only",
        f"let its retention policy be infinite: {DOCS}",
    ),
    "max-values-per-tag": ("is full: its limit of patients is reached", f"set index-version to tsi1: {DOCS}"),
    "max-series-per-database": ("is full: its limit of series is reached", f"set index-version to tsi1: {DOCS}"),
    "field type conflict": ("holds other data under our names", f"give the readings a database of their own: {DOCS}"),
}
"""What the server may answer, by words that stand in it, and what to do. The answer itself is never passed on: it
may quote a reading."""


class Version(NamedTuple):
    """`major` is None for what is no InfluxDB. `text` is as the server says it: "1.6.7~rc0", "v2.7.11"."""

    major: int | None
    text: str


class InfluxServer:
    """An InfluxDB behind its URL. Every call may raise Unavailable. Threads may share it."""

    def __init__(self, url: InfluxUrl, token: str, where: str) -> None:
        """`where` names who gave the URL."""
        if url.api == 1 and bool(url.user) != bool(token):
            raise BadInput(
                "a user and a password belong together",
                where=where,
                advice="write influxdb://USER@HOST/DATABASE and put the password into COMPANION_READINGS_TOKEN",
            )
        self.url = url
        client: Any = InfluxDBClient(
            url=url.base,
            token=f"{url.user}:{token}" if url.user else token,
            auth_basic=bool(url.user),
            org=url.org,
            timeout=TIMEOUT_MS,
        )
        self._client = client
        self._points = client.write_api(write_options=SYNCHRONOUS)

    def version(self) -> Version:
        """What answers there, by the headers of /ping: /health is unknown to 1.6."""
        headers = {name.lower(): value for name, value in self._call("/ping", "GET").headers.items()}
        text = headers.get("x-influxdb-version", "")
        major = text.removeprefix("v").partition(".")[0]
        return Version(int(major) if major.isdecimal() else None, text)

    def write(self, lines: Sequence[str]) -> None:
        """Points in line protocol, timestamps in nanoseconds; durable when this returns."""
        body = "\n".join(lines)
        if self.url.api == 2:
            with _Told(self.url):
                self._points.write(bucket=self.url.bucket, record=body)
        else:
            query = [("db", self.url.bucket), ("precision", "ns")]
            self._call("/write", "POST", query, {"Content-Type": "text/plain; charset=utf-8"}, body=body)

    def select(self, query: str) -> list[Sequence[Any]]:
        """The rows that InfluxQL gives, of all series one after the other; timestamps in nanoseconds."""
        asked = [("db", self.url.bucket), ("epoch", "ns"), ("q", query)]
        return _rows(self._call("/query", "GET", asked, {"Accept": "application/json"}).content, self.url)

    def delete(self, patient_tag: str) -> None:
        """Every point with that value of the tag `patient`, which has nothing in it that would need escaping."""
        if self.url.api == 2:
            with _Told(self.url):
                predicate = f'patient="{patient_tag}"'
                self._client.delete_api().delete(FIRST_DAY, LAST_DAY, predicate, bucket=self.url.bucket)
        else:
            asked = [("db", self.url.bucket), ("q", f"DELETE WHERE \"patient\" = '{patient_tag}'")]
            _rows(self._call("/query", "POST", asked, {"Accept": "application/json"}).content, self.url)

    def _call(
        self,
        path: str,
        method: str,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> "_Answer":
        with _Told(self.url):
            data, _, answered = self._client.api_client.call_api(
                path,
                method,
                query_params=list(query),
                header_params=dict(headers or {}),
                body=body,
                response_type="object",
            )
        return _Answer(data, answered)


class _Answer(NamedTuple):
    """`content` is parsed if it is JSON, and text otherwise."""

    content: Any
    headers: Mapping[str, str]


class _Told:
    """Turns what the client raises into Unavailable."""

    def __init__(self, url: InfluxUrl) -> None:
        self._url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ApiException) and error.status:
            raise _refused(self._url, error.status, str(error.body)) from None
        if isinstance(error, ApiException | HTTPError):
            raise Unavailable(
                f"no InfluxDB answers at {self._url.base}", where="readings", advice="start it, or correct the address"
            ) from None


def _refused(url: InfluxUrl, status: int, said: str) -> Unavailable:
    if status in (401, 403):
        what, advice = f"does not let us in ({status})", "check COMPANION_READINGS_TOKEN"
    else:
        known = (told for words, told in REASONS.items() if words in said)
        what, advice = next(known, (f"answered {status}", "look into its own log"))
    return Unavailable(f"the InfluxDB at {url.base} {what}", where="readings", advice=advice)


def _rows(content: Any, url: InfluxUrl) -> list[Sequence[Any]]:
    try:
        (result,) = content["results"]
        series = result.get("series", [])
        rows = [row for one in series for row in one["values"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unavailable(
            f"what answers at {url.base} is no InfluxDB", where="readings", advice="correct the address"
        ) from None
    if "error" in result:
        raise _refused(url, 200, str(result["error"]))
    if any(one.get("partial") for one in (result, *series)):
        raise Unavailable(
            f"the InfluxDB at {url.base} gives only a part of an answer",
            where="readings",
            advice=f"set max-row-limit to 0: {DOCS}",
        )
    return rows
