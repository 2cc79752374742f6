"""Devices on the market, one row a model or family. The first row that fits counts: models before their families."""

from companion.devices.quirks import STANDARD, ClockPlace, ClockSetting, Quirks

ROWS: tuple[Quirks, ...] = (
    Quirks(
        page="accu-chek",
        title="Roche Accu-Chek Guide, Instant, Aviva Connect, Mobile",
        source="xDrip BluetoothGlucoseMeter.java and #208; react-native-ble-plx #652; Android-nRF-Toolbox #91",
        makers=("roche",),
        names=("accu-chek", "meter+"),
        clock=ClockPlace.DATE_TIME,
        needs_passkey=True,
        hangs_up_on_strip=True,
    ),
    Quirks(
        page="contour-next",
        title="Ascensia Contour Next One, Plus One",
        source="xDrip BluetoothGlucoseMeter.java and #1076",
        makers=("ascensia", "bayer"),
        names=("contour",),
        asks_from_number=True,
    ),
    Quirks(
        page="taidoc-fora",
        title="TaiDoc / FORA Diamond Mini DM30b",
        source="xDrip BluetoothGlucoseMeter.java (firmware 1.2.4)",
        makers=("taidoc",),
        names=("dm30", "diamond mini", "diamond mobile"),
        clock=ClockPlace.NONE,
        has_lasting_sequence=False,
    ),
    Quirks(
        page="caresens",
        title="i-SENS CareSens N Premier, Dual",
        source="xDrip BluetoothGlucoseMeter.java, TimeTxTest.java, ContextRxTest.java",
        makers=("i-sens",),
        names=("caresens",),
        clock=ClockPlace.NONE,
        clock_setting=ClockSetting.ISENS_COMMAND,
        ketone_meal=True,
        needs_context=True,
    ),
    Quirks(
        page="and",
        title="A&D UA-651BLE, UB-1100BLE",
        source="obniz UA651BLE README; andengineering/AndroidSampleCode #1",
        makers=("a&d",),
        names=("ua-651", "ub-1100", "a&d_"),
        clock=ClockPlace.DATE_TIME,
        clock_setting=ClockSetting.DATE_TIME,
        sends_unsent_only=True,
        serves_only_its_central=True,
        hangs_up_when_done=True,
    ),
    Quirks(
        page="omron-x4-smart",
        title="OMRON X4 Smart",
        source="blood-pressure-monitor-fl docs/bluetooth.md; StanfordSpezi/SpeziDevices",
        names=("x4 smart",),
        clock=ClockPlace.NOTIFIED,
        clock_setting=ClockSetting.CURRENT_TIME,
        deletes_what_it_sent=True,
        hangs_up_when_done=True,
    ),
    Quirks(
        page="omron",
        title="OMRON BP5250, BP7000, EVOLV, HEM-9200T",
        source="StanfordSpezi/SpeziDevices (OmronBloodPressureCuff); blood-pressure-monitor-fl docs/bluetooth.md",
        makers=("omron",),
        names=("bp5250", "bp7000", "evolv", "hem-9200t"),
        clock=ClockPlace.NOTIFIED,
        clock_setting=ClockSetting.CURRENT_TIME,
        hangs_up_when_done=True,
    ),
    Quirks(
        page="medisana",
        title="Medisana BU 5xx connect",
        source="blood-pressure-monitor-fl #352; medisanabp_ble #1, #2, #6",
        makers=("medisana",),
        names=("1872b", "bu 5", "bu5"),
        resends_everything=True,
        hangs_up_when_done=True,
    ),
    Quirks(
        page="beurer",
        title="Beurer BM 5x, BM 8x",
        source="blood-pressure-monitor-fl #352, #566",
        makers=("beurer",),
        names=("bm5", "bm 5", "bm8", "bm 8"),
        resends_everything=True,
        hangs_up_when_done=True,
    ),
    Quirks(
        page="silvercrest",
        title="Silvercrest SBM 69",
        source="blood-pressure-monitor-fl docs/bluetooth.md; OpenMQTTGateway #806",
        names=("sbm69", "sbm 69"),
        resends_everything=True,
        needs_passkey=True,
        hangs_up_when_done=True,
    ),
    Quirks(
        page="boso",
        title="boso medicus",
        source="blood-pressure-monitor-fl #80",
        makers=("boso", "bosch"),
        names=("boso medicus",),
    ),
)


def quirks_of(manufacturer: str, model: str, name: str = "") -> Quirks:
    """The row of a device by what its Device Information says and the name it advertises ("" for what it hides);
    STANDARD for a device nobody knows."""
    maker, told = manufacturer.strip().lower(), f"{model}\n{name}".lower()
    for row in ROWS:
        if maker.startswith(row.makers) or any(word in told for word in row.names):
            return row
    return STANDARD
