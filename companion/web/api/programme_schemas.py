"""What the API gives of the care programme's own lists: states, counts and days; no patient and nobody's words."""

from marshmallow import fields, validate

from companion.programme.board.writing import BOARDS
from companion.programme.desk.desk_models import Subject
from companion.programme.guides.kinds import About
from companion.programme.guides.publishing import State
from companion.web.api.schemas import Strict

INSTANT = {"format": "date-time"}


class GuideVersionOut(Strict):
    """`version_id` names it on the pages. `review_by` null: nobody stands for it yet."""

    guide_id = fields.Str(required=True)
    version_id = fields.Str(required=True)
    key = fields.Str(required=True)
    about = fields.Str(required=True, validate=validate.OneOf(list(About)))
    name = fields.Str(required=True)
    version = fields.Int(required=True)
    languages = fields.List(fields.Str(), required=True)
    state = fields.Str(required=True, validate=validate.OneOf(list(State)))
    drafted_at = fields.Str(required=True, metadata=INSTANT)
    review_by = fields.Str(required=True, allow_none=True, metadata={"format": "date"})


class GuideVersionsOut(Strict):
    """By key, the newest version of each guide first."""

    guides = fields.List(fields.Nested(GuideVersionOut), required=True)


class WaitingOut(Strict):
    """`too_long`: of these, offered to everybody by now. `since`: the one that waits longest."""

    subject = fields.Str(required=True, validate=validate.OneOf(list(Subject)))
    waiting = fields.Int(required=True)
    too_long = fields.Int(required=True)
    since = fields.Str(required=True, metadata=INSTANT)


class DeskOut(Strict):
    """`texts`: messages that nobody understood yet. `next_wait_minutes` null: nothing is promised to who asks now."""

    is_open = fields.Bool(required=True)
    waiting = fields.List(fields.Nested(WaitingOut), required=True)
    texts = fields.Int(required=True)
    next_wait_minutes = fields.Int(required=True, allow_none=True)


class BoardCountOut(Strict):
    """`flagged`: of those waiting, with words of an emergency. `reported`: shown, and a reader says it is wrong."""

    board = fields.Str(required=True, validate=validate.OneOf(BOARDS))
    waiting = fields.Int(required=True)
    flagged = fields.Int(required=True)
    reported = fields.Int(required=True)


class BoardCountsOut(Strict):
    boards = fields.List(fields.Nested(BoardCountOut), required=True)


class RoundOut(Strict):
    """null: of too few people to be told, or others could be worked out from it. `satisfied`: the share from 0 to 1
    that said 4 or 5, with its 95 % interval."""

    id = fields.Str(required=True)
    quarter = fields.Str(required=True)
    opens_at = fields.Str(required=True, metadata=INSTANT)
    closes_at = fields.Str(required=True, metadata=INSTANT)
    asked = fields.Int(required=True, allow_none=True)
    answered = fields.Int(required=True, allow_none=True)
    satisfied = fields.Float(required=True, allow_none=True)
    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)
    has_told_changes = fields.Bool(required=True)


class RoundsOut(Strict):
    """The newest first."""

    rounds = fields.List(fields.Nested(RoundOut), required=True)
