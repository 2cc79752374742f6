"""Two journeys through the public doors only: commands, pages in Chromium, texts by Twilio, a meter over GATT."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import ZONE, Clinic, sign_in, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

OpenPage = Callable[[int, int], Page]


def local_now() -> datetime:
    return datetime.now(ZoneInfo(ZONE))


def next_minute() -> str:
    """A time of the day that comes within a minute and a half, and not at once."""
    return f"{local_now() + timedelta(seconds=75):%H:%M}"


def fill_facts(page: Page, clinic: Clinic, patient: str) -> None:
    page.goto(f"{clinic.url}/clinic/patients/{patient}/facts")
    page.get_by_label("Type of diabetes").select_option("type2")
    page.get_by_label(re.compile("Pregnant")).select_option("no")
    page.get_by_label(re.compile("^Weight")).first.fill("72")
    page.get_by_label(re.compile("^eGFR")).first.fill("78")
    page.get_by_label(re.compile("^Frailty")).select_option("fit")
    page.get_by_label(re.compile("list of medicines", re.I)).select_option("yes")
    page.get_by_role("button", name="Note them").click()


def prescribe(page: Page, clinic: Clinic, patient: str, *, drug: str, amount: str, at: str, since: str) -> None:
    page.goto(f"{clinic.url}/clinic/patients/{patient}/medicines/new")
    page.get_by_label("Medicine").fill(drug)
    page.get_by_label("Class").select_option("basal_insulin")
    page.get_by_label("Unit", exact=True).select_option("U")
    page.get_by_label("Amount each time").fill(amount)
    page.get_by_label("Times").fill(at)
    page.get_by_label("First day").fill(since)
    page.get_by_label("Reason").fill("as taken until now")
    page.get_by_role("button", name="Show the next times").click()
    page.get_by_role("button", name="Prescribe it").click()


def test_the_patients_journey(clinic: Clinic, open_page: OpenPage, tmp_path: Path) -> None:
    phone = "+15550010001"
    doctor = clinic.add_person("clinician", "Dr Anna Berg", "berg")
    patient = clinic.add_person(
        "patient", "Ada Lund", "ada", "--phone", phone, "--birth", "1951-04-01", "--sex", "female"
    )
    clinic.companion("people", "link", "--patient", patient, "--member", doctor, "--scope", "care")
    page = open_page(390, 844)

    # The doctor prescribes by command; the first dose is due in a moment.
    clinic.companion(
        "regimen", "add", "--patient", patient, "--by", doctor, "--drug", "Metformin 500 mg", "--class", "metformin",
        "--amount", "1", "--unit", "tablet", "--times", next_minute(), "--reason", "type 2 diabetes",
        typed="correct horse battery staple\n",
    )  # fmt: skip

    # A text comes, that names no medicine.
    text = clinic.text_to(phone, r"Time for your \d\d:\d\d medicine")
    assert "Metformin" not in text.body
    assert 0 < text.validity_period <= 3600

    # She opens the page and taps the one large button.
    sign_in(page, clinic, "ada")
    expect(page.get_by_role("heading", name=re.compile("Now it is time for"))).to_be_visible()
    page.get_by_role("button", name=re.compile("I took it")).click()
    expect(page.get_by_text(re.compile("Nothing to take right now"))).to_be_visible()

    # A text after the tap changes nothing, and says so.
    clinic.reply(phone, "3")
    clinic.text_to(phone, "already noted as taken")

    # She uploads what her sensor's app exported: looked at first, then stored; again adds nothing.
    export = tmp_path / "export.csv"
    export.write_text(libre_export(), encoding="utf-8")
    for expected in (r"New values\s*3\b", r"New values\s*0\s+There already\s*3\b"):
        page.goto(f"{clinic.url}/upload")
        page.set_input_files("input[type=file]", export)
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("button", name="Yes, take them in").click()
        expect(page.locator("main")).to_have_text(re.compile(expected))

    # Nothing overflows a small telephone, and the other language is there.
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{clinic.url}/today")
    assert page.locator("body").bounding_box()["width"] <= 320  # type: ignore[index]
    page.get_by_role("button", name="中文").or_(page.get_by_role("link", name="中文")).first.click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh"))


def libre_export() -> str:
    header = "Device,Serial Number,Device Timestamp,Record Type,Historic Glucose mmol/L,Scan Glucose mmol/L"
    late_in_a_month = local_now().replace(day=1) - timedelta(days=4)  # so that day and month cannot be confused
    days = [f"{late_in_a_month:%d-%m-%Y} {hour:02}:00" for hour in (21, 22, 23)]
    rows = [
        f"FreeStyle LibreLink,ABC-1,{at},0,{value},{',' * 13}"
        for at, value in zip(days, ("6.1", "6.4", "7.0"), strict=True)
    ]
    rest = (
        ",Non-numeric Rapid-Acting Insulin,Rapid-Acting Insulin (units),Non-numeric Food,Carbohydrates (grams),"
        "Carbohydrates (servings),Non-numeric Long-Acting Insulin,Long-Acting Insulin (units),Notes,"
        "Strip Glucose mmol/L,Ketone mmol/L,Meal Insulin (units),Correction Insulin (units),User Change Insulin (units)"
    )
    return "\r\n".join(["Glucose Data,Generated on,01-01-2026 10:00 UTC,Generated by,Ada", header + rest, *rows, ""])


def test_the_doctors_journey(clinic: Clinic, open_page: OpenPage, air: str) -> None:
    phone, caregiver_phone = "+15550010002", "+15550010003"
    doctor = clinic.add_person("clinician", "Dr Bo Chen", "chen")
    patient = clinic.add_person(
        "patient", "Per Holm", "per", "--phone", phone, "--birth", "1950-09-09", "--sex", "male"
    )
    caregiver = clinic.add_person("caregiver", "Mia Holm", "mia", "--phone", caregiver_phone)
    clinic.companion("people", "link", "--patient", patient, "--member", doctor, "--scope", "care")
    clinic.companion("people", "link", "--patient", patient, "--member", caregiver, "--scope", "missed_doses")
    page = open_page(1280, 900)
    sign_in(page, clinic, "chen")

    # The protocol, signed by name; facts, the insulin as it has been taken for a month, and a signed plan.
    page.goto(f"{clinic.url}/clinic/protocols/basal.ada_2u3d")
    page.get_by_role("link", name="Read every number and sign").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Sign the protocol").click()
    expect(page.locator("main")).to_contain_text("Plans may run by it now")
    fill_facts(page, clinic, patient)
    since = f"{local_now() - timedelta(days=30):%Y-%m-%d}"
    prescribe(page, clinic, patient, drug="Insulin glargine", amount="16", at=next_minute(), since=since)
    page.goto(f"{clinic.url}/clinic/patients/{patient}/medicines")
    page.get_by_role("link", name="Sign a plan").click()
    page.get_by_label("Target from").fill("80")
    page.get_by_label("Target to").fill("130")
    page.get_by_label(re.compile("At most a day")).fill("36")
    page.get_by_label(re.compile("sign this plan")).check()
    page.get_by_role("button", name="Sign the plan").click()
    expect(page.locator("main")).to_contain_text("The plan is signed")

    # The first dose is taken: by text.
    clinic.text_to(phone, "Time for your")
    clinic.reply(phone, "1")
    clinic.text_to(phone, "Noted: .* taken")

    # The meter is read at home, over GATT; a suggestion waits, and nobody but the doctor knows.
    backend = {"COMPANION_BLUETOOTH_BACKEND": air}
    scanned = clinic.companion("devices", "scan", "--seconds", "2", **backend)
    address = next(line.split()[0] for line in scanned.splitlines() if " meter " in line)
    paired = clinic.companion("devices", "pair", address, "--patient", patient, **backend)
    assert re.search(r": \d\d new readings", paired)
    page.goto(f"{clinic.url}/doctor/queue")
    page.get_by_role("link", name=re.compile("P\\*\\* H\\*\\*.*16 → 18 U", re.S)).click()
    assert not [t for t in clinic.twilio.texts_to(phone) if "changed" in t.body]

    # She reads why, types her password again if asked, and approves.
    expect(page.locator("main")).to_contain_text("G15")
    page.get_by_role("button", name=re.compile("^Approve")).click()
    if page.get_by_role("button", name="Yes, approve").count() == 0:
        page.get_by_label("Password").fill("correct horse battery staple")
        page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Yes, approve").click()
    clinic.text_to(phone, "Dr Bo Chen has changed one of your medicines")
    advice = [t for t in clinic.twilio.texts_to(phone) if "has changed" in t.body]
    assert len(advice) == 1
    assert not re.search(r"\b(16|18|glargine)\b", advice[0].body)
    assert not clinic.twilio.texts_to(caregiver_phone)

    # A second look finds it decided.
    page.goto(f"{clinic.url}/doctor/queue")
    expect(page.locator("main")).not_to_contain_text("16 → 18")

    # The patient reads the change and says it back: from then on it holds.
    phone_page = open_page(390, 844)
    sign_in(phone_page, clinic, "per")
    expect(phone_page.locator("main")).to_contain_text("16 → 18")
    first_day = re.search(r"the next dose, on (\w+ \d+, \d+)\.", phone_page.locator("main").inner_text())
    assert first_day is not None
    phone_page.get_by_role("link", name="I have read this: ask me").click()
    phone_page.get_by_label("18 units", exact=True).check()
    phone_page.get_by_label(re.compile(first_day[1])).check()
    phone_page.get_by_role("button", name="This is my answer").first.click()
    expect(phone_page.locator("body")).to_contain_text("That is right.")
    phone_page.goto(f"{clinic.url}/medicines")
    expect(phone_page.locator("main")).to_contain_text(re.compile("18\\s*units"))
    wait_for(lambda: clinic.companion("audit", "verify"), 10, "a whole audit trail")
