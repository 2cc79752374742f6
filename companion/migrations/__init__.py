"""The schema's history (Alembic), carried inside the package so that an installed companion can upgrade itself."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import companion.advice.alarms.urgent_models
import companion.advice.deciding.second_opinion_models
import companion.advice.deciding.told
import companion.advice.models
import companion.advice.quality.quality_models
import companion.advice.signed.signing_models
import companion.care.account_links
import companion.care.anchors
import companion.care.audit
import companion.care.audit_checkups
import companion.care.backup_notes
import companion.care.consent
import companion.care.covers
import companion.care.data_consent
import companion.care.doctor_hearing
import companion.care.due_work
import companion.care.emergency_access
import companion.care.endings
import companion.care.erasure_requests
import companion.care.facts
import companion.care.first_visits
import companion.care.integrations
import companion.care.invitations
import companion.care.people
import companion.care.read_log
import companion.care.record_clients
import companion.care.records
import companion.care.regimens
import companion.care.reported
import companion.care.sign_in_links
import companion.care.task_notices
import companion.care.tasks
import companion.devices.models
import companion.devices.uploaded_files
import companion.erasing.models
import companion.jobs
import companion.kpi.models
import companion.messages.models
import companion.panel.keeping
import companion.programme.board.board_models
import companion.programme.care_plans.plan_models
import companion.programme.checkups.checkup_models
import companion.programme.desk.desk_models
import companion.programme.guides.models
import companion.programme.orders.order_models
import companion.programme.orders.pharmacy_models
import companion.programme.outreach.tip_models
import companion.programme.points.points_models
import companion.programme.questionnaires.answer_models
import companion.programme.segments.sheet_models
import companion.programme.surveys.experiment_models
import companion.programme.surveys.survey_models
import companion.readings.amendments
import companion.readings.annulments
import companion.readings.ledger
import companion.readings.links
import companion.readings.sql_store
import companion.reminders.doses.models
import companion.reminders.effect.effect_models
import companion.reminders.feeds
import companion.reminders.guidance_models
import companion.reminders.schedules.schedule_models
import companion.reminders.supply.supply_models
import companion.reminders.telling.sweeper
import companion.sealing.data_keys
import companion.supplying.demand_models
import companion.web.door.factor_models
import companion.web.models  # noqa: F401 — every model must be known before the schema is compared


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the database to that revision; does nothing when it is there."""
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Takes the database back to that revision ("base": before the first)."""
    _run(engine, command.downgrade, revision)


def config_for(engine: Engine) -> Config:
    """Alembic's configuration for this package; it needs no ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def _run(engine: Engine, action: object, revision: str) -> None:
    assert callable(action)
    action(config_for(engine), revision)


def newer_revision(engine: Engine) -> str | None:
    """The revision of a schema that a later version made and this one does not know; None for one that it knows."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return None if found is None or knows(found) else found


def knows(revision: str) -> bool:
    """Whether this version has a migration of that name."""
    return revision in {each.revision for each in ScriptDirectory(str(Path(__file__).parent)).walk_revisions()}
