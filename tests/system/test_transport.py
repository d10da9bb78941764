#!/usr/bin/env python3
"""What holds for all endpoints and streams, whatever they are about: envelopes,
bodies, preflights, times, first frames, bounds, health. The routes are those
that the running server counts.
"""

import json
import re
import unittest
import urllib.request

import database
from endpoint import MARY, Endpoint
from kratt import instant, now

ORIGIN = "http://localhost:3000"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")
COMPONENTS = ["TIM", "RUUTER", "DMAPPER", "RESQL"]
SAYINGS = ["õ Š ž €", "\U0001f34e\U0001f642", '{"a":1}', "[1]", 'a "b" \\ / \b\f\n\r\t c',
           "<b>&amp;</b>", "\u2028\u2029", "0", "null"]


class Transport(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")

    def routes(self):
        url = f"http://{self.instance.address('rest-ingress', 'KRATT_MONITOR')}/metrics"
        with urllib.request.urlopen(url) as answer:
            text = answer.read().decode()
        paths = set(re.findall(r'kratt_answers_total\{route="(/[^"]*)"', text))
        self.assertGreater(len(paths), 20)
        return sorted(paths)

    # ---- envelopes and bodies ----

    def test_each_name_answers_in_its_envelope(self):
        """A-01, A-02: data has the one key that the contract gives it."""
        user = self.visitor()
        chat = {"chatId": user.chat_id}
        for client, path, body, key in (
                (user, "/get-chat-by-id", None, "forwarding_validation"),
                (user, "/get-messages-by-chat-id", None, "forwarding_validation"),
                (user, "/get-new-messages", None, "forwarding_validation"),
                (self.mary, "/cs-get-all-active-chats", None, "get_all_active_chats"),
                (self.mary, "/cs-get-messages-by-chat-id", chat, "cs_get_messages_by_chat_id"),
                (self.mary, "/cs-get-new-messages", chat, "cs_get_new_messages"),
                (self.mary, "/cs-claim-chat", {"id": user.chat_id}, "get_claimed_chat")):
            with self.subTest(path=path):
                self.data(client, path, body, key)
        self.assertEqual(list(self.response(user, "/estimated-waiting-time")),
                         ["durationInSeconds", "positionInUnassignedChats"])

    def test_bodies_come_as_clients_send_them(self):
        """A-03: none, without a Content-Type, a bare string."""
        user = self.visitor()
        bare = b'"customJwtCookie"'
        for body, headers in ((None, {}), (bare, {}), (bare, {"Content-Type": "text/plain"}),
                              (bare, {"Content-Type": "application/json"})):
            with self.subTest(body=body, headers=headers):
                answer = self.mary.request("POST", "/cs-custom-jwt-userinfo", body, headers)
                self.assertEqual(answer.value["idCode"], MARY)
        body = json.dumps({"id": user.chat_id}).encode()
        self.assertEqual(user.request("POST", "/get-chat-by-id", body, {}).value["id"], user.chat_id)

    def test_a_preflight_is_answered_for_each_route(self):
        """A-04: as browsers ask before a POST of JSON, and before today's widget's GET."""
        client = self.instance.client()
        for path in self.routes():
            for method, header in (("POST", "content-type"), ("GET", "cache-control")):
                with self.subTest(path=path, method=method):
                    answer = client.request("OPTIONS", path.replace(":", ""), None, {
                        "Origin": ORIGIN, "Access-Control-Request-Method": method,
                        "Access-Control-Request-Headers": header})
                    self.assertIn(answer.status, (200, 204))
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"], ORIGIN)
                    self.assertEqual(answer.headers["Access-Control-Allow-Credentials"], "true")
                    self.assertIn(method, answer.headers["Access-Control-Allow-Methods"])
                    self.assertIn(header, answer.headers["Access-Control-Allow-Headers"].lower())

    def test_an_unknown_route_is_404(self):
        """A-05, with the headers that let a page read it."""
        for method in ("GET", "POST"):
            answer = self.instance.client().request(method, "/no-such-route", None,
                                                    {"Origin": ORIGIN})
            self.assertEqual((answer.status, answer.json["data"], answer.json["error"]["code"]),
                             (404, None, "unknown_route"))
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], ORIGIN)

    # ---- what is said, and when ----

    def test_what_is_said_survives_from_the_post_to_the_list_and_the_streams(self):
        """A-06"""
        user = self.visitor()
        streams = [client.stream(path, **{"chatId": user.chat_id, bound: "2020-01-01T00:00:00.000Z"})
                   for client, path, bound in (
                       (user, "/sse/get-new-messages", "timeRangeBegin"),
                       (self.mary, "/events/cs-get-new-messages", "lastRead"))]
        for stream in streams:
            self.addCleanup(stream.close)
        for saying in SAYINGS:
            user.say(user.chat_id, saying)
        listed = [row["content"] for row in user.ok("/get-messages-by-chat-id")][1:]
        self.assertEqual(listed, SAYINGS)
        for stream in streams:
            for saying in SAYINGS:
                stream.wait_said(saying)

    def test_times_are_those_of_the_contract(self):
        """A-07: whatever form the author's own time had, it is the same instant."""
        user = self.visitor()
        sent = ["2026-01-02T03:04:05.678Z", "2026-01-02T05:04:05.679+02:00",
                "2026-01-02T03:04:05.680+00:00"]
        for moment in sent:
            user.ok("/post-message", {"content": "x", "authorRole": "end-user",
                                      "authorTimestamp": moment})
        rows = user.ok("/get-messages-by-chat-id")[1:]
        for row, moment in zip(rows, sent):
            for name in ("authorTimestamp", "created", "updated"):
                self.assertRegex(row[name], TIME)
            self.assertEqual(instant(row["authorTimestamp"]), instant(moment))
        chat = user.ok("/get-chat-by-id")
        self.assertRegex(chat["created"], TIME)
        self.assertRegex(chat["updated"], TIME)

    def test_text_past_its_limits_is_refused_and_never_half_written(self):
        """A-72: 555 characters of a name, 60 of a display name; one more is 422."""
        user = self.visitor()
        claim = {"id": user.chat_id, "customerSupportId": MARY}
        self.refused(self.mary, "/cs-claim-chat", {**claim, "customerSupportDisplayName": "õ" * 61},
                     (422, "value_out_of_limits"))
        chat = self.mary.ok("/cs-claim-chat", {**claim, "customerSupportDisplayName": "õ" * 60})
        self.assertEqual(chat["customerSupportDisplayName"], "õ" * 60)
        post = {"chatId": user.chat_id, "content": "x", "authorTimestamp": now()}
        self.refused(self.mary, "/cs-post-message", {**post, "authorFirstName": "õ" * 556},
                     (422, "value_out_of_limits"))
        self.mary.ok("/cs-post-message", {**post, "authorFirstName": "õ" * 555})
        self.assertEqual(user.ok("/get-messages-by-chat-id")[-1]["authorFirstName"], "õ" * 555)

    def test_a_chat_that_is_past_its_limits_is_not_opened(self):
        """A-11: 1 to 300 characters, 1 to 3000 for the message, white space at
        the ends not counted."""
        client = self.instance.client()

        def new(content="Tere!", os="Linux", url="https://www.example.ee/"):
            return {"message": {"content": content, "authorTimestamp": now()},
                    "endUserTechnicalData": {"endUserOs": os, "endUserUrl": url}}

        for name, most in (("content", 3000), ("os", 300), ("url", 300)):
            for text in ("", " \n ", "õ" * (most + 1)):
                with self.subTest(name=name, size=len(text)):
                    self.refused(client, "/init-chat", new(**{name: text}),
                                 (422, "value_out_of_limits"))
            client.ok("/init-chat", new(**{name: " " + "õ" * most + " "}))
        for name in ("message", "endUserTechnicalData"):
            body = new()
            del body[name]
            self.refused(client, "/init-chat", body, (400, "missing_field"))

    def test_history_is_only_added_to(self):
        """A-70: whatever happens, the rows that were there stay as they were."""
        names = ("chat", "message", "configuration", "event")
        user = self.visitor()
        before = {name: database.rows(self.instance, f"SELECT * FROM {name}") for name in names}
        self.mary.ok("/cs-claim-chat", {"id": user.chat_id})
        user.say(user.chat_id, "something")
        self.mary.ok("/cs-end-chat", {"chatId": user.chat_id, "event": "answered"})
        for name, rows in before.items():
            after = database.rows(self.instance, f"SELECT * FROM {name}")
            for row in rows:
                self.assertIn(row, after)

    # ---- streams ----

    def test_the_first_frame_comes_at_once_and_to_the_byte(self):
        """A-40, A-43: `data:` and the object, without a space or a name; message
        streams carry a list, also for who has no right."""
        user, stranger = self.visitor(), self.instance.client()
        far = "2099-01-01T00:00:00.000Z"
        frame = '{"headers":{},"body":%s,"statusCode":"OK","statusCodeValue":200}'
        empty = frame % '{"data":{"%s":[]},"error":null}'
        for client, path, query, expected in (
                (user, "/sse/get-new-messages", {"timeRangeBegin": far},
                 empty % "forwarding_validation"),
                (stranger, "/sse/get-new-messages", {"timeRangeBegin": far},
                 empty % "forwarding_validation"),
                (self.mary, "/sse/cs-get-new-messages", {"chatId": user.chat_id, "lastRead": far},
                 empty % "cs_get_new_messages"),
                (stranger, "/sse/cs-get-new-messages", {"chatId": user.chat_id},
                 empty % "cs_get_new_messages"),
                (stranger, "/sse/get-chat-by-id", {}, frame % '{"data":{},"error":null}'),
                (stranger, "/sse/cs-get-all-active-chats", {}, frame % '{"data":{},"error":null}')):
            with self.subTest(path=path), client.stream(path, **query) as stream:
                self.assertEqual(stream.first().raw, ["data:" + expected])

    def test_a_stream_shows_its_own_chat_alone(self):
        """A-46: chatId, id or both of another chat in the query change nothing."""
        mine, other = self.visitor("mine"), self.visitor("of another")
        for path in ("/sse/get-new-messages", "/sse/get-messages-by-chat-id",
                     "/events/get-new-messages"):
            with mine.stream(path, chatId=other.chat_id, id=other.chat_id,
                             timeRangeBegin="2020-01-01T00:00:00.000Z") as stream:
                if stream.status != 200:
                    self.assertEqual(stream.status, 403)
                    continue
                other.say(other.chat_id, "a secret")
                mine.say(mine.chat_id, "mine too")
                stream.wait_said("mine too")
                said = {row["content"] for frame in stream.frames for row in frame.items}
                self.assertEqual(said, {"mine", "mine too"})
            mine = self.visitor("mine")

    def test_a_bound_is_read_in_each_form_that_clients_send(self):
        """A-47: Z, naive (UTC), +00:00 with its plus as a space, garbage, nothing."""
        for form, expected in (("{}Z", ["second"]), ("{}", ["second"]), ("{} 00:00", ["second"]),
                               ("{}+00:00", ["second"]), ("garbage", ["first", "second"]),
                               ("", ["first", "second"]), (None, ["first", "second"])):
            for name, path in (("timeRangeBegin", "/sse/get-new-messages"),
                               ("lastRead", "/sse/cs-get-new-messages")):
                user = self.visitor("first")  # whom no gateway has handed anything yet
                begin = user.ok("/get-messages-by-chat-id")[0]["updated"].split("+")[0]
                user.say(user.chat_id, "second")
                query = {"chatId": user.chat_id, name: form and form.format(begin)}
                client = user if name == "timeRangeBegin" else self.mary
                with self.subTest(path=path, form=form), client.stream(path, **query) as stream:
                    self.assertEqual([row["content"] for row in stream.first().items], expected)

    # ---- waiting time and health ----

    def waiting(self, chat_id=None, method="GET", body=None):
        path = "/estimated-waiting-time" + (f"?chatId={chat_id}" if chat_id else "")
        value = self.response(self.instance.client(), path, body, method)
        self.assertTrue(all(isinstance(text, str) for text in value.values()))
        return value["positionInUnassignedChats"]

    def test_places_in_the_queue_have_no_gaps(self):
        """A-50: without a chat, unknown, assigned or ended: 0; else from 1, by
        GET and POST, from the query and the body."""
        self.mary.ok("/cs-set-customer-support-activity", {"customerSupportStatus": "online"})
        for chat in self.mary.ok("/cs-get-all-active-chats"):
            self.mary.ok("/cs-end-chat", {"chatId": chat["id"], "event": "answered"})
        users = [self.visitor() for _ in range(4)]
        stream = users[-1].stream("/events/estimated-waiting-time", chatId=users[-1].chat_id)
        self.addCleanup(stream.close)

        def await_last_at(position):
            stream.wait(lambda frame: frame.json["response"]["positionInUnassignedChats"] ==
                        str(position), f"position {position}")

        await_last_at(4)
        self.assertEqual([self.waiting(user.chat_id) for user in users], ["1", "2", "3", "4"])
        self.mary.ok("/cs-claim-chat", {"id": users[1].chat_id})
        await_last_at(3)
        self.mary.ok("/cs-end-chat", {"chatId": users[0].chat_id, "event": "answered"})
        await_last_at(2)
        self.assertEqual([self.waiting(user.chat_id) for user in users], ["0", "0", "1", "2"])
        self.assertEqual(self.waiting(), "0")
        self.assertEqual(self.waiting("00000000-0000-4000-8000-000000000000"), "0")
        self.assertEqual(self.waiting(users[3].chat_id, "POST"), "2")
        self.assertEqual(self.waiting(method="POST", body={"chatId": users[3].chat_id}), "2")

    def test_the_components_are_told_to_anyone(self):
        """A-60, A-61: names, order and shape; GET and POST; no cookie."""
        for method in ("GET", "POST"):
            answer = self.instance.client().request(method, "/cs-get-components-healthz-status")
            value = answer.json["data"]["set_healthz_response"]["data"]
            self.assertEqual([part["name"] for part in value], COMPONENTS)
            self.assertTrue(all(part["version"] for part in value))
            for path in ("/healthz", "/healthz/chat"):
                answer = self.instance.client().request(method, path)
                self.assertEqual(answer.status, 200)
                self.assertEqual(list(answer.json), ["appName", "version", "packagingTime",
                                                     "appStartTime", "serverTime"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
