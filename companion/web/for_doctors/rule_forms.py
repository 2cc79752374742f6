"""The doctor's form of a rule: which fields each kind has, and what typing into them says. One form a kind, so that
it works without scripts."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from companion.errors import BadInput
from companion.reminders.schedules.rule_json import parse_rule
from companion.web.words import Words

KINDS: Words = {
    "daily": _l("every day, or on weekdays"),
    "every_n_days": _l("every so many days"),
    "days_of_month": _l("on days of the month"),
    "cycle": _l("some days on, some days off"),
    "interval": _l("every so many hours, day and night"),
    "window": _l("again and again between two times"),
    "taper": _l("step by step, up or down"),
    "prn": _l("as needed"),
    "after_taken": _l("so long after the last one"),
    "linked": _l("after another medicine"),
}

PLACES = {
    "month_days": "days", "steps": "steps", "first_at": "anchor", "opens": "from", "closes": "to", "other": "to",
}  # fmt: skip
"""Form field → key of the rule, where their names differ."""
SEPARATORS = re.compile(r"[\s,;，；、]+")


def rule_of(data: dict[str, Any], zone: str = "UTC") -> dict[str, Any]:
    """The timetable rule that the form says. Raises BadInput naming the field of the form."""
    kind = data.get("kind", "daily")
    if kind not in KINDS:
        raise BadInput("is not a kind of rule", where="kind", advice="choose one of the list")
    rule = _written(kind, data, zone)
    try:
        parse_rule(rule)
    except BadInput as bad:
        raise BadInput(bad.what, where=field_of(bad.where, kind), advice=bad.advice) from None
    return rule


def field_of(where: str, kind: str) -> str:
    """The form's field for a place in the rule ("rule.steps[0].days" → steps)."""
    if not where.startswith("rule"):
        return where
    key = re.split(r"[.\[]", where.removeprefix("rule."))[0]
    if key == "days" and kind != "days_of_month":
        return "days"
    if key == "to":
        return "closes" if kind == "window" else "other"
    return next((field for field, place in PLACES.items() if place == key), key)


def _written(kind: str, data: dict[str, Any], zone: str) -> dict[str, Any]:
    match kind:
        case "daily":
            days = data.get("days") or []
            rule = {"kind": "weekdays", "days": days} if days else {"kind": "daily"}
            return rule | _times(data)
        case "every_n_days":
            return {"kind": kind, "n": data.get("n")} | _times(data)
        case "days_of_month":
            return {"kind": kind, "days": _numbers(data.get("month_days"))} | _times(data)
        case "cycle":
            return {"kind": kind, "on": data.get("on"), "off": data.get("off")} | _times(data)
        case "interval":
            return {"kind": kind, "hours": _number(data.get("hours")), "anchor": _anchor(data.get("first_at"), zone)}
        case "window":
            ends = {"from": _time(data.get("opens") or ""), "to": _time(data.get("closes") or "")}
            return {"kind": kind, **ends, "every_minutes": data.get("every_minutes")}
        case "taper":
            return {"kind": kind, "steps": _steps(data.get("steps") or "")}
        case "prn":
            return {
                "kind": kind,
                "max_per_24h": data.get("max_per_24h"),
                "min_gap_minutes": data.get("min_gap_minutes"),
            }
        case "after_taken":
            return {"kind": kind, "hours": _number(data.get("hours"))}
    return {"kind": kind, "minutes": data.get("minutes"), "to": data.get("other") or ""}


def _times(data: dict[str, Any]) -> dict[str, Any]:
    amounts = [amount for amount in SEPARATORS.split(data.get("amounts") or "") if amount]
    times = {"times": _clocks(data.get("times") or "")}
    return times | {"amounts": amounts} if amounts else times


def _clocks(typed: str) -> list[str]:
    return [_time(time) for time in SEPARATORS.split(typed) if time]


def _time(typed: str) -> str:
    return f"{typed.strip().replace('：', ':'):0>5}"


def _numbers(typed: str | None) -> list[Any]:
    return [int(number) if number.isdecimal() else number for number in SEPARATORS.split(typed or "") if number]


def _number(typed: Any) -> Any:
    """Hours as JSON would carry them: a whole number where it is one."""
    return int(typed) if typed is not None and typed == int(typed) else typed and float(typed)


def _anchor(typed: datetime | None, zone: str) -> str:
    """The first dose, typed by the patient's clock, as an instant."""
    if typed is None:
        raise BadInput("the first dose is needed", where="rule.anchor", advice="write day and time")
    return typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _steps(typed: str) -> list[dict[str, Any]]:
    """One step a line: days, amount, times. "7 4 08:00 20:00"."""
    lines = [SEPARATORS.split(line.strip()) for line in typed.splitlines() if line.strip()]
    for line in lines:
        if len(line) < 3 or not line[0].isdecimal():
            raise BadInput("a step has days, an amount and times", where="rule.steps", advice="write 7 4 08:00 20:00")
    return [{"days": int(line[0]), "amount": line[1], "times": [_time(at) for at in line[2:]]} for line in lines]


def typed_from(rule: dict[str, Any], zone: str) -> dict[str, Any]:
    """What the form shows of a rule: the way back from `rule_of`."""
    kind = "daily" if rule["kind"] == "weekdays" else rule["kind"]
    shown = {key: value for key, value in rule.items() if key not in ("kind", "steps", "anchor", "from", "to")}
    shown |= {key: " ".join(rule[key]) for key in ("times", "amounts") if key in rule}
    if kind == "days_of_month":
        shown["month_days"] = " ".join(str(day) for day in shown.pop("days"))
    if kind == "interval":
        shown["first_at"] = _on_the_wall(rule["anchor"], zone)
    if kind == "window":
        shown |= {"opens": rule["from"], "closes": rule["to"]}
    if kind == "taper":
        shown["steps"] = "\n".join(f"{s['days']} {s['amount']} {' '.join(s['times'])}" for s in rule["steps"])
    if kind == "linked":
        shown["other"] = rule.get("to", "")
    return shown | {"kind": kind}


def _on_the_wall(anchor: str, zone: str) -> str:
    return f"{datetime.fromisoformat(anchor).astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
