#!/usr/bin/env python3
"""The configuration by key, on the store that KRATT_TEST_STORE names: each route
as clients ask it, its answer, and each of its refusals."""

import os
import subprocess
import time
import unittest
from pathlib import Path

import database
from endpoint import ADAM, MARY, Endpoint
from kratt import PATIENCE, Client, free_port

GREETING, MINUTES = "return_first_greeting_from_array", "return_first_estimated_time_from_array"
NOTICE = {"emergencyNoticeText": "Tõrge \"õhtul\" & öösel", "isEmergencyNoticeVisible": True,
          "emergencyNoticeStartISO": "2023-02-05T08:00:00.000Z",  # a Sunday
          "emergencyNoticeEndISO": "2023-02-06T08:00:00.000Z"}
HOURS = {"organizationWorkingTimeStartISO": "2023-02-05T08:00:00.000Z",
         "organizationWorkingTimeEndISO": "2023-02-05T17:00:00.000Z",
         "organizationWorkingTimeWeekdays": ["monday", "tuesday"],
         "organizationWorkingTimeHolidays": ["2023-02-24"]}
WIDGET = {"widgetProactiveSeconds": 3, "widgetDisplayBubbleMessageSeconds": 5,
          "widgetBubbleMessageText": "Küsi minult!", "widgetColor": "#003cff",
          "isWidgetActive": True}
UNAUTHENTICATED, FORBIDDEN = (401, "not_authenticated"), (403, "role_not_allowed")
MISSING, MALFORMED = (400, "missing_field"), (400, "invalid_field")
TOO_MUCH, BAD_TIME = (422, "value_out_of_limits"), (400, "invalid_time")
NOT_FOUND, WRONG_METHOD = (404, "not_found"), (405, "method_not_allowed")

# path, body, key of the answer (None: the other envelope), its value, what is refused
SETTERS = (
    ("/cs-set-session-length", {"sessionLength": 60}, "set_session_length", [],
     (({"sessionLength": 29}, TOO_MUCH), ({"sessionLength": 481}, TOO_MUCH),
      ({"sessionLength": "long"}, MALFORMED), ({"sessionLength": 60.5}, MALFORMED))),
    ("/cs-set-estimated-waiting-time", {"waitingTime": 7}, "cs_set_estimated_waiting_time", [],
     (({"waitingTime": 0}, TOO_MUCH), ({"waitingTime": "61"}, TOO_MUCH))),
    ("/cs-set-is-estimated-waiting-time-active", {"isActive": True},
     "set_is_estimated_waiting_time_active", [], (({"isActive": "jah"}, MALFORMED),)),
    ("/cs-set-greeting-message", {"est": "Tere!", "eng": "Hello!"}, "insert_greeting_message", [],
     (({"est": "õ" * 2001}, TOO_MUCH), ({"est": 5}, MALFORMED), ({"eng": "Hello!"}, MISSING))),
    ("/cs-set-is-greeting-active", {"isActive": "true"}, "set_is_greeting_active", [],
     (({"isActive": 1}, MALFORMED),)),
    ("/cs-delete-configuration", {"key": "widgetColor"}, "cs_delete_configuration", [],
     (({"key": "no_such_key"}, (422, "unknown_setting")), ({"key": 5}, MALFORMED))),
    ("/cs-set-csa-name-visibility", {"isVisible": False}, None, [],
     (({"isVisible": None}, MISSING),)),
    ("/cs-set-csa-title-visibility", {"isVisible": True}, None, [],
     (({"isVisible": []}, MALFORMED),)),
    ("/cs-set-emergency-notice", NOTICE, None, NOTICE,
     (({**NOTICE, "emergencyNoticeStartISO": "tomorrow"}, BAD_TIME),
      ({**NOTICE, "emergencyNoticeText": "x" * 2001}, TOO_MUCH),
      ({"emergencyNoticeText": "x"}, MISSING))),
    ("/cs-set-organization-working-time", HOURS, None,
     {**HOURS, "organizationWorkingTimeWeekdays": "monday,tuesday",
      "organizationWorkingTimeHolidays": "2023-02-24"},
     (({**HOURS, "organizationWorkingTimeEndISO": ""}, BAD_TIME),
      ({**HOURS, "organizationWorkingTimeWeekdays": [1]}, MALFORMED))),
    ("/cs-set-widget-config", WIDGET, None, WIDGET,
     (({**WIDGET, "widgetProactiveSeconds": "soon"}, MALFORMED),
      ({**WIDGET, "widgetColor": "x" * 65}, TOO_MUCH),
      ({**WIDGET, "isWidgetActive": None}, MISSING))),
)
READERS = ("/cs-get-csa-name-visibility", "/cs-get-csa-title-visibility",
           "/cs-get-emergency-notice", "/cs-get-organization-working-time",
           "/cs-get-widget-config")


