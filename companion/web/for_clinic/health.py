"""Whether the service is up, ready, and keeping up. Counts only: nothing here is about one person."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from companion import __version__
from companion.counters import told_counts
from companion.web.access import public
from companion.web.context import look, now, outside
from companion.web.for_clinic.exposition import CONTENT_TYPE, Gauge, in_text, one
from companion.web.for_clinic.gauges import measure
from companion.web.for_clinic.message_gauges import measure_messages
from companion.web.for_clinic.readiness import checks, free_bytes

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """What this process needs, check by check, with a word for what is wrong; 503 while it cannot do its work. Where
    readings are being moved it can do all that is open then, and says so."""
    found = checks(outside(), now())
    is_ready = all(check.holds for check in found)
    told = {
        "status": "ready" if is_ready else "not ready",
        "mode": "read_only" if outside().stores.is_read_only else "normal",
        "checks": {check.name: check.holds for check in found},
        "reasons": {check.name: check.reason for check in found if check.reason},
    }
    return jsonify(told), 200 if is_ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """For Prometheus: on this machine, or with the token."""
    if not (_has_token() or _is_local()):
        abort(404)
    return Response(_of_process() + _of_records() + told_counts(), content_type=CONTENT_TYPE)


def _has_token() -> bool:
    token, given = outside().settings.metrics_token, request.authorization
    if not token or given is None or given.type != "bearer":
        return False
    return hmac.compare_digest((given.token or "").encode(), token.encode())


def _is_local() -> bool:
    """A request that a proxy passed on is from elsewhere."""
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        return ip_address(request.remote_addr or "").is_loopback and not passed_on
    except ValueError:
        return False


def _of_records() -> bytes:
    """What the database tells; nothing where it does not answer, which `companion_ready` says."""
    try:
        with look() as db:
            return in_text([*measure(db, now()), *measure_messages(db, now())])
    except SQLAlchemyError:  # what is wrong stands in the database's own log
        return b""


def _of_process() -> bytes:
    ready = [((check.name,), check.holds) for check in checks(outside(), now())]
    free = [((place,), free) for place, free in free_bytes(outside().settings).items()]
    return in_text(
        [
            Gauge("build_info", "The version", [((__version__,), 1)], ("version",)),
            Gauge("ready", "What /readyz found", ready, ("check",)),
            one("read_only", "Whether readings are being moved", outside().stores.is_read_only),
            Gauge("disk_free_bytes", "What is left on the disk of a folder", free, ("place",)),
        ]
    )
