"""How long every table keeps its rows, and why. Pure; docs/retention.md says the same in a table, and
tests/retention holds that no table is forgotten.

Swept is only what no law keeps and nobody asks for any more: how somebody came in, and where a message went. Readings,
what was prescribed, decided and answered, and the audit are never swept; an erasure (`erasing`) ends those.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

A_DAY, A_WEEK, A_MONTH, A_QUARTER = (timedelta(days=days) for days in (1, 7, 30, 90))


class Swept(NamedTuple):
    """Rows whose instant in `column` is longer ago than `kept` go; of those where `only` holds, if it says anything.
    With `emptied` they stay, without those columns."""

    table: str
    column: str
    kept: timedelta
    why: str
    only: str = ""
    emptied: tuple[str, ...] = ()


SWEPT = (
    Swept("sign_in_attempt", "at", A_DAY, "limits look back a quarter of an hour"),
    Swept("repeat_key", "made_at", A_DAY, "a program repeats a request within minutes"),
    Swept("shown_token", "until", A_DAY, "a record system's token is good for minutes"),
    Swept("passkey_challenge", "expires_at", A_DAY, "signed within five minutes, or never"),
    Swept("half_open", "expires_at", A_DAY, "a sign-in waits ten minutes for its second half"),
    Swept("pairing_code", "expires_at", A_DAY, "a code for a hub is good for ten minutes"),
    Swept("one_tap_link", "expires_at", A_WEEK, "so long a link that is over is told from one that never was"),
    Swept("sign_in_link", "expires_at", A_MONTH, "so long it can be asked who was let in by a link"),
    Swept("invitation", "expires_at", A_QUARTER, "so long it can be asked who was invited"),
    Swept("recovery_code", "used_at", A_QUARTER, "a used code opens nothing", "used_at IS NOT NULL"),
    Swept("conversation_line", "keep_until", A_DAY, "what was said to pharmacists; the years are a setting"),
    Swept("web_session", "expires_at", A_QUARTER, "so long it can be asked where somebody was signed in"),
    Swept(
        "delivery",
        "started_at",
        A_QUARTER,
        "no provider tells anything after so long: the number, the words and its own id go, the attempt stays",
        "look_up_at IS NULL AND (sent_to IS NOT NULL OR sent_text IS NOT NULL OR provider_id IS NOT NULL)",
        emptied=("sent_to", "sent_text", "provider_id"),
    ),
)


class Kept(NamedTuple):
    """Tables that no sweep touches: why, and what ends their rows."""

    why: str
    ends_by: str


OF_TREATMENT = Kept("the record of a treatment, which the law keeps", "erasure, after the law's years where it says so")
OF_DEVICES = Kept("what was measured, and with what", "erasure")
OF_AUDIT = Kept("the proof of who did what: a row taken out would break the chain", "nothing")
OF_PEOPLE = Kept("who somebody is, what they agreed to, and what they chose", "erasure, or its owner")
OF_BOARDS = Kept("what patients and professionals wrote on boards", "withdrawal and erasure, which empty them")
OF_POINTS = Kept("a ledger: what was given, spent and expired adds up", "erasure")
OF_PROGRAMME = Kept("what the programme chose for whom, and what they said to it", "erasure")
OF_DOCTORS = Kept("what clinicians stand for", "nothing: it is about no patient")
OF_RUNNING = Kept("the service's own state; a row or a few", "the next of its kind")
OF_WORK = Kept("what is to be done, or was", "its own end, or erasure")

KEPT: Mapping[str, Kept] = {
    **dict.fromkeys(
        (
            "regimen", "regimen_revision", "regimen_pause", "dose", "dose_event", "as_needed_intake", "zone_move",
            "plan", "plan_step", "protocol_run", "suggestion", "suggestion_told", "review", "second_opinion",
            "withdrawal", "change_answer", "fact", "reported", "urgent_episode", "supply", "supply_entry", "inbound",
            "message", "delivery_event", "record_patient", "record_import", "record_item", "record_conflict",
            "cds_card", "cds_feedback", "shadow_run", "care_ending", "conversation", "questionnaire_answer",
            "care_plan_line", "care_plan_review", "checkup", "checkup_value", "medicine_order", "order_line",
            "order_event", "supply_undone",
        ),
        OF_TREATMENT,
    ),
    **dict.fromkeys(
        (
            "reading", "reading_name", "reading_day", "reading_identity", "amendment", "annulment", "vouched",
            "reading_link", "device", "intake", "quarantined", "uploaded_file", "learnt_columns", "hub", "sent_batch",
            "refused_batch", "patient_figures",
        ),
        OF_DEVICES,
    ),
    **dict.fromkeys(("audit_entry", "audit_anchor", "audit_checkup", "read_log", "erasure", "backup_made"), OF_AUDIT),
    **dict.fromkeys(
        (
            "person", "contact_point", "account_link", "message_consent", "care_link", "data_consent",
            "emergency_access", "erasure_request", "guide_read", "first_visit", "passkey", "code_app",
            "calendar_feed", "data_key", "pharmacy_consent",
        ),
        OF_PEOPLE,
    ),
    **dict.fromkeys(
        (
            "absence", "doctor_hearing", "guidance", "guidance_review", "guide", "guide_version", "guide_review",
            "guide_picture", "staff_specialty", "triage_signature", "instruction", "instruction_signature",
            "protocol_signature",
            "signature_withdrawal", "rule_suspension", "shadow_trial", "wording_trial", "record_client", "integration",
            "clinic_figure", "pharmacy", "pharmacy_area", "price_list", "price_line",
            "demand_run", "demand_forecast",
        ),
        OF_DOCTORS,
    ),
    **dict.fromkeys(("board_post", "board_name", "board_report"), OF_BOARDS),
    **dict.fromkeys(("point_transfer", "coupon"), OF_POINTS),
    **dict.fromkeys(
        (
            "patient_sheet", "patient_trait", "tip_review", "tip_entry", "tip_chosen", "guide_news", "survey_round",
            "survey_ask", "experiment",
        ),
        OF_PROGRAMME,
    ),
    **dict.fromkeys(("heartbeat", "sweeper", "channel_pace", "points_day"), OF_RUNNING),
    **dict.fromkeys(
        ("due_work", "task", "task_notice", "alert", "trial_entry", "exposure", "experiment_exposure"), OF_WORK
    ),
}  # fmt: skip
