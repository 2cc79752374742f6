"""Notifications on a device: switched on and off, a reminder that comes, its receipt, and a button that answers."""

from datetime import timedelta
from typing import Any

import pytest

from companion.care.audit import AuditEntry
from companion.care.contact_models import ContactState, MessageConsent
from companion.care.people import Person
from companion.db import writing
from companion.messages.models import Delivery, DeliveryState, Message, MessageState
from companion.messages.push_tokens import PushTokens
from companion.reminders.doses.models import Dose
from tests.push_service import Pushed, PushService
from tests.web.conftest import Browser
from tests.web.push.conftest import PushHouse, address_of, post

TOKENS = PushTokens("k" * 40)


def switched_on(house: PushHouse, service: PushService, person: Person | None = None, name: str = "one") -> str:
    """The person's device gets notifications; its token."""
    answer = post(house.browser(person or house.anna), "/push/on", {"subscription": service.subscription(name)})
    assert answer.status_code == 201
    token: str = answer.get_json()["token"]
    return token


def reminded(house: PushHouse, service: PushService) -> Pushed:
    """It is ten past eight, and the reminder came to Anna's device."""
    house.first_by_push(address_of(service.subscription()))
    house.clock.instant = house.local("2026-03-05 07:00")
    house.prescribe()
    house.beat()
    house.clock.instant = house.local("2026-03-05 08:00")
    house.beat()
    house.clock.advance(minutes=10)
    return service.pushed[-1]


def worker(house: PushHouse, path: str, **said: Any) -> Any:
    """What the worker in the browser posts: no cookie, no form's token."""
    return house.app.test_client().post(path, json=said)


def press(house: PushHouse, pushed: Pushed, action: str) -> Any:
    return worker(house, "/push/answer", token=pushed.payload["token"], action=action)


def dose(house: PushHouse) -> Dose:
    return next(each for each in house.all(Dose) if each.due_at == house.local("2026-03-05 08:00"))


class TestTheSwitch:
    def test_a_device_is_switched_on_with_what_was_agreed_to(self, house: PushHouse, service: PushService) -> None:
        switched_on(house, service)

        (point,) = house.points()
        assert (point.address, point.verified_by) == (address_of(service.subscription()), "device")
        agreed = [row for row in house.all(MessageConsent) if row.kind == "push" and row.person_id == house.anna.id]
        assert {row.topic for row in agreed if row.is_agreed} == {"reminders", "changes", "alarms", "supply"}
        assert "switched_notifications_on" in {entry.action for entry in house.all(AuditEntry)}

    def test_switching_on_twice_is_one_device(self, house: PushHouse, service: PushService) -> None:
        switched_on(house, service)
        switched_on(house, service)

        assert len(house.points()) == 1

    def test_it_is_switched_off_for_this_device_alone(self, house: PushHouse, service: PushService) -> None:
        switched_on(house, service, name="phone")
        switched_on(house, service, name="tablet")

        answer = post(house.browser(house.anna), "/push/off", {"subscription": service.subscription("phone")})

        assert answer.get_json() == {"others": False}
        assert [point.address for point in house.points()] == [address_of(service.subscription("tablet"))]

    def test_one_device_may_serve_two_people(self, house: PushHouse, service: PushService) -> None:
        switched_on(house, service)
        switched_on(house, service, house.ben)

        answer = post(house.browser(house.anna), "/push/off", {"subscription": service.subscription()})

        assert answer.get_json() == {"others": True}
        assert (len(house.points()), len(house.points(house.ben))) == (0, 1)

    def test_it_tells_whether_it_is_on(self, house: PushHouse, service: PushService) -> None:
        browser, said = house.browser(house.anna), {"subscription": service.subscription()}

        before = post(browser, "/push/state", said).get_json()
        switched_on(house, service)
        after = post(browser, "/push/state", said).get_json()

        assert (before, after) == ({"on": False, "over": False}, {"on": True, "over": False})

    def test_a_browser_that_subscribed_anew_takes_its_old_place(self, house: PushHouse, service: PushService) -> None:
        house.first_by_push(address_of(service.subscription("old")))
        token = switched_on(house, service, name="old")
        said = {"subscription": service.subscription("new"), "replaces": token}

        post(house.browser(house.anna), "/push/on", said)

        (point,) = house.points()
        assert (point.address, point.position) == (address_of(service.subscription("new")), 1)

    def test_nobody_replaces_somebody_elses_device(self, house: PushHouse, service: PushService) -> None:
        hers = switched_on(house, service, name="hers")
        said = {"subscription": service.subscription("his"), "replaces": hers}

        answer = post(house.browser(house.stranger), "/push/on", said)

        assert answer.status_code == 201
        assert [point.address for point in house.points()] == [address_of(service.subscription("hers"))]

    @pytest.mark.parametrize("path", ["/push/on", "/push/off", "/push/state"])
    def test_what_no_browser_says_is_refused(self, house: PushHouse, path: str) -> None:
        browser = house.browser(house.anna)
        nonsense: list[dict[str, Any]] = [
            {},
            {"subscription": {}},
            {"subscription": "x"},
            {"subscription": {"endpoint": "http://x/"}},
        ]

        answers = [post(browser, path, said).status_code for said in nonsense]

        assert answers == [400] * len(nonsense)
        assert house.points() == []

    def test_a_page_of_another_site_cannot_switch_it_on(self, house: PushHouse, service: PushService) -> None:
        browser = house.browser(house.anna)

        answer = browser.client.post("/push/on", json={"subscription": service.subscription()})

        assert answer.status_code == 400
        assert house.points() == []

    @pytest.mark.parametrize("name", ["anna", "ben", "doctor", "admin"])
    def test_everybody_has_the_page(self, house: PushHouse, name: str) -> None:
        page = house.page(getattr(house, name), "/this-device")

        assert "Notifications on this device" in page
        assert "<noscript>" in page

    def test_the_patients_page_leads_there(self, house: PushHouse) -> None:
        assert 'id="this-device"' in house.page(house.anna, "/today")

    def test_it_speaks_chinese(self, house: PushHouse) -> None:
        with writing(house.engine) as session:
            session.get_one(Person, house.anna.id).language = "zh"

        page = house.page(house.anna, "/this-device")

        assert "开启通知" in page
        assert "我同意" in page


