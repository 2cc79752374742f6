"""`companion decode`: what one GATT value says."""

import binascii

import click

from companion.cli.common import answer_each_line, print_json
from companion.cli.decoded import DECODERS, Said
from companion.errors import BadInput


@click.command(epilog=f"KIND is one of {', '.join(DECODERS)}.")
@click.argument("kind", metavar="KIND", type=click.Choice(list(DECODERS)))
@click.argument("hexadecimal", metavar="HEX")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(kind: str, hexadecimal: str, as_json: bool) -> None:
    """Say what one GATT value of KIND means.

    HEX is the payload, for example 030600e407040d10260a000078b0f1. With "-" it is read from standard input,
    one a line, and answered with one JSON object a line.
    """
    if hexadecimal == "-":
        answer_each_line(lambda line: say(kind, line))
    elif as_json:
        _print_json_answer(kind, hexadecimal)
    else:
        _print_lines(say(kind, hexadecimal))


def say(kind: str, hexadecimal: str) -> Said:
    """What the payload says, ready for JSON; an absent field is None. Raises BadInput."""
    return DECODERS[kind](_octets(hexadecimal))


def _octets(hexadecimal: str) -> bytes:
    if not hexadecimal.strip():
        raise BadInput("no payload", where="HEX", advice="write its bytes as hexadecimal digits")
    try:
        return binascii.unhexlify(hexadecimal)
    except ValueError:
        raise BadInput(
            f"{hexadecimal!r} is not hexadecimal",
            where="HEX",
            advice="write two digits a byte, without spaces or 0x",
        ) from None


def _print_json_answer(kind: str, hexadecimal: str) -> None:
    try:
        print_json(say(kind, hexadecimal))
    except BadInput as bad:
        print_json({"error": str(bad)})
        raise click.exceptions.Exit(1) from None


def _print_lines(said: Said) -> None:
    for key, value in said.items():
        click.echo(f"{key}: {'-' if value is None else value}")
