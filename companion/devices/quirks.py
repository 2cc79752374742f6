"""Where devices on the market depart from their profile: what a row of the table can say.

The rows are in `quirk_table`; each has its page in docs/devices. No other module asks for a maker or a model.
"""

from dataclasses import dataclass
from enum import StrEnum


class ClockPlace(StrEnum):
    """Where a device shows its clock."""

    STANDARD = "standard"
    """Current Time, or Date Time where that is all there is."""
    DATE_TIME = "date_time"
    """Date Time (2A08) inside the measuring service itself, although there may be a Current Time Service."""
    NOTIFIED = "notified"
    """Current Time (2A2B) comes as a notification once it is listened to."""
    NONE = "none"
    """Nowhere: the times of its records are all that is known of its clock."""


class ClockSetting(StrEnum):
    """How a device's clock may be set. Only by what its row says: a clock set needlessly moves stored times."""

    NEVER = "never"
    CURRENT_TIME = "current_time"
    DATE_TIME = "date_time"
    ISENS_COMMAND = "isens_command"


@dataclass(frozen=True)
class Quirks:
    """What is known of one model or family. The defaults are a device that keeps to its profile.

    A device has this row when its Manufacturer Name begins with one of `makers`, or its Model Number or
    advertised name contains one of `names` (all in lower case).
    """

    page: str
    """docs/devices/<page>.md"""
    title: str
    source: str
    """Where the facts were found."""
    makers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    clock: ClockPlace = ClockPlace.STANDARD
    clock_setting: ClockSetting = ClockSetting.NEVER

    has_lasting_sequence: bool = True
    """A record keeps its number, and newer ones have higher numbers: "records from n" means the records after it."""
    asks_from_number: bool = False
    """It answers "records from n" only; "all records" is asked for as "from 0"."""
    resends_everything: bool = False
    """Whatever it has in memory comes each time, oldest first."""
    sends_unsent_only: bool = False
    """What it sent once it never sends again: a session that is not stored is lost."""
    deletes_what_it_sent: bool = False
    """Its download mode empties its memory. Nobody may be surprised by it: only when the person agreed."""

    needs_passkey: bool = False
    """It shows or bears six digits that a person types in when it bonds."""
    serves_only_its_central: bool = False
    """It remembers the one it bonded with, and speaks to nobody else."""
    hangs_up_when_done: bool = False
    """It ends the link after its last record: no sign of a bad radio."""
    hangs_up_on_strip: bool = False
    """It ends the link when a test strip is inserted: it is about to measure."""

    ketone_meal: bool = False
    """A context with meal 6, which the profile leaves free, marks its record as a ketone."""
    needs_context: bool = False
    """A record whose context did not come is kept aside: it may be a ketone."""


STANDARD = Quirks(
    page="standard",
    title="Any other meter, cuff or sensor that keeps to its profile",
    source="Bluetooth SIG: Glucose Service, Blood Pressure Service, Continuous Glucose Monitoring Service",
    # A meter nobody knows that sends the mark: a ketone taken for a glucose of 5 mg/dL would raise a false alarm.
    ketone_meal=True,
)
