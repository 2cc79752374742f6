"""Views of the programme's figures: what each counts, by month and patient, in plain SQL (docs/programme-figures.md).

SQLite renames no table and drops no column while a view names it: a later step that makes one of these tables anew
drops the views first, and makes them again.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL
    for name, query in VIEWS.items():
        for mark, written in words.items():
            query = query.replace(mark, written)
        op.get_bind().exec_driver_sql(f"CREATE VIEW {name} AS {_with_months(query, words)}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")


# A month is a number, the year times twelve and so many months: the next one is one more on every engine. A month is
# that of UTC, but for doses, whose day is the patient's own.
SQLITE = {
    "<month of instant>": "(CAST(strftime('%Y', {} / 1000, 'unixepoch') AS INTEGER) * 12"
    " + CAST(strftime('%m', {} / 1000, 'unixepoch') AS INTEGER) - 1)",
    "<month of day>": "(CAST(strftime('%Y', {}) AS INTEGER) * 12 + CAST(strftime('%m', {}) AS INTEGER) - 1)",
    "<ms of due>": "dose.due_at",
    "<hundredths>": "CAST(round(CAST(medicine_order.value AS REAL) * 100) AS INTEGER)",
}
POSTGRESQL = {
    "<month of instant>": "CAST(extract(year FROM {} AT TIME ZONE 'UTC') * 12"
    " + extract(month FROM {} AT TIME ZONE 'UTC') - 1 AS INTEGER)",
    "<month of day>": "CAST(extract(year FROM {}) * 12 + extract(month FROM {}) - 1 AS INTEGER)",
    "<ms of due>": "CAST(extract(epoch FROM dose.due_at) * 1000 AS BIGINT)",
    "<hundredths>": "CAST(round(CAST(medicine_order.value AS NUMERIC) * 100) AS BIGINT)",
}


def _with_months(query: str, words: dict[str, str]) -> str:
    """`month(x)` and `day_month(x)` written out for the engine."""
    for name, mark in (("day_month", "<month of day>"), ("month", "<month of instant>")):
        parts = query.split(f" {name}(")
        query = parts[0]
        for part in parts[1:]:
            column, rest = part.split(")", 1)
            query += f" {words[mark].replace('{}', column)}{rest}"
    return query


VIEWS = {
    # Who did anything: answered a dose as taken or skipped, or let a value come in.
    "figure_activity": """
        SELECT day_month(dose.local_on) AS month_no, dose.patient_id AS patient_id
        FROM dose WHERE dose.state IN ('taken', 'skipped')
        UNION
        SELECT month(intake.received_at) AS month_no, intake.patient_id AS patient_id
        FROM intake WHERE intake.new > 0
    """,
    # Of the patients who were here in a month: who was active. Months in which nobody was are not there.
    "figure_mau": """
        SELECT months.month_no AS month_no, person.id AS patient_id,
            CASE WHEN figure_activity.patient_id IS NULL THEN 0 ELSE 1 END AS counted, 1 AS among
        FROM (SELECT DISTINCT month_no FROM figure_activity) AS months
        JOIN person ON person.role = 'patient'
            AND month(person.created_at) <= months.month_no
            AND (person.left_at IS NULL OR month(person.left_at) >= months.month_no)
        LEFT JOIN figure_activity
            ON figure_activity.month_no = months.month_no AND figure_activity.patient_id = person.id
    """,
    # Of those who were active in the month before: who is in this one.
    "figure_retention": """
        SELECT before.month_no + 1 AS month_no, before.patient_id AS patient_id,
            CASE WHEN now.patient_id IS NULL THEN 0 ELSE 1 END AS counted, 1 AS among
        FROM figure_activity AS before
        LEFT JOIN figure_activity AS now
            ON now.patient_id = before.patient_id AND now.month_no = before.month_no + 1
    """,
    # Of the packs noted as received: those of a medicine of which packs were received before.
    "figure_repeat_refills": """
        SELECT month(supply_entry.at) AS month_no, regimen.patient_id AS patient_id,
            CASE WHEN EXISTS (
                SELECT 1 FROM supply_entry AS earlier
                WHERE earlier.regimen_id = supply_entry.regimen_id AND earlier.kind = 'received'
                    AND (earlier.at < supply_entry.at OR (earlier.at = supply_entry.at AND earlier.id < supply_entry.id))
            ) THEN 1 ELSE 0 END AS counted, 1 AS among
        FROM supply_entry JOIN regimen ON regimen.id = supply_entry.regimen_id
        WHERE supply_entry.kind = 'received'
    """,
    # What orders cost by the price lists of their day, in hundredths; those that failed or were cancelled left out.
    "figure_order_value": """
        SELECT month(medicine_order.placed_at) AS month_no, medicine_order.patient_id AS patient_id,
            medicine_order.currency AS currency, <hundredths> AS counted, 1 AS among
        FROM medicine_order
        WHERE medicine_order.value IS NOT NULL AND medicine_order.state NOT IN ('failed', 'cancelled')
    """,
    # Of the promises that fell due, cancelled orders aside: those that were kept, by the pharmacy's word.
    "figure_on_time": """
        SELECT month(medicine_order.promised_by) AS month_no, medicine_order.patient_id AS patient_id,
            CASE WHEN medicine_order.delivered_at <= medicine_order.promised_by THEN 1 ELSE 0 END AS counted, 1 AS among
        FROM medicine_order WHERE medicine_order.state <> 'cancelled'
    """,
    # Of those who gave a score: who gave 4 or 5 of 5.
    "figure_csat": """
        SELECT month(survey_ask.answered_at) AS month_no, survey_ask.patient_id AS patient_id,
            CASE WHEN survey_ask.score >= 4 THEN 1 ELSE 0 END AS counted, 1 AS among
        FROM survey_ask WHERE survey_ask.answered_at IS NOT NULL
    """,
    # Of those who were asked in a round: who answered, whenever.
    "figure_survey_answered": """
        SELECT month(survey_ask.asked_at) AS month_no, survey_ask.patient_id AS patient_id,
            CASE WHEN survey_ask.answered_at IS NULL THEN 0 ELSE 1 END AS counted, 1 AS among
        FROM survey_ask
    """,
    # Doses of which there was a first reminder, cancelled ones aside: what became of both.
    "figure_reminders": """
        SELECT day_month(dose.local_on) AS month_no, dose.patient_id AS patient_id, 1 AS reminded,
            CASE WHEN message.state IN ('handed_over', 'delivered') THEN 1 ELSE 0 END AS handed_over,
            CASE WHEN message.state = 'delivered' THEN 1 ELSE 0 END AS delivered,
            CASE WHEN dose.state IN ('taken', 'skipped') THEN 1 ELSE 0 END AS answered,
            CASE WHEN dose.state = 'taken' THEN 1 ELSE 0 END AS taken
        FROM dose
        JOIN message ON message.unique_key =
            'due:' || CAST(dose.patient_id AS VARCHAR(20)) || ':' || CAST(<ms of due> AS VARCHAR(20)) || ':1'
        WHERE dose.state <> 'cancelled'
    """,
}
"""Each after those it reads."""
