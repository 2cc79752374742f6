"""Named places where a process may die. Tests kill it there; in service nothing happens.

Each name marks a gap between two durable steps. tests/test_crashes.py kills a real process at every
one of them and shows that nothing acknowledged is lost.
"""

from collections.abc import Callable
from enum import StrEnum


class Point(StrEnum):
    TAKE_IN_BEFORE_LEDGER = "take_in.before_ledger"
    TAKE_IN_BEFORE_COMMIT = "take_in.before_commit"
    TAKE_IN_AFTER_LEDGER = "take_in.after_ledger"
    TAKE_IN_AFTER_APPEND = "take_in.after_append"
    TAKE_IN_AFTER_ASSESSMENT = "take_in.after_assessment"
    TAKE_IN_AFTER_CLEARING = "take_in.after_clearing"
    UPLOAD_AFTER_PART = "upload.after_part"
    APPROVAL_BEFORE_COMMIT = "approval.before_commit"
    APPROVAL_AFTER_COMMIT = "approval.after_commit"
    TEACH_BACK_BEFORE_COMMIT = "teach_back.before_commit"
    TEACH_BACK_AFTER_COMMIT = "teach_back.after_commit"
    WITHDRAWAL_BEFORE_COMMIT = "withdrawal.before_commit"
    WITHDRAWAL_AFTER_COMMIT = "withdrawal.after_commit"
    PLAN_BEFORE_COMMIT = "plan.before_commit"
    TASK_BEFORE_COMMIT = "task.before_commit"
    SWEEP_AFTER_CLAIM = "sweep.after_claim"
    SWEEP_AFTER_COMMIT = "sweep.after_commit"
    ANSWER_AFTER_DOSE = "answer.after_dose"
    ANSWER_AFTER_NEXT_LOOK = "answer.after_next_look"
    ANSWER_AFTER_TELLING = "answer.after_telling"
    ANSWER_AFTER_COMMIT = "answer.after_commit"
    DISPATCH_AFTER_CLAIM = "dispatch.after_claim"
    DISPATCH_AFTER_SEND = "dispatch.after_send"
    DISPATCH_AFTER_COMMIT = "dispatch.after_commit"
    ERASE_AFTER_WISH = "erase.after_wish"
    ERASE_BEFORE_STORE = "erase.before_store"
    ERASE_AFTER_STORE = "erase.after_store"
    ERASE_AFTER_FILES = "erase.after_files"
    ERASE_AFTER_ROWS = "erase.after_rows"
    RESTORE_AFTER_BRINGING = "restore.after_bringing"
    RESTORE_AFTER_SETTLING = "restore.after_settling"
    RESTORE_BEFORE_END = "restore.before_end"
    ORDER_BEFORE_SEND = "order.before_send"
    ORDER_AFTER_SEND = "order.after_send"
    HUB_BEFORE_KEEP = "hub.before_keep"
    HUB_AFTER_KEEP = "hub.after_keep"
    HUB_BEFORE_SESSION_END = "hub.before_session_end"
    HUB_AFTER_SESSION_END = "hub.after_session_end"
    HUB_BEFORE_SEND = "hub.before_send"
    HUB_AFTER_ANSWER = "hub.after_answer"


listeners: list[Callable[[Point], None]] = []
"""Empty in service."""


def reached(point: Point) -> None:
    """Tells the listeners, if a test put one there."""
    for listener in listeners:
        listener(point)
