"""A bleak scanner that listens on the virtual air."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement
from bumble.transport.common import TransportLostError

if TYPE_CHECKING:
    from firmware_mocks.bleak_backend import BumbleBackend

SERVICE_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


class VirtualScanner(BaseBleakScanner):
    central: "BumbleBackend"

    def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str, **_: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        try:
            await self.central.add(self)
        except TransportLostError as error:
            raise BleakError("the radio is gone") from error

    async def stop(self) -> None:
        with suppress(TransportLostError):  # nothing is left to stop
            await self.central.remove(self)

    def on_advertisement(self, heard: Advertisement) -> None:
        services = _service_uuids(heard.data)
        if not self.is_allowed_uuid(services):
            return
        name = heard.data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        advertisement = AdvertisementData(
            local_name=name,
            manufacturer_data={},
            service_data={},
            service_uuids=services,
            tx_power=None,
            rssi=heard.rssi,
            platform_data=(heard,),
        )
        address = heard.address.to_string(False)
        device = self.create_or_update_device(address, address, name, {"address": heard.address}, advertisement)
        self.call_detection_callbacks(device, advertisement)


def _service_uuids(data: AdvertisingData) -> list[str]:
    """Each once: the virtual controller repeats the advertisement as its own scan response."""
    lists = (cast("list[UUID]", data.get(kind) or []) for kind in SERVICE_LISTS)
    return list(dict.fromkeys(normal_uuid(uuid) for uuids in lists for uuid in uuids))


def normal_uuid(uuid: UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))
