"""The list, from top to bottom, and the walk through it."""

from companion.devices.check import reading_steps, trying_steps
from companion.devices.check.visit import DoesNotApply, NotAsItShould, Result, State, Step, Visit
from companion.devices.radio.link import DeviceError

STEPS = (
    Step("adapter", reading_steps.adapter),
    Step(
        "scan",
        reading_steps.scan,
        asks="Wake the device, or put it into its pairing mode",
        after=("adapter",),
    ),
    Step("pair", reading_steps.pair, after=("scan",)),
    Step("bond", reading_steps.bond, asks="Wake the device again", after=("pair",)),
    Step("read", reading_steps.read, asks="Wake the device again", after=("pair",)),
    Step("identity", reading_steps.identity, after=("read",)),
    Step("clock", reading_steps.clock, after=("read",)),
    Step("count", reading_steps.count, after=("read",)),
    Step("again", reading_steps.again, asks="Wake the device again", after=("read",)),
    Step("after", reading_steps.after, asks="Wake the device again", after=("read",)),
    Step(
        "measure",
        reading_steps.more,
        asks="Measure once: a cuff on an arm, a meter with its control solution",
        needs_person=True,
        after=("read",),
    ),
    Step(
        "walk_away",
        trying_steps.walk_away,
        asks="Wake the device and go on; then carry it out of reach at once, and back after ten seconds",
        needs_person=True,
        after=("read",),
    ),
    Step(
        "lost_bond",
        trying_steps.lost_bond,
        asks="Remove the pairing on the device, and only there; then wake it",
        needs_person=True,
        after=("pair",),
    ),
    Step(
        "wrong_number",
        trying_steps.wrong_number,
        asks="Put the device into its pairing mode; if it wants a number, type a wrong one",
        needs_person=True,
        after=("pair",),
    ),
    Step(
        "pair_again",
        trying_steps.pair_again,
        asks="Put the device into its pairing mode; if it wants a number, type the right one",
        needs_person=True,
        after=("pair",),
    ),
    Step(
        "unplug",
        trying_steps.unplug,
        asks="Pull out the Bluetooth adapter, or switch Bluetooth off",
        needs_person=True,
        after=("adapter",),
    ),
    Step(
        "plug_in",
        trying_steps.plug_in,
        asks="Put the adapter back, or switch Bluetooth on",
        needs_person=True,
        after=("unplug",),
    ),
)


async def walk(visit: Visit) -> list[Result]:
    """Every step has its result, also one that was not reached."""
    for step in STEPS:
        visit.results.append(await _take(step, visit))
    return visit.results


async def _take(step: Step, visit: Visit) -> Result:
    missing = next((earlier for earlier in step.after if not visit.has_passed(earlier)), None)
    if missing:
        return Result(step.name, State.SKIPPED, f"Not reached: {missing} did not pass.", {})
    if step.asks and not await visit.person.does(step.asks) and step.needs_person:
        return Result(step.name, State.SKIPPED, f"Nobody did it: {step.asks}.", {})
    try:
        seen = await step.run(visit)
    except DoesNotApply as reason:
        return Result(step.name, State.SKIPPED, str(reason), {})
    except NotAsItShould as reason:
        return Result(step.name, State.FAILED, str(reason), {})
    except DeviceError as error:
        # Without the address: a report may be passed on.
        return Result(step.name, State.FAILED, f"{error.what} ({error.advice})", {})
    return Result(step.name, State.PASSED, seen.said, seen.facts)
