"""The pages: one Flask application over the services."""

from flask import Blueprint, Flask

from companion.services import Services, build_services
from companion.settings import load_settings
from companion.web import (
    act_now,
    answering,
    as_needed,
    auth,
    bluetooth,
    calendar_feed,
    caregiver,
    cds_hooks,
    change_by_phone,
    clinic,
    clinic_supply,
    columns,
    correcting,
    devices,
    doctor,
    effect,
    enrolment,
    errors,
    facts,
    feeling,
    from_records,
    gate,
    guidance,
    health,
    hearing,
    home,
    hooks,
    hub_office,
    instructions,
    language,
    layout,
    looked,
    messages_office,
    moving,
    my_data,
    my_work,
    one_dose,
    one_tap,
    one_tap_change,
    patient,
    patients,
    pausing,
    plans,
    protocols,
    proving,
    push,
    reaching,
    readings,
    reads,
    reviewing,
    rules_in_use,
    security,
    sent_files,
    sent_to_me,
    supply,
    supply_notes,
    taken,
    taking,
    teach_back,
    travel,
    uploads,
    wechat,
    withdrawing,
    words_office,
)
from companion.web.access import public
from companion.web.api.install import install as install_api
from companion.web.streamed import StreamedRequest

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    auth.blueprint,
    enrolment.blueprint,
    patients.blueprint,
    facts.blueprint,
    clinic.blueprint,
    pausing.blueprint,
    as_needed.blueprint,
    travel.blueprint,
    clinic_supply.blueprint,
    plans.blueprint,
    protocols.blueprint,
    rules_in_use.blueprint,
    guidance.blueprint,
    instructions.blueprint,
    feeling.blueprint,
    act_now.blueprint,
    taking.blueprint,
    patient.blueprint,
    teach_back.blueprint,
    change_by_phone.blueprint,
    answering.blueprint,
    one_dose.blueprint,
    one_tap.blueprint,
    one_tap_change.blueprint,
    readings.blueprint,
    uploads.blueprint,
    sent_files.blueprint,
    devices.blueprint,
    bluetooth.blueprint,
    columns.blueprint,
    correcting.blueprint,
    moving.blueprint,
    calendar_feed.blueprint,
    my_data.blueprint,
    looked.blueprint,
    doctor.blueprint,
    my_work.blueprint,
    reviewing.blueprint,
    withdrawing.blueprint,
    hearing.blueprint,
    reaching.own,
    reaching.of_patient,
    reaching.of_person,
    proving.blueprint,
    caregiver.blueprint,
    supply.blueprint,
    supply_notes.blueprint,
    taken.blueprint,
    hub_office.blueprint,
    effect.blueprint,
    sent_to_me.blueprint,
    messages_office.blueprint,
    words_office.blueprint,
    wechat.blueprint,
    hooks.blueprint,
    push.blueprint,
    cds_hooks.blueprint,
    from_records.blueprint,
    health.blueprint,
)


def create_app(services: Services | None = None) -> Flask:
    """The web application over those services, or over those that the environment's settings describe."""
    services = services or build_services(load_settings())
    app = Flask(__name__)
    app.request_class = StreamedRequest
    app.extensions["companion"] = services
    public(app.view_functions["static"])
    gate.install(app)
    reads.install(app)
    security.install(app, services.settings)
    language.install(app)
    layout.install(app)
    errors.install(app)
    cds_hooks.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    install_api(app)
    return app
