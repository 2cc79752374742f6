"""What can be searched for among FHIR resources: R4's parameters, as far as they are understood here."""

from marshmallow import fields, validate

from companion.fhir.task import STATUS
from companion.web.api.fhir_search import FhirSearch

WAITING = ("requested", "in-progress", "on-hold")
"""Of a Task that waits; whether somebody has it open is told, not searched for."""
TASK_STATES = (*dict.fromkeys([*WAITING, *STATUS.values()]),)
PROPOSAL_STATES = ("draft", "completed", "cancelled")


class RequestSearch(FhirSearch):
    intent = fields.Str(load_default=None, validate=validate.OneOf(("proposal", "order")))
    status = fields.Str(
        load_default=None,
        validate=validate.OneOf(PROPOSAL_STATES),
        metadata={"description": "of proposals: with `intent=proposal` only"},
    )


class TaskSearch(FhirSearch):
    code = fields.Str(load_default=None, validate=validate.OneOf(("approve",)))
    status = fields.Str(load_default=None, validate=validate.OneOf(TASK_STATES))


class PlanDefinitionSearch(FhirSearch):
    """Protocols are of no patient."""

    class Meta(FhirSearch.Meta):
        exclude = ("patient",)


class PatientSearch(FhirSearch):
    identifier = fields.Str(load_default=None, metadata={"description": "what it is called here (pa_…)"})

    class Meta(FhirSearch.Meta):
        exclude = ("patient",)
