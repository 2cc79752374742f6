"""What a message is about, as far as a person agrees to hear of it. Pure."""

from companion.care.contact_models import Topic
from companion.messages.models import Purpose

TOPIC = {
    Purpose.REMINDER: Topic.REMINDERS,
    Purpose.REPLY: Topic.REMINDERS,
    Purpose.ADVICE: Topic.CHANGES,
    Purpose.WITHDRAWAL: Topic.CHANGES,
    Purpose.URGENT_READING: Topic.ALARMS,
    Purpose.URGENT_TASK: Topic.DECISIONS,
    Purpose.MISSED_DOSE: Topic.CAREGIVING,
    Purpose.NOT_REACHED: Topic.CAREGIVING,
    Purpose.MISSED_SEVERAL: Topic.CAREGIVING,
    Purpose.DAILY_DIGEST: Topic.CAREGIVING,
    Purpose.LATE_ANSWER: Topic.CAREGIVING,
    Purpose.SHARING_CHANGED: Topic.CAREGIVING,
    Purpose.CARE_ENDED: Topic.CAREGIVING,
    Purpose.REFILL: Topic.SUPPLY,
    Purpose.ORDER: Topic.SUPPLY,
    Purpose.PROGRAMME: Topic.PROGRAMME,
    Purpose.SUGGESTION_WAITS: Topic.DECISIONS,
    Purpose.WAITING_DIGEST: Topic.DECISIONS,
    Purpose.SUGGESTION_ENDS: Topic.DECISIONS,
    Purpose.SUGGESTION_ENDED: Topic.DECISIONS,
}


def topic_of(purpose: Purpose) -> Topic | None:
    """None for what goes to one address that asked for it, whatever was agreed to."""
    return TOPIC.get(purpose)
