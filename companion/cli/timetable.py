"""`companion timetable`: when the doses of a regimen are due, without a database."""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import click

from companion.cli.common import answer_each_line, print_json, read_text
from companion.clock import format_instant
from companion.errors import BadInput
from companion.reminders.schedules.rule import Schedule, names_amounts
from companion.reminders.schedules.rule_fields import NoZone, as_instant, as_object
from companion.reminders.schedules.rule_json import parse_schedule
from companion.reminders.schedules.timetable import PlannedDose, plan


class _Instant(click.ParamType[datetime]):
    """An option that is an instant; one that cannot be read is wrong usage (exit 2)."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return as_instant(value, "")
        except BadInput as bad:
            self.fail(str(bad), param, ctx)


@click.command("timetable")
@click.argument("regimen")
@click.option("--from", "from_", type=_Instant(), help="First instant, like 2026-03-08T00:00:00Z.")
@click.option("--to", type=_Instant(), help="Last instant, not included.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(regimen: str, from_: datetime | None, to: datetime | None, as_json: bool) -> None:
    """List the doses of REGIMEN (a JSON file) that are due from --from until before --to.

    With `-`, read {"regimen", "from", "to"} a line from standard input and print {"doses": […]} for each.
    """
    if regimen == "-":
        if from_ or to:
            raise click.UsageError("with '-' each line of standard input carries its own from and to")
        answer_each_line(_answer)
        return
    if from_ is None or to is None:
        raise click.UsageError("--from and --to are both needed")
    if to <= from_:
        raise click.UsageError("--to must be after --from")
    schedule = _read_schedule(regimen)
    for dose in plan(schedule, from_, to):
        if as_json:
            print_json(_dose_as_dict(schedule, dose))
        else:
            click.echo(_dose_as_text(dose))


def _read_schedule(path: str) -> Schedule:
    """The file's schedule. An instant without a zone in it is wrong usage, as it is on the command line."""
    try:
        return parse_schedule(_load_json(read_text(path), path), f"{path}: regimen")
    except NoZone as bad:
        raise click.UsageError(str(bad)) from None


def _answer(line: str) -> dict[str, Any]:
    """One line of a batch → its doses."""
    question = _load_json(line, "line")
    as_object(question, "line", {"regimen", "from", "to"})
    schedule = parse_schedule(question["regimen"])
    doses = plan(schedule, as_instant(question["from"], "from"), as_instant(question["to"], "to"))
    return {"doses": [_dose_as_dict(schedule, dose) for dose in doses]}


def _dose_as_dict(schedule: Schedule, dose: PlannedDose) -> dict[str, Any]:
    answer = {
        "slot": dose.slot,
        "local": dose.local.isoformat(timespec="minutes"),
        "due_at": format_instant(dose.due_at),
        "note": dose.note,
    }
    return answer | {"amount": dose.amount} if names_amounts(schedule.rule) else answer


def _dose_as_text(dose: PlannedDose) -> str:
    """One line for people: label, instant, slot, then amount and note where there are any."""
    line = f"{dose.local:%Y-%m-%d %H:%M}  due {format_instant(dose.due_at)}  slot {dose.slot}"
    if dose.amount:
        line += f"  amount {dose.amount}"
    return line + (f"  ({dose.note})" if dose.note else "")


def _load_json(text: str, where: str) -> Any:
    """Strict JSON: decimals kept as written, no NaN, no key twice."""
    try:
        return json.loads(
            text, parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_doubles
        )
    except RecursionError:
        raise BadInput("nested too deeply", where=where, advice="write a plain regimen") from None
    except ValueError as error:
        raise BadInput(f"not JSON: {error}", where=where, advice="check the file with a JSON viewer") from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]} is too large a number") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_doubles(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} is there twice")
        found[key] = value
    return found
