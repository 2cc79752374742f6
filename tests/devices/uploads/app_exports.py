"""Small exports of meters' apps and blood-pressure apps, written for the tests: their headers, made-up values."""

from zoneinfo import ZoneInfo

from companion.devices.uploads import UploadReport, read_export

MYSUGR_HEADER = (
    '"Date","Time","Tags","Blood Sugar Measurement (mg/dL)","Insulin Injection Units (Pen)","Basal Injection Units",'
    '"Insulin Injection Units (Pump)","Insulin (Meal)","Insulin (Correction)","Temporary Basal Percentage",'
    '"Temporary Basal Duration (Minutes)","Meal Carbohydrates (Grams, Factor 1)","Meal Descriptions",'
    '"Activity Duration (Minutes)","Activity Intensity (1: Cosy, 2: Ordinary, 3: Demanding)","Activity Description",'
    '"Steps","Note","Location","Blood pressure","Body weight (lbs)","HbA1c (%)","Ketones","Food type","Medication"'
)


def mysugr_row(date: str, clock: str, tags: str = "", glucose: str = "", bp: str = "", ketone: str = "") -> str:
    """One entry of the logbook, all 25 cells quoted."""
    cells = [date, clock, tags, glucose, *[""] * 13, "a note", "", bp, "180", "6.1", ketone, "", ""]
    return ",".join(f'"{cell}"' for cell in cells)


MYSUGR = "\n".join(
    [
        MYSUGR_HEADER,
        mysugr_row("Aug 7, 2017", "9:42:20 AM", "Before the meal,Fasting,Breakfast", "104"),
        mysugr_row("Aug 7, 2017", "9:50:00 AM", bp="128/82"),
        mysugr_row("Aug 7, 2017", "1:05:00 PM", "After the meal", "Hi", ketone="0.4"),
        mysugr_row("Aug 7, 2017", "2:00:00 PM", "Snack"),
        mysugr_row("Aug 7, 2017", "3:00:00 PM", glucose="131", bp="128-82"),
        mysugr_row("Aug 7, 2017", "4:00:00 PM", glucose="99", ketone="Trace"),
    ]
)
MYSUGR_DE = MYSUGR_HEADER.replace("Blood Sugar Measurement (mg/dL)", "Blutzuckermessung (mmol/L)").replace(
    '"Date","Time"', '"Datum","Zeit"'
) + "\n" + mysugr_row("30.01.2021", "23:54:00", "Nach der Mahlzeit", "9,3")  # fmt: skip

CONTOUR = """\
\ufeff#,Date and Time,BGValue [mg/dL],Meal Marker,Data Source,Notes,Activity,Meal  [g],Medication,Location
1,05/14/2026 7:18\u202fAM,108,Fasting,Meter,,,,,
2,05/14/2026 12:30\u00a0PM,90,No Mark,Manual,,,,,
3,05/15/2026 8:00 AM,HI,After Meal,Meter,,,,,
4,05/15/2026 8:10 AM,LO,,Meter,,,,,
5,05/15/2026 9:00 AM,,,Meter,,,45,,
6,no-date,120,,Meter,,,,,
"""
CONTOUR_DE = """\
#;Datum und Zeit;Messungen [mmol/L];Mahlzeit-Markierung;Datenquelle;Notizen
1;14.05.26 07:18;5,4;Nüchtern;Messgerät;
2;14.05.26 12:30;6,1;Vor der Mahlzeit;Manuell;
"""
CONTOUR_HR = """\
#,Datum i vrijeme,Mjerenja [mmol/L],Oznaka obroka,Izvor podataka
1,15.1.24. 7:05,5.5,,
"""

ONETOUCH = """\
Item Type,Date and Time,Value,Recommended Range,Unit,Manual,Additional Notes,Data Source
Blood Glucose,"Aug 1, 2026, 9:04 PM",90,,mg/dL,No,Before Meal,
Blood Glucose,"Aug 1, 2026 at 8:41 PM",5.6,,mmol/L,Yes,After Meal,
Blood Glucose,"Aug 1, 2026, 8:00 PM",HI,,mg/dL,No,,
Blood Glucose,"Aug 1, 2026, 7:30 PM",104,,mg/dL,No,Control Solution,
Insulin,"Aug 1, 2026, 7:00 PM",6,,u,No,Rapid,
Carbs,"Aug 1, 2026, 7:00 PM",45,,g,No,,
Blood Glucose,"Aug 1, 2026, 6:00 PM",,,mg/dL,No,,
"""
ONETOUCH_OLD = """\
Item Type,Date and Time,Value,Unit,Manual,Additional Value,Notes
Blood Sugar Reading,"08/21/16, 07:05 PM",140,mg/dL,No,Fasting,
Activity,"08/21/16, 08:05 PM",30,min,Yes,Light,
"""

