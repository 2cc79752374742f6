"""Every setting, typed and loud: read once from the environment, refused at start when it makes no sense."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError, validate

from companion import key_files
from companion.errors import BadInput

MIN_SECRET_LENGTH = 32
PLACEHOLDER = re.compile(
    r"change.?(me|this)|example|placeholder|your.{0,3}(secret|key)|default|password|012345|123456", re.IGNORECASE
)
"""What stands in examples, and in nobody's random key."""

COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks, when it is imported, for the folder that several processes count into."""

SECOND_FACTOR = ("optional", "required")
"""Whether doctors, nurses and administrators may, or have to, show more than a password."""

OUR_SCHEMES = "dingtalk feishu lark ntfy ntfys pover pushplus schan tgram wechat wecombot wxpusher"
"""Apprise's services whose servers have fixed names (and ntfy): a URL of theirs cannot lead elsewhere."""

DESK_HOURS = r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d"

VAPID_CONTACT = re.compile(r"mailto:[^@\s]+@(localhost|[\w-]+(\.[\w-]+)+)|https://(localhost|[\w-]+(\.[\w-]+)+)")
"""Whom a push service may write to (RFC 8292 §2.1), as our client takes it."""


@dataclass(frozen=True)
class Settings:
    """What an engineer may set, as `COMPANION_<NAME>`; docs/settings.md lists them with their defaults."""

    database_url: str
    readings_url: str
    readings_token: str
    readings_to_token: str
    read_only: bool
    originals_folder: Path
    port: int
    public_url: str
    secret_key: str
    secret_key_file: Path
    heartbeat_seconds: int
    plan_ahead_hours: int
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_from: str
    twilio_caller: str
    twilio_texts_per_second: float
    twilio_calls_per_second: float
    twilio_base_url: str
    mail_url: str
    apprise_schemes: frozenset[str]
    apprise_private_hosts: bool
    wechat_app_id: str
    wechat_app_secret: str
    wechat_token: str
    wechat_aes_key: str
    wechat_templates: str
    wechat_base_url: str
    audit_key_file: Path
    master_key_file: Path
    master_key: str
    may_make_master_key: bool
    master_key_kms: str
    master_key_kms_older: str
    master_key_kms_endpoint: str
    audit_anchor_key_file: Path
    audit_anchor_folder: Path | None
    vapid_key_file: Path
    vapid_contact: str
    push_private_hosts: bool
    pharmacy_private_hosts: bool
    prices_for_patients: bool
    console_outbox: Path
    bluetooth_backend: str
    cds_clients: Path | None
    segments_file: Path | None
    tips_file: Path | None
    clinic_name: str
    clinic_phone: str
    emergency_number: str
    admin_login: str
    admin_password: str
    staff_second_factor: str
    backup_recipients: tuple[str, ...]
    metrics_token: str
    jobs_metrics_host: str
    jobs_metrics_port: int
    min_free_mb: int
    keep_approvals_years: int
    desk_hours: str
    desk_zone: str
    desk_keep_years: int
    points: bool
    points_rules: Path | None
    demo: bool
    log_json: bool

    @property
    def has_twilio(self) -> bool:
        """Whether messages go out by Twilio; without it they are printed to the console."""
        return bool(self.twilio_account_sid)

    @property
    def has_wechat(self) -> bool:
        """Whether there is an official account that sends template messages."""
        return bool(self.wechat_app_id)

    @property
    def staff_needs_factor(self) -> bool:
        return self.staff_second_factor == "required"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def load_settings(env: Env | None = None) -> Settings:
    """Settings from the environment. Raises BadInput naming the variable that is wrong."""
    env = env or Env()
    try:
        with env.prefixed("COMPANION_"):
            settings = _read(env)
    except EnvError as error:
        raise BadInput(str(error), where="settings", advice="see docs/settings.md") from None
    _check(settings)
    return settings


