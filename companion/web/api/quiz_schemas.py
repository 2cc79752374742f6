"""What the API takes and gives about quizzes. Which choice is right is told with the answer only."""

from marshmallow import fields, validate

from companion.web.api.schemas import Strict


class QuizQuestionOut(Strict):
    text = fields.Str(required=True)
    choices = fields.List(fields.Str(), required=True)


class QuizOut(Strict):
    """In the reader's language. `guide`: the key of the guide that it follows."""

    key = fields.Str(required=True)
    guide = fields.Str(required=True)
    title = fields.Str(required=True)
    source = fields.Str(required=True)
    points = fields.Int(required=True)
    questions = fields.List(fields.Nested(QuizQuestionOut), required=True)


class QuizzesOut(Strict):
    quizzes = fields.List(fields.Nested(QuizOut), required=True)


class QuizAnswerIn(Strict):
    """One place of a choice (from 0) for each question, in their order; null: left out."""

    answers = fields.List(
        fields.Int(strict=True, allow_none=True, validate=validate.Range(0, 99)),
        required=True,
        validate=validate.Length(1, 100),
    )


class QuizAnsweredOut(Strict):
    is_right = fields.Bool(required=True)
    why = fields.Str(required=True)


class QuizResultOut(Strict):
    """`points`: what this answer earned; 0 for one that is not all right, or was all right before."""

    is_all_right = fields.Bool(required=True)
    points = fields.Int(required=True)
    answers = fields.List(fields.Nested(QuizAnsweredOut), required=True)
