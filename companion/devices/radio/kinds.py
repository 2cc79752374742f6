"""What kinds of device there are, by the service that they advertise."""

from companion.devices.profiles.assigned_numbers import BLOOD_PRESSURE_SERVICE, CGM_SERVICE, GLUCOSE_SERVICE
from companion.devices.radio.link import Found

KINDS = {GLUCOSE_SERVICE: "meter", BLOOD_PRESSURE_SERVICE: "cuff", CGM_SERVICE: "sensor"}
SERVICES = tuple(KINDS)


def kind_of(found: Found) -> str:
    """meter, cuff or sensor; "device" for none of them."""
    return next((kind for service, kind in KINDS.items() if service in found.service_uuids), "device")
