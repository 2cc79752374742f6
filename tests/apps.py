"""The web application over a test's own services, without building it each time: that takes longer than most tests."""

from copy import copy

from flask import Flask

from companion.services import Services
from companion.web import create_app

_BUILT: dict[str, Flask] = {}
"""By the secret that an application signs with: all that it takes from the settings of a service without TLS."""


def app_over(services: Services) -> Flask:
    """An application over those services. It shares its routes and templates with the others of this process, so a
    test that adds routes builds its own; what it keeps, settings and views, may be changed."""
    if services.settings.is_https:
        return create_app(services)
    app = copy(_built(services))
    app.config, app.view_functions = copy(app.config), dict(app.view_functions)
    app.extensions = app.extensions | {"companion": services}
    return app


def _built(services: Services) -> Flask:
    secret = services.settings.secret_key
    if secret not in _BUILT:
        _BUILT[secret] = create_app(services)
        assert _BUILT[secret].jinja_env, "made once, with the templates that it compiles"
    return _BUILT[secret]
