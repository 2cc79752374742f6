"""What a database's address says of TLS reaches the driver, by every engine that is made of it."""

import pytest
from sqlalchemy.exc import OperationalError

from companion.db import make_engine

CHECKED = "sslmode=verify-full&sslrootcert=/etc/companion/ca.pem"


def test_the_driver_is_told_to_check_the_servers_certificate() -> None:
    engine = make_engine(f"postgresql+psycopg://companion:x@db.example.org/companion?{CHECKED}")
    beside = make_engine(engine.url.render_as_string(hide_password=False))  # as for the keys of people

    for each in (engine, beside):
        _, said = each.dialect.create_connect_args(each.url)
        assert (said["sslmode"], said["sslrootcert"]) == ("verify-full", "/etc/companion/ca.pem")


def test_a_server_without_tls_is_refused(postgresql_url: str) -> None:
    engine = make_engine(f"{postgresql_url}?sslmode=verify-full&sslrootcert=system")

    with pytest.raises(OperationalError, match="does not support SSL"):
        engine.connect()