def _read(env: Env) -> Settings:
    database_url = env.str("DATABASE_URL", "sqlite:///var/companion.db")
    port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
    public_url = env.str("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/")
    return Settings(
        database_url=database_url,
        readings_url=env.str("READINGS_URL", database_url),
        readings_token=(token := env.str("READINGS_TOKEN", "")),
        readings_to_token=env.str("READINGS_TO_TOKEN", token),
        read_only=env.bool("READ_ONLY", False),
        originals_folder=Path(env.str("ORIGINALS_FOLDER", str(_beside(database_url) / "originals"))),
        port=port,
        public_url=public_url,
        secret_key_file=(secret_file := Path(env.str("SECRET_KEY_FILE", "var/secret.key"))),
        secret_key=env.str("SECRET_KEY", "")
        or _kept_secret(secret_file, may_make=_is_alone(env, database_url, "SECRET_KEY_FILE")),
        heartbeat_seconds=env.int("HEARTBEAT_SECONDS", 10, validate=validate.Range(1, 300)),
        plan_ahead_hours=env.int("PLAN_AHEAD_HOURS", 72, validate=validate.Range(24, 240)),
        twilio_account_sid=env.str("TWILIO_ACCOUNT_SID", ""),
        twilio_auth_token=env.str("TWILIO_AUTH_TOKEN", ""),
        twilio_from=env.str("TWILIO_FROM", ""),
        twilio_caller=env.str("TWILIO_CALLER", ""),
        twilio_texts_per_second=env.float("TWILIO_TEXTS_PER_SECOND", 10.0, validate=validate.Range(0.1, 1000)),
        twilio_calls_per_second=env.float("TWILIO_CALLS_PER_SECOND", 1.0, validate=validate.Range(0.1, 100)),
        twilio_base_url=env.str("TWILIO_BASE_URL", ""),
        mail_url=env.str("MAIL_URL", ""),
        apprise_schemes=frozenset(env.str("APPRISE_SCHEMES", OUR_SCHEMES).lower().split()),
        apprise_private_hosts=env.bool("APPRISE_PRIVATE_HOSTS", False),
        wechat_app_id=env.str("WECHAT_APP_ID", ""),
        wechat_app_secret=env.str("WECHAT_APP_SECRET", ""),
        wechat_token=env.str("WECHAT_TOKEN", ""),
        wechat_aes_key=env.str("WECHAT_AES_KEY", ""),
        wechat_templates=env.str("WECHAT_TEMPLATES", ""),
        wechat_base_url=env.str("WECHAT_BASE_URL", ""),
        audit_key_file=Path(env.str("AUDIT_KEY_FILE", str(_beside(database_url) / "audit.key"))),
        master_key_file=Path(env.str("MASTER_KEY_FILE", str(_beside(database_url) / "master.key"))),
        master_key=env.str("MASTER_KEY", ""),
        may_make_master_key=_is_alone(env, database_url, "MASTER_KEY_FILE"),
        master_key_kms=env.str("MASTER_KEY_KMS", "").strip(),
        master_key_kms_older=env.str("MASTER_KEY_KMS_OLDER", ""),
        master_key_kms_endpoint=env.str("MASTER_KEY_KMS_ENDPOINT", ""),
        audit_anchor_key_file=Path(env.str("AUDIT_ANCHOR_KEY_FILE", str(_beside(database_url) / "anchor.pem"))),
        audit_anchor_folder=Path(folder) if (folder := env.str("AUDIT_ANCHOR_FOLDER", "")) else None,
        vapid_key_file=Path(env.str("VAPID_KEY_FILE", str(_beside(database_url) / "vapid.pem"))),
        vapid_contact=env.str("VAPID_CONTACT", "") or _contact_at(public_url),
        push_private_hosts=env.bool("PUSH_PRIVATE_HOSTS", False),
        pharmacy_private_hosts=env.bool("PHARMACY_PRIVATE_HOSTS", False),
        prices_for_patients=env.bool("PRICES_FOR_PATIENTS", False),
        console_outbox=Path(env.str("CONSOLE_OUTBOX", "var/console_outbox.jsonl")),
        bluetooth_backend=env.str("BLUETOOTH_BACKEND", ""),
        cds_clients=Path(told) if (told := env.str("CDS_CLIENTS", "")) else None,
        segments_file=Path(told) if (told := env.str("SEGMENTS_FILE", "")) else None,
        tips_file=Path(told) if (told := env.str("TIPS_FILE", "")) else None,
        clinic_name=env.str("CLINIC_NAME", "companion"),
        clinic_phone=env.str("CLINIC_PHONE", ""),
        emergency_number=env.str("EMERGENCY_NUMBER", "120 / 112 / 911"),
        admin_login=env.str("ADMIN_LOGIN", ""),
        admin_password=env.str("ADMIN_PASSWORD", ""),
        staff_second_factor=env.str("STAFF_SECOND_FACTOR", "optional", validate=validate.OneOf(SECOND_FACTOR)),
        backup_recipients=tuple(env.str("BACKUP_RECIPIENTS", "").split()),
        metrics_token=env.str("METRICS_TOKEN", ""),
        jobs_metrics_host=env.str("JOBS_METRICS_HOST", "127.0.0.1"),
        jobs_metrics_port=env.int("JOBS_METRICS_PORT", 0, validate=validate.Range(0, 65535)),
        min_free_mb=env.int("MIN_FREE_MB", 256, validate=validate.Range(0, 10**9)),
        keep_approvals_years=env.int("KEEP_APPROVALS_YEARS", 15, validate=validate.Range(1, 100)),
        desk_hours=env.str("DESK_HOURS", "09:00-21:00", validate=validate.Regexp(DESK_HOURS)),
        desk_zone=env.str("DESK_ZONE", "Asia/Shanghai"),
        desk_keep_years=env.int("DESK_KEEP_YEARS", 3, validate=validate.Range(1, 100)),
        points=env.bool("POINTS", True),
        points_rules=Path(own) if (own := env.str("POINTS_RULES", "")) else None,
        demo=env.bool("DEMO", False),
        log_json=env.bool("LOG_JSON", False),
    )


