"""What the API takes and gives about questionnaires. Their resources are FHIR R4, so they are described by FHIR."""

from marshmallow import EXCLUDE, Schema, fields

from companion.web.api.schemas import Strict


class ResponseIn(Schema):
    """A FHIR R4 QuestionnaireResponse, completed. Members that are not named here are left aside."""

    class Meta:
        unknown = EXCLUDE

    resourceType = fields.Str(required=True)  # noqa: N815 — FHIR's name
    status = fields.Str(required=True)
    questionnaire = fields.Str(
        required=True, metadata={"description": "urn:companion:questionnaire:<name>, with |<version> or the newest"}
    )
    item = fields.List(fields.Dict(), load_default=list)


class QuestionnairesOut(Strict):
    """FHIR R4 Questionnaires, each in its newest version, in both languages."""

    questionnaires = fields.List(fields.Dict(), required=True)


class AnsweredOut(Strict):
    """`response` is a FHIR R4 QuestionnaireResponse. `result` null: no self-test. It is no diagnosis."""

    id = fields.Str(required=True)
    score = fields.Int(required=True)
    of = fields.Int(required=True)
    result = fields.Str(required=True, allow_none=True)
    tips = fields.List(fields.Str(), required=True)
    clinic_is_asked = fields.Bool(required=True)
    response = fields.Dict(required=True)


class AnswersOut(Strict):
    """The newest first."""

    answers = fields.List(fields.Nested(AnsweredOut), required=True)
