"""Small exports of glucose tables, written for the tests: headers as the vendors write them, values made up."""

from zoneinfo import ZoneInfo

from companion.devices.uploads import UploadReport, read_export

CLARITY_HEADER = (
    "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Patient Info,Device Info,Source Device ID,"
    "Glucose Value (mg/dL),Insulin Value (u),Carb Value (grams),Duration (hh:mm:ss),"
    "Glucose Rate of Change (mg/dL/min),Transmitter Time (Long Integer),Transmitter ID"
)
CLARITY = f"""{CLARITY_HEADER}
1,,FirstName,,Nobody,,,,,,,,,
2,,Device,,,Dexcom G6,Phone,,,,,,,
3,,Alert,High,,,Phone,210,,,,,,
4,,Alert,Urgent Low,,,Phone,55,,,,,,
5,2026-02-03T07:00:10,EGV,,,,Phone,101,,,,,5000,8A1
6,2026-02-03T07:05:10,EGV,,,,Phone,Low,,,,,5300,8A1
7,2026-02-03T07:10:10,EGV,,,,Phone,High,,,,,5600,8A1
8,2026-02-03T07:11:00,Calibration,,,,Phone,104,,,,,5650,8A1
9,2026-02-03T07:12:00,Insulin,Fast-Acting,,,Phone,,4,,,,
10,2026-02-03T07:13:00,Alert,High,,,Phone,210,,,,,,
11,2026-02-03T07:15:10,EGV,,,,Phone,,,,,,5900,8A1
12,2026-02-03T07:20:10,Mystery,,,,Phone,99,,,,,6200,8A1
"""

CLARITY_DE = """\
"Index";"Zeitstempel (JJJJ-MM-TTThh:mm:ss)";"Ereignisart";"Ereignis-Unterart";"Patienten-Info";"Geräteinfo";\
"Quellengerät-ID";"Glukosewert (mmol/L)";"Insulinwert (E)";"Kohlenh.-Wert (Gramm)";"Dauer (hh:mm:ss)";\
"Glukose-Änderungsgeschwindigkeit (mmol/L/min)";"Transmitterzeit (Lange Ganzzahl)";"Transmitter-ID"
"1";"";"Vorname";"";"Niemand";"";"";"";"";"";"";"";""
"2";"";"Warnung";"Hoch";"";"";"iOS G7";"13,9";"";"";"";"";""
"3";"2026-02-03T07:00:10";"EGV";"";"";"";"iOS G7";"5,6";"";"";"";"";"5000";"8A1"
"4";"2026-02-03T07:05:10";"EGV";"";"";"";"iOS G7";"Niedrig";"";"";"";"";"5300";"8A1"
"5";"2026-02-03T07:06:00";"Kalibrierung";"";"";"";"iOS G7";"5,8";"";"";"";"";"5350";"8A1"
"""

GLOOKO_CGM = """\
Name:Nobody,Datumsbereich:01.02.2026 - 14.02.2026,
Zeitstempel,CGM-Glukosewert (mg/dl),Seriennummer
13.02.2026 23:55,"215,0",SN-7
13.02.2026 23:50,"2001,0",SN-7
13.02.2026 23:45,"1,0",SN-7
13.02.2026 23:40,,SN-7
"""

GLOOKO_METER = """\
Name:Nobody,Date Range:2026-02-01 - 2026-02-14,,
Timestamp,Glucose Value (mmol/L),Manual Reading,Serial Number
2026-02-13 08:05,6.1,M,
2026-02-13 07:05,5.4,,SN-9
"""

GLOOKO_BOLUS = """\
Name:Nobody,Date Range:2026-02-01 - 2026-02-14,,,
Timestamp,Insulin Type,Blood Glucose Input (mg/dl),Carbs Input (g),Insulin Delivered (U)
2026-02-13 16:38,Normal,0.0,13.0,2.0
2026-02-13 13:17,Normal,112.0,41.0,6.0
"""

DIASEND = """\
Patient ID,
Name,Nobody
,
Date,03/02/2026 to 14/02/2026
Time,mg/dl
03/02/2026 07:42,120
03/02/2026 10:51,142
13/02/2026 19:09,109
"""

