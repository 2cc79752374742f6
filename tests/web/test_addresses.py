"""Addresses that templates name are those that Flask gives, kept or not."""

from flask import Flask

from companion.web.addresses import Addresses


def an_application() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/tasks", "tasks", lambda: "")
    app.add_url_rule("/people/<person>", "person", lambda person: person)
    return app


def test_an_address_is_the_same_the_second_time() -> None:
    app = an_application()
    addresses = Addresses(app)

    with app.test_request_context("/tasks"):
        told = [addresses("tasks"), addresses("tasks")]

    assert told == ["/tasks", "/tasks"]


def test_an_address_with_arguments_is_that_of_its_arguments() -> None:
    app = an_application()
    addresses = Addresses(app)

    with app.test_request_context("/tasks"):
        told = [addresses("person", person="a"), addresses("person", person="b"), addresses("tasks", page=2)]

    assert told == ["/people/a", "/people/b", "/tasks?page=2"]


def test_where_the_application_is_mounted_elsewhere_its_addresses_are_others() -> None:
    app = an_application()
    addresses = Addresses(app)

    with app.test_request_context("/tasks"):
        at_the_root = addresses("tasks")
    with app.test_request_context("/tasks", base_url="http://localhost/clinic"):
        below = addresses("tasks")

    assert (at_the_root, below) == ("/tasks", "/clinic/tasks")


def test_an_address_with_a_host_in_it_is_of_whoever_asks() -> None:
    app = an_application()
    addresses = Addresses(app)

    with app.test_request_context("/tasks", base_url="http://a.example"):
        one = addresses("person", person="a", _external=True)
    with app.test_request_context("/tasks", base_url="http://b.example"):
        other = addresses("person", person="a", _external=True)

    assert (one, other) == ("http://a.example/people/a", "http://b.example/people/a")


def test_what_only_looks_alike_has_its_own_address() -> None:
    app = an_application()
    addresses = Addresses(app)

    with app.test_request_context("/tasks"):
        told = [addresses("tasks", page=1), addresses("tasks", page=True), addresses("tasks", page="1")]

    assert told == ["/tasks?page=1", "/tasks?page=True", "/tasks?page=1"]
