"""What exports call their columns and meals, in the languages of the phones they come from."""

import re

from companion.devices.uploads.cells import without_unit
from companion.readings.reading import Meal

COLUMNS: dict[str, tuple[str, ...]] = {
    "moment": (
        "timestamp", "datetime", "date time", "date and time", "measured at", "taken at", "recorded at",
        "measurement time", "measurement date time", "device time", "zeitpunkt", "zeitstempel", "datum zeit",
        "datum uhrzeit", "datum und zeit", "datum und uhrzeit", "messzeitpunkt", "date et heure", "date heure",
        "fecha y hora", "fecha hora", "data e ora", "data e hora", "datum en tijd", "datum och tid", "dato og tid",
        "dato og klokkeslæt", "data i godzina", "测量时间", "日期时间", "采集时间", "检测时间", "记录时间", "測定日時",
        "測量時間", "측정일시",
    ),
    "date": (
        "date", "day", "measurement date", "datum", "messdatum", "date de mesure", "fecha", "data", "dato", "pvm",
        "päivämäärä", "tarih", "дата", "日期", "测量日期", "检测日期", "測量日期", "測定日", "日付", "측정일", "날짜",
    ),
    "clock": (
        "time", "clock", "time of day", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd", "tid", "klokkeslæt",
        "klokkeslett", "aika", "godzina", "czas", "čas", "saat", "время", "时间", "时刻", "時間", "時刻", "시간",
    ),
    "zone": (
        "timezone", "time zone", "zeitzone", "fuseau horaire", "zona horaria", "fuso orario", "fuso horário",
        "tijdzone", "tidszon", "tidszone", "时区", "時區", "タイムゾーン", "시간대",
    ),
    "glucose": (
        "glucose", "blood glucose", "blood sugar", "bg", "bgvalue", "bg value", "glucose value",
        "glucose level", "glucose reading", "blood glucose level", "blood glucose value", "blood glucose reading",
        "blood sugar level", "blutzucker", "blutzuckerwert", "bz", "glukose", "glucosewert", "glukosewert", "glycémie",
        "glycemie", "glucemia", "glicemia", "glucosa", "glucosio", "bloedglucose", "bloedsuiker", "blodsocker",
        "blodglukos", "blodsukker", "verensokeri", "glikemia", "глюкоза", "血糖", "血糖值", "血糖値", "葡萄糖", "혈당",
    ),
    "gl": ("gl",),
    "sensor": ("sensor glucose", "cgm", "cgm glucose", "cgm glucose value", "sensorglukose", "动态血糖"),
    "value": (
        "value", "reading", "result", "wert", "messwert", "ergebnis", "valeur", "valor", "valore", "waarde", "värde",
        "værdi", "verdi", "数值", "测量值", "结果",
    ),
    "unit": ("unit", "units", "einheit", "unité", "unidad", "unità", "unidade", "eenheid", "enhet", "enhed", "单位"),
    "systolic": (
        "systolic", "sys", "syst", "systole", "sbp", "systolisch", "systolic blood pressure", "systolischer blutdruck",
        "systolic pressure", "systolic bp", "sys bp", "oberer wert", "systolique", "pression systolique", "sistólica",
        "sistolica", "presión sistólica", "sistólico", "sistolico", "pressione sistolica", "pressão sistólica",
        "systolische bloeddruk", "systolische druk", "systoliskt", "systoliskt blodtryck", "systolisk",
        "systolisk blodtryk", "systolisk blodtrykk", "systolinen", "yläpaine", "skurczowe", "ciśnienie skurczowe",
        "systolický", "systolický tlak", "sistolik", "систолическое", "收缩压", "收縮壓", "高压", "最高血圧",
        "最高血压", "최고혈압", "수축기",
    ),
    "diastolic": (
        "diastolic", "dia", "diast", "diastole", "dbp", "diastolisch", "diastolic blood pressure",
        "diastolic pressure", "diastolic bp", "dia bp", "unterer wert", "diastolischer blutdruck", "diastolique",
        "pression diastolique", "diastólica", "diastolica", "presión diastólica", "diastólico", "diastolico",
        "pressione diastolica", "pressão diastólica", "diastolische bloeddruk", "diastolische druk", "diastoliskt",
        "diastoliskt blodtryck", "diastolisk", "diastolisk blodtryk", "diastolisk blodtrykk", "diastolinen",
        "alapaine", "rozkurczowe", "ciśnienie rozkurczowe", "diastolický", "diastolický tlak", "diyastolik",
        "диастолическое", "舒张压", "舒張壓", "低压", "最低血圧", "最低血压", "최저혈압", "이완기",
    ),
    "pulse": (
        "pulse", "pulse rate", "puls", "pul", "pr", "bpm", "hr", "heart rate", "herzfrequenz", "pouls",
        "fréquence cardiaque", "pulso", "frecuencia cardíaca", "frecuencia cardiaca", "polso", "pulsazioni",
        "frequenza cardiaca", "frequência cardíaca", "hartslag", "hjärtfrekvens", "hjertefrekvens", "polsslag", "pols",
        "pulsslag", "syke", "tętno", "tep", "nabız", "пульс", "脉搏", "脈搏", "心率", "脉率", "脈拍", "맥박",
    ),
    "meal": (
        "meal", "meal marker", "meal tag", "mahlzeit", "mahlzeit markierung", "repas", "comida", "pasto", "maaltijd",
        "餐次", "用餐", "进餐",
    ),
    "device": (
        "device", "device name", "meter", "serial", "serial number", "gerät", "messgerät", "seriennummer", "appareil",
        "dispositivo", "apparaat", "设备", "设备名称", "设备编号", "序列号", "裝置", "機器", "기기",
    ),
    "id": ("id",),
    "selector": (
        "type", "event", "event type", "item type", "record type", "reading type", "ereignis", "ereignisart", "类型",
    ),
    "note": (
        "note", "notes", "comment", "comments", "rem", "remark", "notiz", "notizen", "bemerkung", "kommentar",
        "kommentare", "commentaires", "commentaire", "comentarios", "commenti", "opmerkingen", "备注",
    ),
}  # fmt: skip