ACCU_CHEK = """\
Serial number;Download date;Download time;;;;;;;
U100000000;08.12.2015;17:04;;;;;;;
Date;Time;Result;Unit;Temperature warning;Out of target range;Other;Before meal;After meal;Control test
18.11.2015;07:12;5.6;mmol/l; ; ; ;X; ;
18.11.2015;09:40;8.1;mmol/l; ;X; ; ;X;
18.11.2015;09:50;HI;mmol/l; ;X; ; ; ;
18.11.2015;10:00;7.0;mmol/l; ; ; ; ; ;X
"""
ACCU_CHEK_DE = """\
Seriennummer;Datum des Herunterladens;Uhrzeit;;;;;;;;;
U100000001;20.10.2016;17:04;;;;;;;;;
Datum;Uhrzeit;Messwert;Einheit;Temperaturwarnung;Außerhalb Zielbereich;Sonstiges;Vor Mahlzeit;Nach Mahlzeit;\
Nüchtern;Schlafenszeit;Funktionskontrolle
13.10.2016;13:15;91;mg/dl; ; ; ;X; ; ; ;
13.10.2016;22:15;131;mg/dl; ; ; ; ; ; ;X;
14.10.2016;06:15;99;mg/dl; ; ; ; ; ;X; ;
14.10.2016;06:20;118;mg/dl; ; ; ; ; ; ; ;X
"""
ACCU_CHEK_360 = """\
Year,Month,Day,DayName,Time,TimeSlot,Result,ResultType,MealType,Duration
2016,2,13,Saturday,2016-02-13 07:05:00,Breakfast,6.1,BG,Before Meal,(null)
2016,2,13,Saturday,2016-02-13 07:06:00,Breakfast,45,Carbs,(null),(null)
2016,2,13,Saturday,2016-02-13 07:07:00,Breakfast,4.5,Standard Bolus,(null),(null)
2016,2,13,Saturday,2016-02-13 07:08:00,Breakfast,,BG,(null),(null)
"""

ICAN = """\
ID,Serial number,Testing time,Blood glucose level (mmol/L),Remark
1,ICAN0001,2026-02-13 07:03,5.6,
2,ICAN0001,2026-02-13 07:06,,
"""

SIBIONICS = """\
Time,Sensor Reading(mg/dL)
13-02-2026 08:10 GMT-3,101
13-02-2026 08:15 GMT-3,104
"""
SIBIONICS_HOSPITAL = """\
血糖值(mmol/L),采集时间,机构名称：某某医院,姓名：某某,设备名称：LT2401ABCD
6.4,2026-02-13 14:05:28,,,
6.2,2026-02-13 14:00:28,,,
"""
SIBIO_KETONE = """\
No.,Time,Sensor reading(mmol/L),
1,2026-02-13 14:05:28,0.4,
"""

OMRON_ASIA = """\
"Measurement Date","Timezone","SYS(mmHg)","DIA(mmHg)","Pulse(bpm)","Irregular heartbeat detected","Device"
"2026/02/13 07:40","Asia/Bangkok","125","73","66",,"HEM-7141T1"
"2026/02/13 22:26","Asia/Tokyo","123","72","-",,"HEM-7141T1"
"2026/02/14 07:41","Asia/Tokyo","-","-","70",,"HEM-7141T1"
"""
OMRON_JA = """\
"測定日","タイムゾーン","最高血圧(mmHg)","最低血圧(mmHg)","脈拍(bpm)","機器"
"2026/02/13 07:40","Asia/Tokyo","125","73","66","HEM-7281T"
"""
OMRON_US = """\
Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Symptoms,Consumed,TruRead,Notes
Jan 12 2025,08:15,128,82,64,-,-,Off,ok
"Apr 28, 2026",11:25,143,84,-,-,-,Off,-
Jan 12 2025,21:00,abc,80,-,-,-,Off,
"""
OMRON_DE = """\
\ufeffDatum,Zeit,Systolisch (mmHg),Diastolisch (mmHg),Puls (bpm)
13 Juli 2026,07:05,131,85,60
05 Okt. 2024,07:10,132,86,61
03 Sept. 2024,07:15,133,87,-
"""
OMRON_SV = """\
Datum,Tid,Systoliskt (mmHg),Diastoliskt (mmHg),Puls (bpm)
3 maj 2026,07:05,131,85,60
12 okt. 2025,21:10,129,81,61
"""

WITHINGS = """\
Date,"Heart rate",Systolic,Diastolic,Comments
"2025-03-21 09:39:37",73,,,
"2025-03-03 15:35:37",63,128,80,
"2025-03-03 15:30:00",,126,79,"after a walk, sitting"
"""
WITHINGS_DE = """\
Datum,Herzfrequenz,Systolisch,Diastolisch,Kommentare
"2025-03-03 15:35:37",63,128,80,
"""

