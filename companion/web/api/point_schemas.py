"""Points of a chart, as the API takes and gives them. Not exact: a chart rounds."""

from marshmallow import fields, validate

from companion.readings.reading import Metric
from companion.web.api.schemas import Instant, Strict

EXPLORED = [Metric.GLUCOSE.value, Metric.BLOOD_PRESSURE.value]


class PointsQuery(Strict):
    metric = fields.Str(load_default=Metric.GLUCOSE.value, validate=validate.OneOf(EXPLORED))
    since = Instant(load_default=None, data_key="from")
    until = Instant(load_default=None, data_key="to")
    points = fields.Int(load_default=500, validate=validate.Range(min=10, max=2000))


class SeriesOut(Strict):
    """Columns of one length. Where `is_thinned`, each instant stands for the time up to the next one."""

    of = fields.Str(required=True, metadata={"enum": ["sensor", "finger_stick", "systolic", "diastolic"]})
    n = fields.Int(required=True, metadata={"description": "how many were measured"})
    is_thinned = fields.Bool(required=True)
    at = fields.List(fields.Int(), required=True, metadata={"description": "seconds since 1970 UTC"})
    low = fields.List(fields.Float(), required=True)
    high = fields.List(fields.Float(), required=True)


class LimitsOut(Strict):
    """The target: of glucose between the two, of blood pressure below both."""

    low = fields.Float(required=True)
    high = fields.Float(required=True)


class DoseMarkOut(Strict):
    at = fields.Int(required=True, metadata={"description": "when it was due, in seconds since 1970 UTC"})
    became = fields.Str(required=True, metadata={"enum": ["taken", "skipped", "missed"]})


class PointsOut(Strict):
    unit = fields.Str(required=True, metadata={"description": "UCUM"})
    limits = fields.Nested(LimitsOut, required=True)
    series = fields.List(fields.Nested(SeriesOut), required=True)
    doses = fields.List(fields.Nested(DoseMarkOut), required=True)
