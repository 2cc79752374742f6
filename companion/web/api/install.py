"""Puts the API under /api/v1 of an application, with its description as OpenAPI 3.1."""

from typing import Any

from flask import Flask, Response, jsonify
from flask_smorest import Api

from companion import __version__
from companion.web.access import public
from companion.web.api import (
    batches,
    board,
    browser_reading,
    care_plan,
    checkups,
    demand,
    doses,
    exports,
    fhir,
    fhir_import,
    fhir_trail,
    guides,
    hubs,
    me,
    messages,
    orders,
    outreach,
    pharmacies,
    points,
    programme_figures,
    programme_lists,
    questions,
    quizzes,
    readings,
    recognition,
    record,
    reports,
    schedules,
    suggestions,
    supply,
    taking_lists,
    withdrawals,
    work_lists,
)
from companion.web.api.problems import CONTENT_TYPE
from companion.web.api.refusals import keep_refused, limit_size
from companion.web.api.routes import PREFIX, api

MODULES = (
    me,
    readings,
    points,
    batches,
    browser_reading,
    hubs,
    demand,
    doses,
    exports,
    schedules,
    suggestions,
    supply,
    orders,
    messages,
    fhir,
    fhir_trail,
    fhir_import,
    reports,
    withdrawals,
    record,
    care_plan,
    checkups,
    recognition,
    board,
    programme_figures,
    outreach,
    guides,
    questions,
    work_lists,
    pharmacies,
    quizzes,
    programme_lists,
    taking_lists,
)
"""Each registers its routes when it is imported."""
api.before_request(limit_size)
api.after_request(keep_refused)


class QuietApi(Api):
    """flask-smorest without its own error pages: ours are problem+json for the API and pages for people."""

    def _register_error_handlers(self) -> None:
        pass


def install(app: Flask) -> None:
    app.config.update(API_TITLE="companion", API_VERSION=__version__, OPENAPI_VERSION="3.1.0")
    smorest: Any = QuietApi(app)  # type: ignore[no-untyped-call]
    smorest.register_blueprint(api)
    described = describe(smorest.spec.to_dict())

    @app.get(f"{PREFIX}/openapi.json")
    @public
    def openapi() -> Response:
        return jsonify(described)


def describe(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification with errors as what they are: problem documents."""
    for response in spec.get("components", {}).get("responses", {}).values():
        if "application/json" in response.get("content", {}):
            response["content"][CONTENT_TYPE] = response["content"].pop("application/json")
    return spec
