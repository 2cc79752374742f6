"""The words of a plain CSV in English, German and Chinese: what its columns are called, what its meals are."""

import re

from companion.devices.uploads.cells import without_unit
from companion.readings.reading import Meal

COLUMNS: dict[str, tuple[str, ...]] = {
    "moment": (
        "timestamp", "datetime", "date time", "date and time", "measured at", "taken at", "recorded at",
        "measurement time", "measurement date time", "device time", "zeitpunkt", "zeitstempel", "datum zeit",
        "datum uhrzeit", "datum und zeit", "datum und uhrzeit", "messzeitpunkt", "测量时间", "日期时间", "采集时间",
        "检测时间", "记录时间",
    ),
    "date": ("date", "day", "measurement date", "datum", "messdatum", "日期", "测量日期", "检测日期"),
    "clock": ("time", "clock", "time of day", "uhrzeit", "zeit", "时间", "时刻"),
    "zone": ("timezone", "time zone", "zeitzone", "时区"),
    "glucose": (
        "glucose", "blood glucose", "blood sugar", "bg", "bgvalue", "bg value", "glucose value",
        "glucose level", "glucose reading", "blood glucose level", "blood glucose value", "blood glucose reading",
        "blood sugar level", "blutzucker", "blutzuckerwert", "bz", "glukose", "glucosewert", "glukosewert", "血糖",
        "血糖值", "葡萄糖",
    ),
    "gl": ("gl",),
    "sensor": ("sensor glucose", "cgm", "cgm glucose", "cgm glucose value", "sensorglukose", "动态血糖"),
    "value": ("value", "reading", "result", "wert", "messwert", "ergebnis", "数值", "测量值", "结果"),
    "unit": ("unit", "units", "einheit", "单位"),
    "systolic": (
        "systolic", "sys", "syst", "systole", "sbp", "systolisch", "systolic blood pressure", "收缩压", "高压",
    ),
    "diastolic": (
        "diastolic", "dia", "diast", "diastole", "dbp", "diastolisch", "diastolic blood pressure", "舒张压", "低压",
    ),
    "pulse": ("pulse", "pulse rate", "puls", "bpm", "hr", "heart rate", "herzfrequenz", "脉搏", "心率", "脉率"),
    "meal": ("meal", "meal marker", "meal tag", "mahlzeit", "mahlzeit markierung", "餐次", "用餐", "进餐"),
    "device": (
        "device", "device name", "meter", "serial", "serial number", "gerät", "messgerät", "seriennummer", "设备",
        "设备名称", "设备编号", "序列号",
    ),
    "id": ("id",),
    "selector": (
        "type", "event", "event type", "item type", "record type", "reading type", "ereignis", "ereignisart", "类型",
    ),
    "note": ("note", "notes", "comment", "comments", "rem", "remark", "notiz", "notizen", "bemerkung", "备注"),
}  # fmt: skip

_MEALS = {
    Meal.FASTING: ("fasting", "fasted", "before breakfast", "nüchtern", "空腹"),
    Meal.BEFORE_MEAL: (
        "before meal", "before food", "before lunch", "before dinner", "pre meal", "preprandial", "vor dem essen",
        "vor mahlzeit", "vor der mahlzeit", "餐前", "早餐前", "午餐前", "晚餐前",
    ),
    Meal.AFTER_MEAL: (
        "after meal", "after food", "after breakfast", "after lunch", "after dinner", "post meal", "postprandial",
        "nach dem essen", "nach mahlzeit", "nach der mahlzeit", "餐后", "早餐后", "午餐后", "晚餐后", "餐后2小时",
    ),
    Meal.BEDTIME: ("bedtime", "before sleep", "before bed", "vor dem schlafen", "睡前"),
    Meal.CASUAL: ("casual", "random", "zufällig", "随机"),
}  # fmt: skip

_COLUMN_OF = {word: column for column, words in COLUMNS.items() for word in words}
_MEAL_OF = {word: meal for meal, words in _MEALS.items() for word in words}

_BRACKETS = re.compile(r"[(\[（【][^)\]）】]*[)\]）】]")
_SENSOR_SIGNS = re.compile(r"cgm|sensor|sgv|trend|transmitter|动态", re.IGNORECASE)
_UTC = re.compile(r"(?<![a-z])(?:utc|gmt)(?![a-z])", re.IGNORECASE)
_JOINTS = re.compile(r"[\s_\-./:,&+]+")


def column_named(header: str) -> str | None:
    """Which column a header cell names, its unit, zone and brackets left aside; None for any other."""
    return _COLUMN_OF.get(_plain(without_unit(_UTC.sub(" ", _BRACKETS.sub(" ", header)))))


def says_utc(header: str) -> bool:
    """Whether a column of times is headed as UTC, like `time (UTC)` or `timestamp_utc`."""
    return _UTC.search(header) is not None


def hints_at_sensor(header: str) -> bool:
    """Whether a column (a trend, a transmitter) shows that the glucose beside it is a sensor's."""
    return _SENSOR_SIGNS.search(header) is not None


def meal_named(text: str) -> Meal | None:
    """The meal a cell states; None when it states none that we know."""
    return _MEAL_OF.get(_plain(text))


def _plain(text: str) -> str:
    return _JOINTS.sub(" ", text).strip().casefold()