_MEALS = {
    Meal.FASTING: (
        "fasting", "fasted", "before breakfast", "nüchtern", "à jeun", "en ayunas", "ayunas", "a digiuno", "digiuno",
        "nuchter", "fastande", "fastende", "em jejum", "jejum", "na czczo", "空腹",
    ),
    Meal.BEFORE_MEAL: (
        "before meal", "before the meal", "before food", "before lunch", "before dinner", "pre meal", "preprandial",
        "vor dem essen", "vor mahlzeit", "vor der mahlzeit", "avant repas", "avant le repas", "antes de comer",
        "antes de la comida", "prima del pasto", "voor de maaltijd", "voor maaltijd", "före måltid", "före måltiden",
        "før måltid", "før måltidet", "antes da refeição", "przed posiłkiem", "餐前", "早餐前", "午餐前", "晚餐前",
    ),
    Meal.AFTER_MEAL: (
        "after meal", "after the meal", "after food", "after breakfast", "after lunch", "after dinner", "post meal",
        "postprandial", "nach dem essen", "nach mahlzeit", "nach der mahlzeit", "après repas", "après le repas",
        "después de comer", "después de la comida", "dopo il pasto", "na de maaltijd", "na maaltijd", "efter måltid",
        "efter måltiden", "efter måltidet", "etter måltidet", "após a refeição", "po posiłku", "餐后", "早餐后",
        "午餐后", "晚餐后", "餐后2小时",
    ),
    Meal.BEDTIME: (
        "bedtime", "before sleep", "before bed", "vor dem schlafen", "schlafenszeit", "coucher", "hora de dormir",
        "ora di dormire", "bedtijd", "läggdags", "sengetid", "睡前",
    ),
    Meal.CASUAL: ("casual", "random", "zufällig", "随机"),
}  # fmt: skip

_COLUMN_OF = {word: column for column, words in COLUMNS.items() for word in words}
_MEAL_OF = {word: meal for meal, words in _MEALS.items() for word in words}

_BRACKETS = re.compile(r"[(\[（【][^)\]）】]*[)\]）】]")
_SENSOR_SIGNS = re.compile(r"cgm|sensor|sgv|trend|transmitter|动态", re.IGNORECASE)
_TYPED_SIGNS = re.compile(r"^(?:yes$|manu|hand|käsin|手动|手動)", re.IGNORECASE)
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


def says_typed(text: str) -> bool:
    """Whether a cell about a value's origin (`Manual`, `Yes` under "Manual") says that a person typed it in."""
    return _TYPED_SIGNS.match(text.strip()) is not None


def meal_named(text: str) -> Meal | None:
    """The meal a cell states; None when it states none that we know."""
    return _MEAL_OF.get(_plain(text))


def _plain(text: str) -> str:
    return _JOINTS.sub(" ", text).strip().casefold()