CARELINK = """\
Last Name,First Name,Patient ID,Start Date,End Date,Device,MiniMed 723
"Nobody","Test","","2/1/26 12:00:00 AM","2/14/26 11:59:59 PM","Serial Number",000001

-------,MiniMed 723,Pump,000001,-------
Index,Date,Time,New Device Time,BG Reading (mg/dL),Linked BG Meter ID,Bolus Volume Delivered (U),\
BWZ Target High BG (mg/dL),BWZ Insulin Sensitivity (mg/dL/U),BWZ BG Input (mg/dL),Sensor Calibration BG (mg/dL),\
Sensor Glucose (mg/dL),ISIG Value
0.00000,2026/02/13,14:42:33,,,,4.10,,,,,,
1.00000,2026/02/13,14:42:33,,,,,115.00,60.00,180.00,,,
2.00000,2026/02/13,14:42:30,,,,,115.00,60.00,0.00,,,
3.00000,2026/02/13,14:42:27,,180.00,C7DE4B,,,,,,,
4.00000,2026/02/13,14:42:27,,,,,,,,180.00,,

-------,MiniMed 723,Sensor,000001,-------
Index,Date,Time,Sensor Glucose (mg/dL),ISIG Value,BWZ BG Input (mg/dL),Bolus Type,BG Reading (mg/dL)
5.00000,2026/02/13,14:40:00,171.00,20.1,,,
6.00000,2026/02/13,14:35:00,,,,,
"""

CARELINK_EU = """\
Last Name;First Name;Device;MiniMed 780G
-------;MiniMed 780G;Pump;NG1;-------
Index;Date;Time;BG Source;BG Reading (mmol/L);Bolus Type;BWZ BG/SG Input (mmol/L);Sensor Glucose (mmol/L)
0,00000;2026/02/13;07:05:00;;5,5;;;
1,00000;2026/02/13;07:12:00;;;Normal;6,1;
-------;MiniMed 780G;Pump;NG1;Aggregated Auto Insulin Data
Index;Date;Time;BG Source;BG Reading (mmol/L);Bolus Type;BWZ BG/SG Input (mmol/L);Sensor Glucose (mmol/L)
2,00000;2026/02/13;00:00:00;;;Normal;;
-------;MiniMed 780G;Sensor;NG1;-------
Index;Date;Time;BG Source;BG Reading (mmol/L);Bolus Type;BWZ BG/SG Input (mmol/L);Sensor Glucose (mmol/L)
3,00000;2026/02/13;07:10:00;;;;;6,3
"""

IPRO = """\
Medtronic Diabetes iPro Data Export File (v1.0.1)
PATIENT INFO
Name\tNobody
DEVICE INFO
Glucose Sensor Recorder\tMedtronic iPro2 Recorder\ts/n: 777
Meter\tContour\ts/n: 888
Index\tDate\tTime\tTimestamp\tSource\tBG Reading (mg/dL)\tUsed in Calibration\tISIG Value\tSensor Glucose (mg/dL)
1\t13/02/26\t11:48:00\t13/02/26 11:48:00\tGSR\t\t\t\t
2\t13/02/26\t11:50:00\t13/02/26 11:50:00\tMeter\t114\t1\t\t
3\t13/02/26\t11:55:00\t13/02/26 11:55:00\tGSR\t\t\t16.2\t92
"""

TANDEM = """\
Tandem Diabetes Care Inc.
t:connect Therapy Timeline Data Export

DeviceType,SerialNumber,Description,EventDateTime,Readings (mg/dL)
t:slim X2,42,EGV,2026-02-13T00:00:23,166
t:slim X2,42,BG,2026-02-13T09:27:14,134,
t:slim X2,42,SITE_CHANGED,2026-02-13T09:30:00,

Type,EventID,EventDateTime,IOB
IOB,81,2026-02-13T00:00:19,13.24

Type,BolusType,BolusDeliveryMethod,BG (mg/dL),SerialNumber,CompletionDateTime,InsulinDelivered
Bolus,Carb,Standard,141,42,2026-02-13T12:58:26,13.53
"""

