"""The pages: one Flask application over the services."""

from flask import Blueprint, Flask

from companion.web import auth, errors, gate, home, language, layout, security
from companion.web.access import public
from companion.web.context import Outside

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    auth.blueprint,
)


def create_app(services: Outside) -> Flask:
    """The web application over those services."""
    app = Flask(__name__)
    app.extensions["companion"] = services
    public(app.view_functions["static"])
    gate.install(app)
    security.install(app, services.settings)
    language.install(app)
    layout.install(app)
    errors.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