_BP = "com.samsung.health.blood_pressure."
SAMSUNG = f"""\
com.samsung.shealth.blood_pressure,6210004,7
{_BP}datauuid,{_BP}start_time,{_BP}time_offset,{_BP}systolic,{_BP}diastolic,{_BP}pulse,{_BP}mean,
a1b2,2024-06-01 08:00:00.000,UTC+0200,120.0,80.0,65.0,93.0,
a1b3,2024-06-01 19:00:00.000,UTC+0200,0.0,0.0,0.0,0.0,
"""
_BG = "com.samsung.health.blood_glucose."
SAMSUNG_GLUCOSE = f"""\
com.samsung.shealth.blood_glucose,6210004,7
insulin_injected,{_BG}start_time,{_BG}time_offset,{_BG}glucose,{_BG}meal_type,{_BG}datauuid,
0,2024-06-01 08:00:00.000,UTC+0200,5.6,80001,c1d2,
0,2024-06-01 10:00:00.000,UTC+0200,7.8,80002,c1d3,
0,2024-06-01 11:00:00.000,UTC+0200,,80012,c1d4,
"""

GARMIN = """\
ParticipantIdentifier,SummaryId,MeasurementTimeInSeconds,MeasurementTimeOffsetInSeconds,Systolic,Diastolic,Pulse,\
SourceType,InsertedDate
P1,x-1,1673275455,-18000,129,82,53,DEVICE,2023-02-04T16:22:33Z
P1,x-2,1674045364,19800,120,75,53,MANUAL,2023-02-04T16:22:33Z
P1,x-3,soon,-18000,120,75,53,DEVICE,2023-02-04T16:22:33Z
"""

MEDISANA = """\
"Datum";"Systole";"Diastole";"Puls";"Stimmung";"Aktivität";"Notiz"
"16.12.2022 - 14:33";"135 mmHg";"83 mmHg";"83 bpm";"0";"2";"  "
"16.12.2022 - 14:34";"139 mmHg";"81 mmHg";"";"0";"2";"  "
"16.12.2022 - 15:18";"144 mmHg";"92 mmHg";"78 bpm";"0";"2";\""""

BP_MONITOR = """\
timestampUnixMs, systolic, diastolic, pulse, notes
1703175600000, 123, 41, 43, "one; two"
1703239921194,null,null,null,note
1703239908244,null,45,null,test
1703239905395,118,76,null,
"""
BP_MONITOR_SEMICOLON = """\
timestampUnixMs;systolic;diastolic;pulse;notes;needlePin
1703175600000;123;71;63;;null
"""
BP_MONITOR_NEWER = """\
timestampUnixMs;systolic;diastolic;pulse;notes;color;intakes;bodyweight
1541545200000;null;null;null;;;;
1779298399000;123;75;67;;4293467747;;
1779298734000;null;null;null; ;;;81.5
"""
BP_MONITOR_WRITTEN = """\
formattedTimestamp,systolic,diastolic,pulse,notes,color
2021-03-29 08:00:00,121,76,56,,
"""

OMBLEPY = """\
datetime,dia,sys,bpm,mov,ihb
2026-02-13 08:41:10,80,120,70,0,0
2026-02-13 08:42:10,81,121,,1,1
"""

BP_WITHOUT_HEADER = """\
2024-02-21-08:00,120,75,80,foo
2024-02-20-15:00,128,82,88
2024-02-20-21:00,124,78,
"""
BP_WITHOUT_HEADER_DE = """\
21.02.2024;08:00;120;75;80
20.02.2024;15:00;128;82;88
"""
BP_IN_ONE_COLUMN = """\
Datum;Uhrzeit;Blutdruck (mmHg);Puls;Bemerkung
21.02.2024;08:00;120/75;80;nach dem Aufstehen
20.02.2024;15:00;128 / 82;;
20.02.2024;16:00;;66;
"""

EXPORTS = {
    "mysugr": (MYSUGR, MYSUGR_DE),
    "contour": (CONTOUR, CONTOUR_DE, CONTOUR_HR),
    "onetouch_reveal": (ONETOUCH, ONETOUCH_OLD),
    "accu_chek": (ACCU_CHEK, ACCU_CHEK_DE),
    "accu_chek_360": (ACCU_CHEK_360,),
    "sinocare_ican": (ICAN,),
    "sibionics": (SIBIONICS, SIBIONICS_HOSPITAL, SIBIO_KETONE),
    "omron_connect": (OMRON_ASIA, OMRON_JA, OMRON_US, OMRON_DE, OMRON_SV),
    "withings": (WITHINGS, WITHINGS_DE),
    "samsung_health": (SAMSUNG, SAMSUNG_GLUCOSE),
    "garmin_mydatahelps": (GARMIN,),
    "medisana": (MEDISANA,),
    "bp_monitor_fl": (BP_MONITOR, BP_MONITOR_SEMICOLON, BP_MONITOR_NEWER, BP_MONITOR_WRITTEN),
    "omblepy": (OMBLEPY,),
    "generic_bp": (BP_WITHOUT_HEADER, BP_WITHOUT_HEADER_DE, BP_IN_ONE_COLUMN),
}


def read(text: str, *, zone: ZoneInfo | None = None, unit: str | None = None, dates: str | None = None) -> UploadReport:
    """The report on an export that came as UTF-8."""
    return read_export(text.encode(), zone=zone, unit=unit, dates=dates)
