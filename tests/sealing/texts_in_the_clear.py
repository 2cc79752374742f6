"""Every column of text or JSON that is not sealed, and why not: by its name where the name says it in every table, else
by "table.column"."""

RANDOM = "random, or a hash of something random"
CODE = "one of a list of our own codes"
WHO = "our own id or role of somebody"
RULES = "which of our rules, texts or versions it was"
DOOR = "of signing in, and swept"
FOUND_BY_TIME = "a reading or what it came by: found by time, in engines that cannot search what is sealed"
TREATMENT = "medicines, doses and facts are found and compared in SQL; docs/security/data-at-rest.md#in-the-clear"
INSTANTS = "ids, codes and instants of what stands in the clear anyway; made in SQL for thousands of doses at once"
TECHNICAL = "a code or a number of a device, a provider or a format"
BLIND = "a blind index (companion/sealing/blind.py)"
LEFT = "what was there before it was sealed in a column beside it; nothing in new rows"
OUR_WORDS = "our own text, word for word the same for everybody"
DUTY = "kept by law after the key is destroyed, and no words of anybody's"

BY_NAME = {
    RANDOM: {
        "public_id", "id", "uuid", "key", "use_key", "unique_key", "correlation_id", "hash", "previous_hash",
        "code_hash", "token_hash", "challenge_hash", "password_hash", "credential_id", "sha256", "content_sha256",
        "body_sha256", "request_sha256", "digest", "shown_digest", "registry_hash", "protocol_hash",
        "master", "key_id", "identity",
    },
    CODE: {
        "kind", "state", "event", "decision", "review_decision", "code", "via", "answered_via", "acknowledged_via",
        "acknowledgement", "heard", "hears", "misses", "scope", "purpose", "topic", "subject", "channel", "outcome",
        "ended_as", "ended_how", "understood_as", "turn", "means", "arm", "way", "action", "what", "field", "metric",
        "put_off_code", "opened_by", "verified_by", "said_by", "resource_type", "board", "against", "about", "format",
        "zone_mode", "ceremony", "currency", "piece", "area", "error_code", "fault_code", "why", "trait",
        "glucose_unit",
    },
    WHO: {
        "patient", "who", "actor", "role", "clinician_role", "proposer_role", "ender_role", "asked_by", "ended_by",
        "reopened_by",
    },
    RULES: {
        "version", "text_version", "consent_version", "protocol", "rule", "targets_profile", "questionnaire",
        "definitions", "planned_with", "tzdata", "tip_key", "reward", "from_account", "to_account", "route",
        "name_en", "name_zh",
    },
    BLIND: {"address_index", "address_tail"},
    DOOR: {"login", "browser"},
    TECHNICAL: {"provider_id", "event_id", "firmware", "last_record_time", "issuer", "their_id", "source", "intake"},
}  # fmt: skip

BY_COLUMN = {
    "account_link.kind": CODE,
    "alert.details": INSTANTS,
    "amendment.device": FOUND_BY_TIME,
    "amendment.new": FOUND_BY_TIME,
    "amendment.old": FOUND_BY_TIME,
    "audit_entry.details": "ids and codes: never names, numbers or values (companion/care/audit.py)",
    "board_name.name": "made up, so that others do not know who it is",
    "board_report.reason": CODE,
    "care_ending.reason": CODE,
    "care_ending.stopped": DUTY,
    "care_link.consent_text": OUR_WORDS,
    "cds_feedback.reason": "a code of the record system's",
    "checkup_value.told": FOUND_BY_TIME,
    "checkup_value.value": FOUND_BY_TIME,
    "code_app.secret": LEFT,
    "conversation_line.source": RULES,
    "data_consent.text": OUR_WORDS,
    "delivery_event.said": TECHNICAL,
    "device.address": "a radio address",
    "device.name": "what the device calls itself, mostly its model",
    "dose.local_time": TREATMENT,
    "dose.note": CODE,
    "dose_event.note": CODE,
    "emergency_access.reason": CODE,
    "erasure.proof": DUTY,
    "fact.name": TREATMENT,
    "fact.typed": TREATMENT,
    "fact.value": TREATMENT,
    "hub.name": "the clinic's name for a small computer",
    "inbound.body": LEFT,
    "learnt_columns.mapping": "headings of a table, and what they mean",
    "learnt_columns.signature": RANDOM,
    "message.params": INSTANTS,
    "message_consent.text": OUR_WORDS,
    "patient_figures.figures": FOUND_BY_TIME,
    "patient_sheet.sheet": TREATMENT,
    "person.language": CODE,
    "person.quiet_from": CODE,
    "person.quiet_until": CODE,
    "person.sex": TREATMENT,
    "person.zone": CODE,
    "pharmacy_consent.text": OUR_WORDS,
    "point_transfer.reason": CODE,
    "quarantined.content": LEFT,
    "quarantined.place": "where in a file, as a number",
    "quarantined.reason": "our own sentence; written for thousands of rows at once",
    "reading.device_time": FOUND_BY_TIME,
    "reading.diastolic": FOUND_BY_TIME,
    "reading.flags": FOUND_BY_TIME,
    "reading.meal": FOUND_BY_TIME,
    "reading.out_of_range": FOUND_BY_TIME,
    "reading.pulse": FOUND_BY_TIME,
    "reading.unit": FOUND_BY_TIME,
    "reading.value": FOUND_BY_TIME,
    "reading_link.counted_device": FOUND_BY_TIME,
    "reading_link.counted_source": FOUND_BY_TIME,
    "reading_link.other_device": FOUND_BY_TIME,
    "reading_link.other_source": FOUND_BY_TIME,
    "reading_name.name": FOUND_BY_TIME,
    "refused_batch.reason": "our own sentence on places in a batch",
    "regimen.drug": TREATMENT,
    "regimen.drug_class": TREATMENT,
    "regimen.food": TREATMENT,
    "regimen.unit": TREATMENT,
    "regimen_pause.reason": CODE,
    "repeat_key.answer": "ids and codes of an answer that may be asked for again, for a day",
    "second_opinion.risks": CODE,
    "sent_batch.answer": "counts and ids of an answer that may be asked for again, for a day",
    "sign_in_attempt.address": DOOR,
    "suggestion.ended_because": TREATMENT,
    "suggestion.evidence": TREATMENT,
    "suggestion.unit": TREATMENT,
    "task.details": INSTANTS,
    "tip_chosen.answer": CODE,
    "uploaded_file.choices": CODE,
    "vouched.device": FOUND_BY_TIME,
    "web_session.address": DOOR,
    "zone_move.from_zone": CODE,
    "zone_move.to_zone": CODE,
}
