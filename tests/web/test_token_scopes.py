"""Every route with every kind of token: each opens what its scope says, and no other any."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care.integrations import STANDS_FOR, Reach, add_integration
from companion.care.people import Person, Role
from companion.care.record_clients import RecordClient, add_client, revoke_client
from companion.db import writing
from companion.reminders.feeds import make_feed
from companion.web.door.hub_door import make_code, pair_hub, revoke_hub
from companion.web.door.sessions import OpenedBy, open_session
from companion.web.token_scopes import OPENS, Holder
from tests.people import NOON, Cast
from tests.web.conftest import LET_IN
from tests.web.route_table import row_of
from tests.web.test_access import address, calls, has_row

pytestmark = pytest.mark.own_app

HUBS_ROUTES = {"POST api.add_batch", "POST api.add_device"}
RECORDS_ROUTES = {
    f"GET api.fhir_{name}"
    for name in (
        "requests", "request", "tasks", "task", "evaluations", "evaluation", "patients", "patient", "provenances",
        "provenance", "withdrawals", "withdrawal", "acts", "act", "protocols", "protocol",
    )
} | {"GET api.work_lists", "GET api.work_list"}  # fmt: skip


INTEGRATIONS_ROUTES = {
    Reach.CHECKUPS: {"POST api.add_checkup"},
    Reach.PHARMACIES: {
        "GET api.pharmacies", "GET api.pharmacy", "GET api.prices", "POST api.import_prices",
    },
    Reach.PROGRAMME: {
        "GET api.guide_versions", "GET api.desk_queue", "GET api.boards_waiting", "GET api.survey_rounds",
    },
}  # fmt: skip


def integration_token(engine: Engine, cast: Cast, reach: Reach) -> str:
    whose = cast.doctor if STANDS_FOR[reach] is Role.CLINICIAN else cast.admin
    with writing(engine) as session:
        person, until = session.get_one(Person, whose.id), NOON + timedelta(days=30)
        told = {"name": "A program", "reach": reach, "expires_at": until, "by": "test", "now": NOON}
        return add_integration(session, person=person, **told)[1]


def hub_token(engine: Engine, cast: Cast) -> str:
    with writing(engine) as session:
        code = make_code(session, session.get_one(Person, cast.patient.id), NOON)
    return pair_hub(engine, code, "Kitchen", "10.0.0.9", NOON)[1]


def records_token(engine: Engine, cast: Cast, *, may_import: bool = False) -> str:
    with writing(engine) as session:
        return add_client(
            session,
            name="Ward",
            source="https://records.example",
            clinician=session.get_one(Person, cast.doctor.id),
            may_import=may_import,
            expires_at=NOON + timedelta(days=30),
            by="test",
            now=NOON,
        )[1]


API = "/api/"


def opened(app: Flask, engine: Engine, cast: Cast, token: str, under: str = "/") -> set[str]:
    """The guarded routes under that path that let the token in."""
    client, found = app.test_client(), set()
    for rule, method in filter(lambda call: has_row(*call), calls(app)):
        if row_of(rule.endpoint, method) is None or not rule.rule.startswith(under):
            continue
        headers = {"Authorization": f"Bearer {token}"}
        if client.open(address(app, rule, engine, cast), method=method, headers=headers).status_code == LET_IN:
            found.add(f"{method} {rule.endpoint}")
    return found


def test_a_hubs_token_opens_the_hubs_routes_only(bare_app: Flask, engine: Engine, cast: Cast) -> None:
    token = hub_token(engine, cast)

    found = opened(bare_app, engine, cast, token)

    assert found == HUBS_ROUTES


def test_a_record_systems_token_opens_the_records_only(bare_app: Flask, engine: Engine, cast: Cast) -> None:
    token = records_token(engine, cast)

    found = opened(bare_app, engine, cast, token)

    assert found == RECORDS_ROUTES


def test_only_a_token_that_may_import_imports(bare_app: Flask, engine: Engine, cast: Cast) -> None:
    token = records_token(engine, cast, may_import=True)

    found = opened(bare_app, engine, cast, token)

    assert found == RECORDS_ROUTES | {"POST api.import_records"}


def test_a_programs_token_opens_its_scope_only(bare_app: Flask, engine: Engine, cast: Cast) -> None:
    tokens = {reach: integration_token(engine, cast, reach) for reach in Reach}

    found = {reach: opened(bare_app, engine, cast, token, API) for reach, token in tokens.items()}

    assert found == INTEGRATIONS_ROUTES


def test_what_opens_a_page_is_no_token_of_the_api(bare_app: Flask, engine: Engine, cast: Cast) -> None:
    with writing(engine) as session:
        feed = make_feed(session, cast.patient.id, with_names=False, now=NOON)
        cookie = open_session(session, cast.doctor, by=OpenedBy.PASSWORD, address="10.0.0.9", browser="test", now=NOON)

    found = [opened(bare_app, engine, cast, token, API) for token in (feed, cookie, "nonsense")]

    assert found == [set(), set(), set()]


def test_a_revoked_token_opens_nothing(bare_app: Flask, engine: Engine, cast: Cast) -> None:
    with writing(engine) as session:
        code = make_code(session, session.get_one(Person, cast.patient.id), NOON)
    hub, of_hub = pair_hub(engine, code, "Kitchen", "10.0.0.9", NOON)
    of_records = records_token(engine, cast)
    with writing(engine) as session:
        revoke_hub(session, hub, cast.patient, NOON)
        revoke_client(session, _only_client(session), by="test", now=NOON)

    found = opened(bare_app, engine, cast, of_hub, API) | opened(bare_app, engine, cast, of_records, API)

    assert found == set()


def test_no_token_decides_prescribes_or_lets_anybody_in() -> None:
    opens = {action.value for holder in Holder for action in OPENS[holder]}

    assert opens == {
        "add_readings", "see_records", "see_work_lists", "import_records", "send_checkup", "see_pharmacies",
        "import_prices", "see_programme", "see_rounds",
    }  # fmt: skip


def _only_client(session: Session) -> str:
    return str(session.scalars(select(RecordClient.public_id)).one())