class TestAReminder:
    def test_it_comes_to_the_device_until_the_window_ends(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)

        assert pushed.headers["Ttl"] == "3600"
        assert pushed.headers["Urgency"] == "high"
        assert pushed.payload["url"].startswith(f"{house.settings.public_url}/tap/")
        assert house.outbox_lines() == []

    def test_it_names_no_medicine(self, house: PushHouse, service: PushService) -> None:
        payload = reminded(house, service).payload

        shown = f"{payload['title']} {payload['text']} {payload['actions']}"
        assert not any(word in shown for word in ("Glargine", "16", "Anna", "Berg"))

    def test_that_it_was_shown_is_its_receipt(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)
        before = house.only(Delivery).state

        answers = [worker(house, "/push/seen", token=pushed.payload["token"]).status_code for _ in range(2)]

        assert answers == [204, 204]
        assert (before, house.only(Delivery).state) == (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
        assert house.only(Message).state == MessageState.DELIVERED

    def test_one_that_nobody_saw_goes_the_next_way(self, house: PushHouse, service: PushService) -> None:
        reminded(house, service)
        house.clock.advance(minutes=6)

        house.beat()

        assert [line["to"] for line in house.outbox_lines()] == [house.anna.phone]

    def test_a_subscription_that_is_over_is_marked_and_the_next_way_goes_at_once(
        self, house: PushHouse, service: PushService
    ) -> None:
        service.answers = [(410, {})]

        reminded(house, service)
        house.beat()

        assert house.points()[0].state == ContactState.BAD
        assert [line["to"] for line in house.outbox_lines()] == [house.anna.phone]

    def test_a_key_that_a_push_service_does_not_know_ends_no_subscription(
        self, house: PushHouse, service: PushService
    ) -> None:
        service.answers = [(403, {})]

        reminded(house, service)

        assert house.points()[0].state == ContactState.OK
        assert house.only(Delivery).state == DeliveryState.RETRY


class TestAButton:
    def test_taken_answers(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)

        answer = press(house, pushed, "taken")

        assert (dose(house).state, dose(house).answered_via) == ("taken", "push")
        assert answer.get_json()["text"].startswith("Noted: 08:00 taken.")
        assert house.only(Delivery).state == DeliveryState.DELIVERED

    def test_later_puts_off(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)

        answer = press(house, pushed, "later")

        assert dose(house).state == "snoozed"
        assert "again at 08:25" in answer.get_json()["text"]

    @pytest.mark.parametrize(("action", "state"), [("taken", "taken"), ("later", "snoozed")])
    def test_pressed_again_it_is_told_what_stands(
        self, house: PushHouse, service: PushService, action: str, state: str
    ) -> None:
        pushed = reminded(house, service)

        texts = [press(house, pushed, action).get_json()["text"] for _ in range(3)]

        assert dose(house).state == state
        assert "08:00" in texts[1]
        assert texts[1] == texts[2]

    def test_a_notification_answers_once(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)
        press(house, pushed, "later")

        press(house, pushed, "taken")

        assert dose(house).state == "snoozed"

    def test_one_that_was_taken_back_since_is_answered_on_the_page(
        self, house: PushHouse, service: PushService
    ) -> None:
        pushed = reminded(house, service)
        press(house, pushed, "taken")
        name = f"rg_insulin.{dose(house).local_on}.{dose(house).slot}"
        house.browser(house.anna).send("/today/undo", {"dose": name}, seen_on="/today")

        again = press(house, pushed, "taken")

        assert (again.status_code, dose(house).state) == (410, "due")

    def test_too_late_for_later_says_to_answer_now(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)
        house.clock.instant = dose(house).window_ends_at - timedelta(seconds=30)

        told = press(house, pushed, "later").get_json()["text"]

        assert dose(house).state == "due"
        assert told == "There is no time for another reminder. Please answer now."

    def test_it_answers_in_the_patients_language(self, house: PushHouse, service: PushService) -> None:
        with writing(house.engine) as session:
            session.get_one(Person, house.anna.id).language = "zh"
        pushed = reminded(house, service)

        told = press(house, pushed, "taken").get_json()

        assert told["lang"] == "zh"
        assert told["text"].startswith("已记录")

    def test_nothing_else_is_sent_about_the_answer(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)
        press(house, pushed, "taken")

        house.beat()

        assert (len(service.pushed), house.outbox_lines()) == (1, [])

    def test_who_left_answers_nothing(self, house: PushHouse, service: PushService) -> None:
        pushed = reminded(house, service)
        with writing(house.engine) as session:
            session.get_one(Person, house.anna.id).left_at = house.now

        assert press(house, pushed, "taken").status_code == 410
        assert dose(house).state == "due"

    @pytest.mark.parametrize("action", ["skip", "", "taken ", None])
    def test_it_knows_only_its_buttons(self, house: PushHouse, service: PushService, action: Any) -> None:
        pushed = reminded(house, service)

        assert press(house, pushed, action).status_code == 400
        assert dose(house).state == "due"


class TestTokens:
    @pytest.mark.parametrize("path", ["/push/seen", "/push/answer", "/push/renew"])
    def test_a_forged_token_opens_nothing(self, house: PushHouse, service: PushService, path: str) -> None:
        forged = PushTokens("j" * 40).of_delivery("c0ffee")
        said = {"token": forged, "action": "taken", "subscription": service.subscription()}

        assert worker(house, path, **said).status_code == 403

    def test_who_tries_many_is_stopped(self, house: PushHouse) -> None:
        answers = [worker(house, "/push/seen", token=f"try {number}").status_code for number in range(25)]

        assert (answers[0], answers[-1]) == (403, 429)

    def test_one_of_an_attempt_that_never_was_speaks_for_nothing(self, house: PushHouse) -> None:
        token = TOKENS.of_delivery("never")

        seen, answered = (worker(house, f"/push/{what}", token=token, action="taken") for what in ("seen", "answer"))

        assert (seen.status_code, answered.status_code) == (404, 410)

    def test_a_long_request_is_not_read(self, house: PushHouse) -> None:
        assert worker(house, "/push/seen", token="x" * 5000).status_code == 413

    def test_a_device_moves_everybody_along_when_it_subscribes_anew(
        self, house: PushHouse, service: PushService
    ) -> None:
        switched_on(house, service, name="old")
        token = switched_on(house, service, house.ben, name="old")
        said = {"token": token, "subscription": service.subscription("new")}

        answers = [worker(house, "/push/renew", **said).status_code for _ in range(2)]

        assert answers == [204, 404]
        new = address_of(service.subscription("new"))
        assert [point.address for point in house.points() + house.points(house.ben)] == [new, new]

    def test_a_device_that_was_switched_off_is_not_switched_on_by_its_worker(
        self, house: PushHouse, service: PushService
    ) -> None:
        token = switched_on(house, service, name="old")
        post(house.browser(house.anna), "/push/off", {"subscription": service.subscription("old")})

        answer = worker(house, "/push/renew", token=token, subscription=service.subscription("new"))

        assert answer.status_code == 404
        assert house.points() == []

    def test_renewing_agrees_to_nothing_new(self, house: PushHouse, service: PushService) -> None:
        token = switched_on(house, service, name="old")
        before = len(house.all(MessageConsent))

        worker(house, "/push/renew", token=token, subscription=service.subscription("new"))

        assert len(house.all(MessageConsent)) == before


def test_the_worker_looks_after_the_whole_site(house: PushHouse) -> None:
    answer = Browser(house.app).get("/sw.js")

    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_can_be_put_on_a_home_screen(house: PushHouse) -> None:
    page = Browser(house.app).get("/sign-in").get_data(as_text=True)
    manifest = Browser(house.app).get("/manifest.webmanifest")

    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert manifest.mimetype == "application/manifest+json"
    assert (manifest.get_json()["display"], manifest.get_json()["start_url"]) == ("standalone", "/")
