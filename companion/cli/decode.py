"""`companion decode`: one GATT value in words."""

import binascii
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import click

from companion.cli.common import answer_each_line, print_json
from companion.devices import blood_pressure_profile, cgm_profile, glucose_profile, record_access
from companion.devices.wire import Number, Special, as_number, decode_date_time, decode_sfloat
from companion.errors import BadInput

Answer = dict[str, Any]


@click.command()
@click.argument("kind", type=click.Choice(list[str]()), metavar="KIND")
@click.argument("hexadecimal", metavar="HEX")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(kind: str, hexadecimal: str, as_json: bool) -> None:
    """Decode one GATT value.

    HEX is the payload, for example 030600e407040d10260a000078b0f1; "-" reads one a line from standard input and
    prints one JSON object a line.
    """
    if hexadecimal == "-":
        answer_each_line(lambda line: decode(kind, line))
        return
    if as_json:
        _print_as_json(kind, hexadecimal)
        return
    for key, value in decode(kind, hexadecimal).items():
        click.echo(f"{key}: {'-' if value is None else value}")
