"""The programme's figures by API."""

from typing import Any

from marshmallow import Schema, fields

from companion.programme.figures.definitions import month_text
from companion.web.access import Action, guarded
from companion.web.api.routes import endpoint
from companion.web.context import look
from companion.web.programme.figures_office import cells_by_month


class FigureOut(Schema):
    figure = fields.Str(required=True)
    month = fields.Str(required=True)
    currency = fields.Str(required=True, allow_none=True)
    counted = fields.Int(required=True, allow_none=True)
    among = fields.Int(required=True, allow_none=True)
    people = fields.Int(required=True, allow_none=True)
    is_hidden = fields.Bool(required=True)


class ProgrammeFiguresOut(Schema):
    figures = fields.List(fields.Nested(FigureOut), required=True)


@endpoint("GET", "/programme-figures", gives=ProgrammeFiguresOut)
@guarded(Action.SEE_FIGURES)
def programme_figures() -> dict[str, Any]:
    """Of the twelve months that are over; what is of fewer than five people is hidden and has no numbers."""
    with look() as db:
        cells = cells_by_month(db)
    return {
        "figures": [
            {
                "figure": each.name,
                "month": month_text(each.period),
                "currency": each.currency,
                "counted": each.counted,
                "among": each.among,
                "people": each.people,
                "is_hidden": each.is_hidden,
            }
            for each in cells
        ]
    }
