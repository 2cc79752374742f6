"""What becomes of every table when a patient is erased: rows are deleted, some of their columns are emptied, or they
stay, with a reason. Pure; tests/erasing holds that no table is forgotten.

Conditions are SQL with the parameters `:id`, `:public_id` and `:login` of the patient.
"""

from collections.abc import Mapping
from typing import NamedTuple

OF_PATIENT = "patient_id = :id"
OF_PERSON = "person_id = :id"
BY_PUBLIC_ID = "patient = :public_id"
_REGIMENS = "SELECT id FROM regimen WHERE patient_id = :id"
_PACKS = "SELECT e.id FROM supply_entry e JOIN regimen ON regimen.id = e.regimen_id WHERE patient_id = :id"
_ORDERS = "SELECT id FROM medicine_order WHERE patient_id = :id"
OF_REGIMEN = f"regimen_id IN ({_REGIMENS})"
_UNDECIDED = "SELECT id FROM suggestion WHERE patient_id = :id AND id NOT IN (SELECT suggestion_id FROM review)"

NOBODY = "erased"
"""Stands where a name has to stand."""


class Deleted(NamedTuple):
    """Rows that go. Listed so that what points to others goes before them."""

    table: str
    whose: str


class Emptied(NamedTuple):
    """Rows that stay without what they said: `columns` → what stands there afterwards, as SQL."""

    table: str
    whose: str
    columns: Mapping[str, str]


_DUE = {
    "assess": ":id",
    "care_plan": ":id",
    "escalate": ":id",
    "digest": "SELECT id FROM care_link WHERE patient_id = :id",
    "plan": _REGIMENS,
    "change": "SELECT r.id FROM regimen_revision r JOIN regimen ON regimen.id = r.regimen_id WHERE patient_id = :id",
    "withdrawal": "SELECT review_id FROM withdrawal WHERE patient_id = :id",
    "refill": _REGIMENS,
    "dose": "SELECT id FROM dose WHERE patient_id = :id",
    "suggestion": "SELECT id FROM suggestion WHERE patient_id = :id",
    "tell_doctor": "SELECT id FROM suggestion WHERE patient_id = :id",
    "work_digest": ":id",
    "urgent_order": _ORDERS,
    "order": _ORDERS,
    "task": "SELECT id FROM task WHERE patient_id = :id",
    "tips": "SELECT 1 WHERE 1 = 0",  # about no patient, as the next one
    "survey": "SELECT 1 WHERE 1 = 0",
    "guide_news": "SELECT 1 WHERE 1 = 0",
    "upload": "SELECT id FROM uploaded_file WHERE patient_id = :id",
}
DUE_KINDS = frozenset(_DUE)
"""Every kind of due work, by what its subject is."""

DELETED = (
    *(Deleted("due_work", f"kind = '{kind}' AND subject_id IN ({subjects})") for kind, subjects in _DUE.items()),
    Deleted("guide_read", OF_PATIENT),
    Deleted("guide_news", OF_PATIENT),
    Deleted("conversation_line", OF_PATIENT),
    Deleted("alert", OF_PATIENT),
    Deleted("task_notice", "task_id IN (SELECT id FROM task WHERE patient_id = :id)"),
    Deleted("urgent_episode", OF_PATIENT),
    Deleted("reported", OF_PATIENT),
    Deleted("task", OF_PATIENT),
    Deleted("as_needed_intake", OF_PATIENT),
    Deleted("one_tap_link", OF_PATIENT),
    Deleted("calendar_feed", OF_PATIENT),
    Deleted("exposure", OF_PATIENT),
    Deleted("trial_entry", OF_PATIENT),
    Deleted("regimen_pause", OF_REGIMEN),
    Deleted("order_event", f"order_id IN ({_ORDERS})"),
    Deleted("order_line", f"order_id IN ({_ORDERS})"),
    Deleted("medicine_order", OF_PATIENT),
    Deleted("supply_undone", f"entry_id IN ({_PACKS})"),
    Deleted("supply_entry", OF_REGIMEN),
    Deleted("supply", OF_REGIMEN),
    Deleted("zone_move", OF_PATIENT),
    Deleted("record_conflict", OF_PATIENT),
    Deleted("record_item", OF_PATIENT),
    Deleted("record_import", OF_PATIENT),
    Deleted("record_patient", OF_PATIENT),
    Deleted("cds_feedback", OF_PATIENT),
    Deleted("cds_card", OF_PATIENT),
    Deleted("checkup_value", OF_PATIENT),
    Deleted("checkup", OF_PATIENT),
    Deleted("questionnaire_answer", OF_PATIENT),
    Deleted("care_plan_line", OF_PATIENT),
    Deleted("care_plan_review", OF_PATIENT),
    Deleted("coupon", OF_PATIENT),
    Deleted("point_transfer", OF_PATIENT),
    Deleted("board_report", "reporter_id = :id"),
    Deleted("board_name", OF_PATIENT),
    *(
        Deleted(table, OF_PATIENT)
        for table in (
            "patient_trait",
            "patient_sheet",
            "tip_chosen",
            "tip_entry",
            "survey_ask",
            "experiment_exposure",
        )
    ),
    Deleted("fact", OF_PATIENT),
    Deleted("patient_figures", OF_PATIENT),
    Deleted("shadow_run", OF_PATIENT),
    Deleted("protocol_run", "plan_id IN (SELECT id FROM plan WHERE patient_id = :id)"),
    Deleted("suggestion_told", "suggestion_id IN (SELECT id FROM suggestion WHERE patient_id = :id)"),
    Deleted("second_opinion", f"suggestion_id IN ({_UNDECIDED})"),
    # What a doctor decided on stays with its evidence; what nobody decided on is no approval.
    Deleted("suggestion", f"id IN ({_UNDECIDED})"),
    Deleted("amendment", BY_PUBLIC_ID),
    Deleted("annulment", BY_PUBLIC_ID),
    Deleted("vouched", BY_PUBLIC_ID),
    Deleted("reading_link", BY_PUBLIC_ID),
    Deleted("reading_identity", OF_PATIENT),
    Deleted("quarantined", OF_PATIENT),
    Deleted("sent_batch", OF_PATIENT),
    Deleted("refused_batch", OF_PATIENT),
    Deleted("hub", OF_PATIENT),
    Deleted("pairing_code", OF_PATIENT),
    Deleted("learnt_columns", OF_PATIENT),
    Deleted("uploaded_file", OF_PATIENT),
    Deleted("intake", OF_PATIENT),
    Deleted("device", OF_PATIENT),
    Deleted("inbound", OF_PERSON),
    Deleted("account_link", OF_PERSON),
    Deleted("web_session", OF_PERSON),
    Deleted("invitation", OF_PERSON),
    Deleted("first_visit", OF_PERSON),
    Deleted("sign_in_link", OF_PERSON),
    *(
        Deleted(table, OF_PERSON)
        for table in ("passkey", "passkey_challenge", "code_app", "recovery_code", "half_open")
    ),
    Deleted("repeat_key", OF_PERSON),
    Deleted("sign_in_attempt", "login = :login"),
)

