"""The pages: one Flask application over the services."""

from flask import Blueprint, Flask

from companion.services import Services, build_services
from companion.settings import load_settings
from companion.web import counting, errors, gate, home, language, layout, reads, request_ids, row_numbers, security
from companion.web.access import public
from companion.web.api.install import install as install_api
from companion.web.door import (
    auth,
    first_visit,
    forgotten,
    invited,
    own_passkeys,
    own_sessions,
    passkeys,
    resetting,
    second_factor,
    text_links,
)
from companion.web.for_clinic import (
    audit_files,
    audit_office,
    care_links,
    delivery_office,
    devices_office,
    effect,
    emergency_office,
    ending,
    enrolment,
    erasure_office,
    figures_office,
    health,
    hub_office,
    inviting,
    messages_office,
    passwords,
    people,
    service_office,
    signatures_office,
    words_office,
)
from companion.web.for_doctors import (
    care_ended,
    change_by_phone,
    clinic,
    clinic_supply,
    doctor,
    facts,
    from_records,
    guidance,
    in_emergency,
    instructions,
    moving,
    my_work,
    news,
    panel,
    patients,
    pausing,
    plans,
    protocols,
    reviewing,
    rules_in_use,
    supply_notes,
    taking,
    tasks,
    thread,
    withdrawing,
)
from companion.web.for_family import caregiver
from companion.web.for_patients import (
    act_now,
    agreements,
    answering,
    as_needed,
    bluetooth,
    calendar_feed,
    columns,
    correcting,
    devices,
    erase_me,
    every_value,
    explore,
    feeling,
    looked,
    my_data,
    one_dose,
    one_reading,
    one_tap,
    one_tap_change,
    patient,
    readings,
    sent_files,
    sent_to_me,
    sharing,
    supply,
    taken,
    teach_back,
    travel,
    uploads,
)
from companion.web.offline import installed
from companion.web.offline import pages as offline
from companion.web.programme import (
    board_office,
    board_pages,
    care_plan,
    guide_pictures,
    guides,
    guides_office,
    points_office,
    points_pages,
    record,
    segments,
)
from companion.web.reach import hearing, hooks, proving, push, reaching, wechat
from companion.web.records import cds_hooks
from companion.web.report import pages as report
from companion.web.streamed import StreamedRequest

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    auth.blueprint,
    passkeys.blueprint,
    own_passkeys.blueprint,
    second_factor.blueprint,
    text_links.blueprint,
    own_sessions.blueprint,
    resetting.blueprint,
    enrolment.blueprint,
    people.blueprint,
    inviting.blueprint,
    passwords.blueprint,
    ending.blueprint,
    care_links.blueprint,
    invited.blueprint,
    forgotten.blueprint,
    first_visit.blueprint,
    patients.blueprint,
    in_emergency.blueprint,
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
    record.blueprint,
    care_plan.blueprint,
    act_now.blueprint,
    taking.blueprint,
    tasks.blueprint,
    care_ended.blueprint,
    patient.blueprint,
    teach_back.blueprint,
    change_by_phone.blueprint,
    answering.blueprint,
    one_dose.blueprint,
    one_tap.blueprint,
    one_tap_change.blueprint,
    readings.blueprint,
    every_value.blueprint,
    one_reading.blueprint,
    explore.blueprint,
    report.blueprint,
    installed.blueprint,
    offline.blueprint,
    uploads.blueprint,
    sent_files.blueprint,
    devices.blueprint,
    bluetooth.blueprint,
    columns.blueprint,
    correcting.blueprint,
    moving.blueprint,
    calendar_feed.blueprint,
    my_data.blueprint,
    sharing.blueprint,
    agreements.blueprint,
    erase_me.blueprint,
    erasure_office.blueprint,
    looked.blueprint,
    doctor.blueprint,
    my_work.blueprint,
    news.blueprint,
    panel.blueprint,
    thread.blueprint,
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
    figures_office.blueprint,
    audit_office.blueprint,
    audit_files.blueprint,
    devices_office.blueprint,
    signatures_office.blueprint,
    service_office.blueprint,
    emergency_office.blueprint,
    segments.blueprint,
    delivery_office.blueprint,
    points_pages.blueprint,
    points_office.blueprint,
    board_pages.blueprint,
    board_office.blueprint,
    guides.blueprint,
    guides_office.blueprint,
    guide_pictures.blueprint,
    health.blueprint,
)


def create_app(services: Services | None = None) -> Flask:
    """The web application over those services, or over those that the environment's settings describe."""
    services = services or build_services(load_settings())
    app = Flask(__name__)
    app.request_class = StreamedRequest
    app.extensions["companion"] = services
    row_numbers.install(app)
    public(app.view_functions["static"])
    counting.install(app)
    request_ids.install(app)
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