TANDEM_SOURCE = """\
Device Type,Serial Number,Description,Event Date Time,BG (mmol/L),Note
Tandem Mobi,42,BG,2026-02-13T14:51:50,6.6,
"""

NIGHTSCOUT = """\
"2026-02-13T20:30:29.000Z",1771014629000,162,"Flat","xDrip"
"2026-02-13T20:25:28.000Z",1771014328000,5,"NOT COMPUTABLE","xDrip"
"2026-02-13T20:20:28.000Z",1771014028000,,"Flat","xDrip"
"""

NIGHTSCOUT_TOOL = """\
# CGM ENTRIES
Date,Time,Glucose (mg/dL),Type,Device,Trend,ID
"2/13/2026","7:59:42 PM","129","sgv","","","A1"
"2/13/2026","7:57:00 PM","131","mbg","","","A2"
"2/13/2026","7:54:43 PM","900","cal","","","A3"

# TREATMENTS (Insulin, Carbs, Exercise)
Date,Time,Event Type,Insulin (U),Carbs (g),Notes,ID
"2/13/2026","7:55:36 PM","SMB","0.1","","","B1"
"""

NIGHTSCOUT_NAMED = """\
_id,mills,date,dateString,sgv,mbg,type,direction,device
A1,1771014629000,1771014629000,2026-02-13T21:30:29.000+0100,162,,sgv,Flat,xDrip
A2,1771014328000,1771014328000,,,104,mbg,,Meter
"""

YOURLOOPS = """\
timestamp,timezoneOffSet,value,units,cgmModel
2026-02-13T00:00:18Z,60,9.1,mmol/L,G6
2026-02-13T00:05:18Z,60,167,mg/dL,G6
2026-02-13T00:10:18Z,60,9.3,furlong,G6
"""

MYLIFE = """\
"Tag";"Datum";"Uhrzeit";"Ereignis";"Wert";"Einheit";"Information";"Notiz"
"Fr.";"13.02.26";"09:05";"Kohlenhydrate";"42";"g KH";;
"Fr.";"13.02.26";"09:04";"Bolus";"4,40";"U";"Bolusvorschlag: 4.40 U";
"Fr.";"13.02.26";"08:55";"Blutzucker";"118";"mg/dL";;
"Fr.";"13.02.26";"08:50";"Blutzucker";"N/A";"mg/dL";;
"""

XDRIP = """\
DAY;TIME;UDT_CGMS;BG_LEVEL;CH_GR;BOLUS;REMARK
13.02.2026;19:20;115;;;;
13.02.2026;19:22;;121;;;
13.02.2026;19:30;;;40;3.5;supper
"""

GLUCOMETERUTILS = """\
"2026-02-13 20:43:00","166.00","","CGM","(Scan)"
"2026-02-13 20:50:00","0.40","","blood sample","(Ketone)"
"2026-02-13 21:00:00","171.00","After Meal","blood sample",""
"2026-02-13 21:05:00","","","time","2026-02-13 20:05:00"
"""

EXPORTS = {
    "dexcom_clarity": (CLARITY, CLARITY_DE),
    "glooko": (GLOOKO_CGM, GLOOKO_METER, GLOOKO_BOLUS),
    "diasend": (DIASEND,),
    "carelink": (CARELINK, CARELINK_EU),
    "medtronic_ipro": (IPRO,),
    "tandem_tconnect": (TANDEM, TANDEM_SOURCE),
    "nightscout": (NIGHTSCOUT, NIGHTSCOUT_TOOL, NIGHTSCOUT_NAMED),
    "yourloops": (YOURLOOPS,),
    "mylife": (MYLIFE,),
    "xdrip": (XDRIP,),
    "glucometerutils": (GLUCOMETERUTILS,),
}


def read(text: str, *, zone: ZoneInfo | None = None, unit: str | None = None) -> UploadReport:
    """The report on an export that came as UTF-8."""
    return read_export(text.encode(), zone=zone, unit=unit, dates=None)


def counts(report: UploadReport) -> dict[str, int]:
    """How many measured values of each kind."""
    return {kind: totals.n for kind, totals in report.kinds.items()}