EMPTIED = (
    Emptied("dose", OF_PATIENT, {"note": "NULL", "remark": "NULL"}),
    Emptied(
        "dose_event",
        "dose_id IN (SELECT id FROM dose WHERE patient_id = :id)",
        {"note": "NULL", "remark": "NULL"},
    ),
    Emptied("message", OF_PATIENT, {"params": "'{}'"}),
    Emptied(
        "delivery",
        "message_id IN (SELECT id FROM message WHERE patient_id = :id)",
        {"sent_to": "NULL", "sent_text": "NULL", "provider_id": "NULL", "look_up_at": "NULL"},
    ),
    # Others may have answered: the answers stay in their threads, which nobody is shown any more.
    Emptied("board_post", "author_id = :id", {"sealed": "NULL", "state": "'withdrawn'"}),
    Emptied("care_link", OF_PATIENT, {"consent_text": "NULL"}),
    Emptied("erasure_request", OF_PATIENT, {"why_not": "NULL"}),
    Emptied("emergency_access", OF_PATIENT, {"words": "''"}),
    Emptied(
        "contact_point",
        OF_PERSON,
        {
            "address": f"'{NOBODY} ' || public_id",
            **dict.fromkeys(("address_index", "address_tail", "label", "fault_code", "code_hash"), "NULL"),
        },
    ),
    Emptied(
        "person",
        "id = :id",
        {
            "name": f"'{NOBODY}'",
            "login": "NULL",
            "password_hash": "NULL",
            "phone": "NULL",
            "birth_on": "NULL",
            "sex": "NULL",
            "zone": "'UTC'",
        },
    ),
)

KEPT = {
    "audit_entry": "who did what: under public ids, and a chain that an entry taken out would break",
    "read_log": "who was shown what: under public ids, and held by that chain",
    "review": "an approval: what a doctor decided, on what evidence",
    "second_opinion": "what two doctors had to sign, and whether they did",
    "suggestion": "what an approval was about, as far as there is one",
    "plan": "what a doctor signed",
    "plan_step": "the steps in it",
    "regimen": "what an approval changed",
    "regimen_revision": "what a doctor prescribed",
    "change_answer": "that a change was understood, and how often it was not",
    "withdrawal": "that a doctor took an approval back, and why",
    "dose": "what followed from a prescription, without notes",
    "dose_event": "history of a dose, without notes",
    "message": "that something was sent, and when, without what it said",
    "delivery": "the attempts at it, without number or words",
    "delivery_event": "what a provider said about an attempt",
    "contact_point": "by what kind of way messages went, without the address",
    "message_consent": "what there was consent to send, in our words, and until when",
    "care_link": "that somebody had consent, and until when",
    "emergency_access": "that somebody without a care link looked, and who reviewed it, without their words",
    "data_consent": "that the patient agreed to their health data being kept, in our words",
    "pharmacy_consent": "that the patient agreed to a pharmacy's learning of them, in our words",
    "erasure_request": "that the patient asked for it, and who settled it",
    "board_post": "that something was asked or answered on a board, without what it said",
    "person": "the public id, to which all this belongs",
    "erasure": "that it was done, and the proof",
    "data_key": "that the key of what was sealed was destroyed, and when; the key itself is gone",
    "conversation": "that a pharmacist was asked, who answered and when, without what was said",
    "care_ending": "that care had ended, why, and until when the record has to be kept",
}
"""What the law asks to keep of a treatment, and what hangs on it; rows of no patient's name."""

IN_THE_STORE = frozenset({"reading", "reading_day", "reading_name"})
"""Tables of the readings' own store, which erases them itself."""

OF_NOBODY = frozenset(
    {
        "absence", "audit_anchor", "audit_checkup", "backup_made", "experiment", "survey_round", "tip_review",
        "channel_pace", "clinic_figure", "doctor_hearing", "guidance", "guidance_review", "heartbeat", "instruction",
        "integration", "instruction_signature", "points_day", "protocol_signature", "record_client",
        "rule_suspension", "shadow_trial", "shown_token", "signature_withdrawal", "sweeper", "wording_trial", "guide",
        "staff_specialty", "triage_signature",
        "guide_version", "guide_review", "guide_picture", "pharmacy", "pharmacy_area", "price_list", "price_line",
        "demand_forecast", "demand_run",
    }
)  # fmt: skip
"""Tables that are about no patient."""