class Configuration(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anyone = cls.instance.client()
        cls.agent = cls.instance.agent(MARY, "Mary")
        cls.analyst = cls.instance.agent(ADAM, "Adam", ["ROLE_ANALYST"])

    def setUp(self):
        """Nothing is set; what is not set has its default."""
        for key, in database.rows(self.instance, "SELECT c.key FROM configuration c"
                                  " WHERE c.deleted = 0 AND c.id = (SELECT MAX(v.id)"
                                  " FROM configuration v WHERE v.key = c.key)"):
            self.unset(key)

    def set(self, path, body):
        answer = self.administrator.post(path, body)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def unset(self, key):
        self.set("/cs-delete-configuration", {"key": key})

    def versions(self, key):
        return database.rows(self.instance, "SELECT value, deleted FROM configuration"
                             f" WHERE key = '{key}' ORDER BY id")

    # ---- what is set ----

    def test_each_setting_is_answered_and_kept_as_a_version(self):
        """C-31 C-33 C-34 C-36 C-37 C-41 V-17 V-18 V-19 V-21 V-23"""
        for path, body, key, value, _ in SETTERS:
            with self.subTest(path=path):
                before = database.counts(self.instance)
                if key:
                    self.assertEqual(self.data(self.administrator, path, body, key), value)
                else:
                    self.assertEqual(self.response(self.administrator, path, body, "POST"), value)
                after = database.counts(self.instance)
                rows = len([name for name in body if name != "eng"])
                self.assertEqual(after["configuration"], before["configuration"] + rows)
                self.assertEqual(after["event"], before["event"] + 1)

    def test_each_setting_refuses_who_may_not_and_what_it_does_not_take(self):
        """C-31 C-33 C-34 C-36 C-37 C-41 V-17 V-18 V-19 V-21 V-23"""
        for path, body, _, _, refusals in SETTERS:
            with self.subTest(path=path):
                self.refused_all(path, body, ((self.anyone, UNAUTHENTICATED),
                                              (self.agent, FORBIDDEN), (self.analyst, FORBIDDEN)))
                self.refused(self.administrator, path, {}, MISSING)
                self.refused(self.administrator, path, body, WRONG_METHOD, "GET")
                for bad, expected in refusals:
                    self.refused(self.administrator, path, bad, expected)

    def test_history_keeps_every_version(self):
        """A-70, D-1: also of what was unset."""
        kept = len(self.versions("greeting_message_est"))
        for text in ("Tere!", "Hommikust!"):
            self.set("/cs-set-greeting-message", {"est": text})
        self.unset("greeting_message_est")
        self.assertEqual(self.versions("greeting_message_est")[kept:],
                         [["Tere!", 0], ["Hommikust!", 0], ["", 1]])
        self.assertEqual(self.greeting()["est"], "")

    def test_a_command_with_a_key_is_taken_once(self):
        headers = {"Idempotency-Key": "set-it-once"}
        kept = len(self.versions("estimated_waiting_time"))
        for _ in range(2):
            answer = self.administrator.request("POST", "/cs-set-estimated-waiting-time",
                                                {"waitingTime": 5}, headers)
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(self.versions("estimated_waiting_time")), kept + 1)
        answer = self.administrator.request("POST", "/cs-set-estimated-waiting-time",
                                            {"waitingTime": 6}, headers)
        self.assertEqual(answer.status, 409, answer)
        self.assertEqual(len(self.versions("estimated_waiting_time")), kept + 1)

    # ---- what is told ----

    def greeting(self, client=None, path="/get-greeting-message", method="POST"):
        return self.data(client or self.anyone, path, None, GREETING, method)

    def test_the_greeting_is_told_to_anyone(self):
        """P-12 C-35 C-36 C-37"""
        self.assertEqual(self.greeting(), {"isActive": False, "est": ""})
        self.set("/cs-set-greeting-message", {"est": "Tere, \"sõber\"!"})
        self.set("/cs-set-is-greeting-active", {"isActive": True})
        expected = {"isActive": True, "est": "Tere, \"sõber\"!"}
        for path in ("/get-greeting-message", "/cs-get-greeting-message"):
            for method in ("GET", "POST"):
                self.assertEqual(self.greeting(None, path, method), expected)
        self.assertEqual(self.response(self.anyone, "/backoffice/chats/greeting"), expected)

    def test_the_waiting_minutes_are_told_to_anyone(self):
        """P-13 C-32 C-33 C-34"""
        paths = ("/get-estimated-waiting-time", "/cs-get-estimated-waiting-time")
        for path in paths:
            self.assertEqual(self.data(self.anyone, path, None, MINUTES),
                             {"isActive": False, "time": ""})
        self.set("/cs-set-estimated-waiting-time", {"waitingTime": 7})
        self.set("/cs-set-is-estimated-waiting-time-active", {"isActive": True})
        for path in paths:
            for method in ("GET", "POST"):
                self.assertEqual(self.data(self.anyone, path, None, MINUTES, method),
                                 {"isActive": True, "time": "7"})
        later = "/backoffice/accounts/estimated-waiting-time"
        self.assertEqual(self.response(self.anyone, later), {"isActive": True, "time": "7"})
        self.assertEqual(self.response(self.administrator, later, {"waitingTime": 8}, "POST"), [])
        self.assertEqual(self.response(self.anyone, later)["time"], "8")
        self.refused(self.agent, later, {"waitingTime": 8}, FORBIDDEN)

    def test_whether_the_bot_is_active(self):
        """P-14 C-38 C-39"""
        expected = {"id": None, "key": "is_bot_active", "value": "false", "deleted": "false"}
        for path in ("/get-is-bot-active", "/cs-get-is-bot-active"):
            self.assertEqual(self.data(self.anyone, path, None, "get_is_bot_active"), expected)
        for flag in (True, False):
            told = self.data(self.administrator, "/cs-set-is-bot-active", {"isActive": flag},
                             "get_is_bot_active")
            self.assertEqual(told, {**expected, "id": told["id"], "value": str(flag).lower()})
            self.assertIsInstance(told["id"], int)
            for path in ("/get-is-bot-active", "/cs-get-is-bot-active"):
                for method in ("GET", "POST"):
                    self.assertEqual(
                        self.data(self.anyone, path, None, "get_is_bot_active", method), told)
            self.assertEqual(self.response(self.anyone, "/backoffice/chats/config/is-bot-active"),
                             told)
        path = "/cs-set-is-bot-active"
        self.refused_all(path, {"isActive": True}, ((self.anyone, UNAUTHENTICATED),
                                                    (self.agent, FORBIDDEN)))
        self.refused(self.administrator, path, {"isActive": "maybe"}, MALFORMED)
        self.refused(self.administrator, path, {}, MISSING)

    def test_the_session_length_is_told_and_holds_for_new_tokens(self):
        """C-30 C-31, P-01: contract 2.1"""
        self.set("/cs-set-session-length", {"sessionLength": "45"})
        for method in ("GET", "POST"):
            row, = self.data(self.anyone, "/cs-get-session-length", None, "cs_get_session_length",
                             method)
            self.assertEqual(list(row), ["id", "key", "value", "deleted", "created"])
            self.assertEqual((row["key"], row["value"], row["deleted"]),
                             ("session_length", "45", False))
            self.assertRegex(row["created"], r"^20.*T.*\.\d{3}\+00:00$")
        later = "/backoffice/accounts/admin/session-length"
        self.assertEqual(self.response(self.administrator, later, {"sessionLength": 30}, "POST"),
                         [])
        self.assertEqual(
            self.response(self.anyone, "/backoffice/chats/config/session-length")[0]["value"], "30")
        self.assertEqual(self.cookie_life(), 30 * 60)
        self.unset("session_length")
        self.assertEqual(
            self.data(self.anyone, "/cs-get-session-length", None, "cs_get_session_length"), [])
        self.assertEqual(self.cookie_life(), 120 * 60)

    def cookie_life(self):
        answer = self.instance.client().post("/init-chat", {
            "message": {"content": "Tere"},
            "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "https://a.ee/"}})
        self.assertEqual(answer.status, 200, answer)
        return int(answer.headers["Set-Cookie"].split("Max-Age=")[1].split(";")[0])

    def test_the_end_user_session_length_is_kept_for_agents(self):
        """V-11 V-20"""
        path = "/cs-get-end-user-session-length"
        self.refused(self.agent, path, None, NOT_FOUND, "GET")
        self.assertEqual(self.response(self.agent, "/cs-set-end-user-session-length",
                                       {"sessionLength": 15}, "POST"), [])
        for client in (self.agent, self.administrator):
            told = self.response(client, path)
            self.assertEqual(told, {"id": told["id"], "key": "end_user_session_length",
                                    "value": "15", "deleted": "false"})
        for other in (path, "/cs-set-end-user-session-length"):
            self.refused_all(other, {"sessionLength": 15},
                             ((self.anyone, UNAUTHENTICATED), (self.analyst, FORBIDDEN)))
        self.refused(self.agent, "/cs-set-end-user-session-length", {}, MISSING)

    def test_names_and_titles_may_be_hidden(self):
        """V-08 V-09 V-17 V-18"""
        for what in ("name", "title"):
            self.assertEqual(self.response(self.administrator, f"/cs-get-csa-{what}-visibility"),
                             {"isVisible": True})
            self.set(f"/cs-set-csa-{what}-visibility", {"isVisible": "false"})
            for client, path in ((self.administrator, f"/cs-get-csa-{what}-visibility"),
                                 (self.anyone, f"/backoffice/chats/config/{what}-visibility")):
                self.assertEqual(self.response(client, path), {"isVisible": False})

    def test_the_notice_is_told_once_it_is_set(self):
        """V-03 V-10 V-19, A-25"""
        paths = ("/get-emergency-notice", "/backoffice/chats/config/emergency-notice")
        for path in paths:
            self.refused(self.anyone, path, None, NOT_FOUND, "GET")
        self.refused(self.administrator, "/cs-get-emergency-notice", None, NOT_FOUND, "GET")
        self.set("/cs-set-emergency-notice", NOTICE)
        for path in paths:
            self.assertEqual(self.response(self.anyone, path), NOTICE)
        self.assertEqual(self.response(self.administrator, "/cs-get-emergency-notice"), NOTICE)
        self.unset("emergencyNoticeText")
        self.assertEqual(self.response(self.anyone, paths[0]),
                         {**NOTICE, "emergencyNoticeText": ""})

    def test_the_working_time_is_told_once_it_is_set(self):
        """V-04 V-12 V-21, A-25"""
        paths = ("/get-organization-working-time",
                 "/backoffice/chats/config/organization-working-time")
        for path in paths:
            self.refused(self.anyone, path, None, NOT_FOUND, "GET")
        self.refused(self.administrator, "/cs-get-organization-working-time", None, NOT_FOUND,
                     "GET")
        told = self.set("/cs-set-organization-working-time", HOURS)["response"]
        self.assertEqual(told["organizationWorkingTimeWeekdays"], "monday,tuesday")
        for path in paths:
            self.assertEqual(self.response(self.anyone, path), told)
        self.assertEqual(self.response(self.administrator, "/cs-get-organization-working-time"),
                         told)

    def test_the_widget_is_told_by_key(self):
        """V-05 V-14 V-23, A-25: whatever the order in which its rows were written."""
        other = {"isWidgetActive": False, "widgetColor": "#ffffff", "widgetProactiveSeconds": 9,
                 "widgetBubbleMessageText": "9", "widgetDisplayBubbleMessageSeconds": 1}
        self.refused(self.anyone, "/get-widget-config", None, NOT_FOUND, "GET")
        self.refused(self.administrator, "/cs-get-widget-config", None, NOT_FOUND, "GET")
        self.set("/cs-set-widget-config", WIDGET)
        self.unset("widgetProactiveSeconds")
        self.set("/cs-set-widget-config", other)
        self.unset("isWidgetActive")
        for client, path in ((self.anyone, "/get-widget-config"),
                             (self.administrator, "/cs-get-widget-config")):
            self.assertEqual(self.response(client, path), {**other, "isWidgetActive": True})
        self.assertEqual(self.response(self.anyone, "/backoffice/chats/config/widget"),
                         {**other, "isWidgetActive": "true", "isBurokrattActive": "true"})

    def test_what_is_private_is_told_to_administrators_alone(self):
        """V-08 V-09 V-10 V-12 V-14"""
        visitor = self.visitor()
        for path in READERS:
            self.refused_all(path, None, ((self.anyone, UNAUTHENTICATED),
                                          (visitor, UNAUTHENTICATED), (self.agent, FORBIDDEN),
                                          (self.analyst, FORBIDDEN)), "GET")
        self.refused(self.agent, READERS[0], None, FORBIDDEN, "POST")

    def test_a_token_that_was_given_up_neither_reads_nor_sets(self):
        admin = self.instance.client()
        admin.log_in(self.instance.login, self.instance.password)
        cookies = dict(admin.cookies)
        admin.ok("/cs-logout")
        admin.cookies = cookies
        self.refused(admin, "/cs-get-widget-config", None, (401, "token_revoked"), "GET")
        self.refused(admin, "/cs-set-session-length", {"sessionLength": 60},
                     (401, "token_revoked"))

    # ---- what follows from it ----

    def test_a_title_is_seen_only_while_titles_are_visible(self):
        """contract 6.4: csaTitle blank unless is_csa_title_visible"""
        user = self.visitor()
        self.agent.ok("/cs-claim-chat", {"id": user.chat_id, "csaTitle": "Nõustaja",
                                         "customerSupportId": MARY})

        def titles():
            rows = self.agent.ok("/cs-get-all-active-chats")
            return ([row["csaTitle"] for row in rows if row["id"] == user.chat_id] +
                    [user.ok("/get-chat-by-id")["csaTitle"],
                     self.agent.ok("/cs-claim-chat", {"id": user.chat_id})["csaTitle"]])

        self.assertEqual(titles(), ["Nõustaja"] * 3)
        self.set("/cs-set-csa-title-visibility", {"isVisible": False})
        self.assertIn(titles()[0], ("", None))
        self.assertEqual(titles()[1:], ["", ""])
        self.set("/cs-set-csa-title-visibility", {"isVisible": True})
        self.assertEqual(titles(), ["Nõustaja"] * 3)

    # ---- copies of it ----

    def wait_told(self, client, expected, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.greeting(client)["est"] == expected:
                    return
            except OSError:
                client.close()
                time.sleep(0.02)  # it is not there yet
        self.assertEqual(self.greeting(client)["est"], expected)

    def second_ingress(self):
        http, monitor = (f"127.0.0.1:{free_port()}" for _ in range(2))
        process = subprocess.Popen(
            [Path(os.environ["KRATT_BUILD"]) / "bin/rest-ingress"], cwd=self.instance.dir,
            env={**self.instance.environment, "KRATT_HTTP": http, "KRATT_MONITOR": monitor,
                 "KRATT_COOKIE_SECURE": "0"}, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.terminate)
        client = Client(f"http://{http}")
        self.addCleanup(client.close)
        return client

    def test_every_ingress_knows_a_change_within_a_second(self):
        """It hears of it, and reads it."""
        self.set("/cs-set-greeting-message", {"est": "enne"})
        other = self.second_ingress()
        self.wait_told(other, "enne", PATIENCE)
        for i in range(5):
            self.set("/cs-set-greeting-message", {"est": f"pärast {i}"})
            self.wait_told(other, f"pärast {i}", 1)

    def test_it_is_there_after_each_service_was_started_anew(self):
        self.set("/cs-set-greeting-message", {"est": "püsib"})
        for name in ("rest-ingress", "chat-state"):
            self.instance.kill(name)
            self.instance.wait_ready(name)
            self.instance.wait_ready("rest-ingress")
            self.wait_told(self.anyone, "püsib", PATIENCE)


if __name__ == "__main__":
    unittest.main()