def _beside(database_url: str) -> Path:
    """The folder of a database that is a file; `var` for one on a server."""
    path = database_url.removeprefix("sqlite:///")
    return Path(path).parent if path != database_url and path != ":memory:" else Path("var")


def _contact_at(public_url: str) -> str:
    """Where a push service may look who we are, if nobody says more."""
    host = urlsplit(public_url).hostname or ""
    return f"https://{host}" if public_url.startswith("https://") and "." in host else "mailto:companion@localhost"


def _check(settings: Settings) -> None:
    if not settings.demo and PLACEHOLDER.search(settings.secret_key):
        raise BadInput(
            "COMPANION_SECRET_KEY is an example of a key",
            where="settings",
            advice="make one of your own: openssl rand -base64 48",
        )
    if settings.metrics_token and len(settings.metrics_token) < MIN_SECRET_LENGTH:
        raise BadInput(
            "COMPANION_METRICS_TOKEN is too short",
            where="settings",
            advice=f"use at least {MIN_SECRET_LENGTH} random characters, or leave it out",
        )
    if len(settings.secret_key) < MIN_SECRET_LENGTH:
        raise BadInput(
            "COMPANION_SECRET_KEY is too short",
            where="settings",
            advice=f"use at least {MIN_SECRET_LENGTH} random characters, or leave it out",
        )
    if settings.has_twilio and not (settings.twilio_auth_token and settings.twilio_from):
        raise BadInput(
            "Twilio is half set up",
            where="settings",
            advice="set COMPANION_TWILIO_AUTH_TOKEN and COMPANION_TWILIO_FROM too, or unset the account",
        )
    if settings.twilio_caller and not settings.has_twilio:
        raise BadInput(
            "Calls need a Twilio account",
            where="settings",
            advice="set COMPANION_TWILIO_ACCOUNT_SID too, or unset COMPANION_TWILIO_CALLER",
        )
    if not VAPID_CONTACT.fullmatch(settings.vapid_contact):
        raise BadInput(
            "COMPANION_VAPID_CONTACT is no contact",
            where="settings",
            advice="write mailto:name@clinic.example or https://clinic.example",
        )
    wechat = (settings.wechat_app_secret, settings.wechat_token, settings.wechat_templates)
    if settings.has_wechat and not all(wechat):
        raise BadInput(
            "WeChat is half set up",
            where="settings",
            advice="set COMPANION_WECHAT_APP_SECRET, _TOKEN and _TEMPLATES too, or unset the app id",
        )


@dataclass(frozen=True)
class HubSettings:
    """What may be set for a hub at home; the service's own settings mean nothing there."""

    folder: Path
    bluetooth_backend: str
    log_json: bool


def load_hub_settings(env: Env | None = None) -> HubSettings:
    """The hub's settings from the environment. Raises BadInput naming the variable that is wrong."""
    env = env or Env()
    try:
        with env.prefixed("COMPANION_"):
            return HubSettings(
                folder=Path(env.str("HUB_FOLDER", "var/hub")),
                bluetooth_backend=env.str("BLUETOOTH_BACKEND", ""),
                log_json=env.bool("LOG_JSON", False),
            )
    except EnvError as error:
        raise BadInput(str(error), where="settings", advice="see docs/settings.md") from None


def _is_alone(env: Env, database_url: str, file_setting: str) -> bool:
    """Whether this machine may make a secret by itself. Where the database is on a server there may be other machines,
    and they need the same one, unless somebody said where it is kept."""
    return database_url.startswith("sqlite:") or bool(env.str(file_setting, "")) or env.bool("DEMO", False)


def _kept_secret(path: Path, *, may_make: bool) -> str:
    """The installation's own secret: made at the first start, readable by its owner only."""
    if not path.exists():
        if not may_make:
            raise BadInput(
                "COMPANION_SECRET_KEY is missing",
                where="settings",
                advice="all processes need the same one: openssl rand -base64 48",
            )
        key_files.make_once(path, secrets.token_urlsafe(48).encode())
    return path.read_text(encoding="ascii").strip()


def set_environment(changes: Mapping[str, str]) -> None:
    """Settings by name without their prefix, for this process and those it starts; what the user set stays."""
    for name, value in changes.items():
        os.environ.setdefault(f"COMPANION_{name}", value)


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that is started, with those variables."""
    return {**os.environ, **changes}


def counts_folder() -> Path | None:
    """Where the processes of this server count together, if they do."""
    folder = os.environ.get(COUNTS_FOLDER)
    return Path(folder) if folder else None
