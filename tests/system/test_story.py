#!/usr/bin/env python3
"""The whole story of one chat over the front door, on each store and with
one gateway and three; every sample of the list of events that belongs to it
is compared field by field.

With KRATT_TEST_URL (and KRATT_TEST_ADMIN_LOGIN, KRATT_TEST_ADMIN_PASSWORD) it
is told to the instance that runs there, once.
"""

import os
import unittest
from contextlib import ExitStack

import seed
from kratt import Instance, instant, now

ADMIN, FIRST, SECOND = "EE123AdminId", "EE123Csa1Id", "EE123Csa2Id"

CHAT_KEYS = """id customerSupportId customerSupportDisplayName endUserId endUserFirstName
    endUserLastName externalId forwardTo forwardToName receivedFrom receivedFromName status
    endUserEmail endUserPhone endUserOs endUserUrl lastMessage created updated ended
    csaTitle""".split()

ROW_KEYS = """id customerSupportId customerSupportDisplayName csaTitle endUserId endUserFirstName
    endUserLastName status created updated ended endUserEmail endUserPhone endUserOs endUserUrl
    externalId forwardedTo forwardedToName receivedFrom receivedFromName lastMessage
    contactsMessage lastMessageTimestamp lastMessageEvent event""".split()

TO_AGENT = "Tere! Kas \u00f5un on siin? \U0001f34e\U0001f642 \"jutum\u00e4rgid\" {\"a\":1}"
TO_USER = "J\u00f5udis kohale \U0001f44d\n<b>&amp;</b>"


class Both:
    """One stream by both doors: what the one shows, the other has to show."""

    def __init__(self, stack, client, name, **query):
        self.sse = stack.enter_context(client.stream("/sse/" + name, **query))
        self.events = stack.enter_context(client.stream("/events/" + name, **query))

    def wait_item(self, matches, what):
        """Returns the row as the native door shows it."""
        self.sse.wait_item(matches, what)
        return self.events.wait_item(matches, what)

    def wait_said(self, content):
        return self.wait_item(lambda row: row.get("content") == content, f"content {content!r}")

    def wait_event(self, event):
        return self.wait_item(lambda row: row.get("event") == event, f"event {event}")


class Story:
    gateways, postgres = 1, False

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=cls.gateways, postgres=cls.postgres)
        cls.addClassCleanup(cls.instance.stop)
        cls.admin = cls.instance.agent(ADMIN, "someAdmin", ["ROLE_ADMINISTRATOR"])
        cls.first = cls.instance.agent(FIRST, "someCsaAgent")
        cls.second = cls.instance.agent(SECOND, "otherCsaAgent")

    def setUp(self):
        self.stack = ExitStack()
        self.addCleanup(self.stack.close)
        self.user = self.instance.client()

    def both(self, client, name, **query):
        return Both(self.stack, client, name, **query)

    def test_a_chat_lives_and_every_step_reaches_the_right_browsers(self):
        self.active = self.both(self.first, "cs-get-all-active-chats")
        self.open_chat()
        self.wait_in_the_queue()
        self.claim()
        self.talk()
        self.read()
        self.redirect()
        self.end_by_agent()
        self.compare_the_list()

    def open_chat(self):
        chat = self.user.open_chat("hello")
        self.assertEqual(list(chat), CHAT_KEYS)
        self.assertEqual((chat["status"], chat["customerSupportId"]), ("OPEN", ""))
        self.id = chat["id"]
        row = self.active.wait_item(lambda row: row.get("id") == self.id, "the new chat")
        self.assertEqual(list(row), ROW_KEYS)
        self.assertEqual((row["customerSupportId"], row["lastMessage"]), ("", "hello"))
        self.chat = self.both(self.user, "get-chat-by-id", id=self.id)
        self.messages = self.both(self.user, "get-new-messages", chatId=self.id,
                                  timeRangeBegin=now())
        first = self.chat.sse.first()
        self.assertTrue(first.raw[0].startswith('data:{"headers":{},"body":{"data":{'), first.raw)
        self.assertEqual(len(first.raw), 1)
        self.assertTrue(first.data.endswith('},"error":null},"statusCode":"OK",'
                                            '"statusCodeValue":200}'), first)
        self.assertEqual(list(self.chat.events.first().value), CHAT_KEYS)

    def wait_in_the_queue(self):
        """The position and, a place being one mean wait, the duration."""
        self.waiting = self.both(self.user, "estimated-waiting-time", chatId=self.id)
        shown = self.waiting.events.wait(
            lambda frame: frame.json["response"]["positionInUnassignedChats"] != "0", "a place")
        self.placed = self.waiting.events.frames.index(shown)
        general = self.user.get("/estimated-waiting-time").json
        mean = general["response"]["durationInSeconds"]
        self.assertRegex(mean, r"^\d+$")
        seed.compare(seed.WAITING, general, durationInSeconds=mean)
        for answer in (self.user.get("/estimated-waiting-time", chatId=self.id),
                       self.user.post("/estimated-waiting-time?chatId=" + self.id),
                       self.user.post("/estimated-waiting-time", {"chatId": self.id})):
            place = answer.json["response"]["positionInUnassignedChats"]
            self.assertGreaterEqual(int(place), 1)
            seed.compare(seed.WAITING_OF_A_CHAT, answer.json, positionInUnassignedChats=place,
                         durationInSeconds=str(int(place) * int(mean)))
        seed.compare(seed.WAITING_OF_A_CHAT, shown.json,
                     **{key: shown.json["response"][key] for key in shown.json["response"]})
        self.assertEqual(list(self.waiting.sse.first().json["body"]), ["response"])

    def claim(self):
        chat = self.first.ok("/cs-claim-chat", {
            "id": self.id, "customerSupportId": FIRST,
            "customerSupportDisplayName": "someCsaAgent"})
        self.assertEqual(list(chat), CHAT_KEYS)
        self.assertEqual(chat["customerSupportId"], FIRST)
        for stream in (self.chat, self.active):
            row = stream.wait_item(
                lambda row: row.get("id") == self.id and row["customerSupportId"] == FIRST,
                "the agent")
            self.assertEqual(row["customerSupportDisplayName"], "someCsaAgent")
        self.waiting.events.wait(
            lambda frame: frame.json["response"]["positionInUnassignedChats"] == "0", "no place",
            start=self.placed)

    def talk(self):
        self.agents = self.both(self.first, "cs-get-new-messages", chatId=self.id, lastRead="")
        self.agents.wait_said("hello")
        said = self.user.say(self.id, TO_AGENT)
        row = self.agents.wait_said(TO_AGENT)
        self.assertEqual(row["authorRole"], "end-user")
        self.assertEqual(instant(row["authorTimestamp"]), instant(said))
        self.messages.wait_said(TO_AGENT)
        said = self.first.answer(self.id, TO_USER)
        row = self.messages.wait_said(TO_USER)
        seed.compare_new_message(seed.READ_ROW, row, content=TO_USER, event="", authorId=FIRST,
                                 authorRole="backoffice-user")
        self.assertEqual(instant(row["authorTimestamp"]), instant(said))
        self.agents.wait_said(TO_USER)
        self.active.wait_item(
            lambda row: row.get("id") == self.id and row["lastMessage"] == TO_USER,
            "the last message")

    def read(self):
        """Content stays what it was: a receipt is no last message."""
        self.user.ok("/post-message", {**seed.READ_REQUEST, "chatId": self.id})
        row = self.agents.wait_event("message-read")
        seed.compare_new_message(seed.READ_ROW, row)
        self.assertEqual(instant(row["authorTimestamp"]),
                         instant(seed.READ_REQUEST["authorTimestamp"]))
        row = self.active.wait_item(
            lambda row: row.get("id") == self.id and row["lastMessageEvent"] == "message-read",
            "the receipt")
        self.assertEqual((row["lastMessage"], row["event"]), (TO_USER, "message-read"))

    def redirect(self):
        """The new owner is customerSupportId (contract X-12)."""
        chat = self.admin.ok("/cs-redirect-chat", {
            **seed.REDIRECT_REQUEST, "id": self.id, "customerSupportId": SECOND,
            "customerSupportDisplayName": "otherCsaAgent"})
        self.assertEqual((chat["customerSupportId"], chat["status"]), (SECOND, "OPEN"))
        forwarded = {"forwardedByUser": ADMIN, "forwardedFromCsa": FIRST,
                     "forwardedToCsa": SECOND}
        for stream in (self.messages, self.agents):
            row = stream.wait_event("redirected")
            seed.compare_new_message(seed.READ_ROW, row, event="redirected",
                                     authorRole="buerokratt", **forwarded)
        row = self.chat.wait_item(lambda chat: chat.get("customerSupportId") == SECOND,
                                  "the second agent")
        self.assertEqual(row["customerSupportDisplayName"], "otherCsaAgent")
        row = self.active.wait_item(
            lambda row: row.get("id") == self.id and row["customerSupportId"] == SECOND
            and row["lastMessageEvent"] == "redirected", "the redirection")
        self.assertEqual(row["event"], "redirected")
        rows = self.second.get("/cs-get-messages-by-chat-id", chatId=self.id).json
        self.assertEqual(list(rows), ["data", "error"])
        self.assertEqual(list(rows["data"]), ["cs_get_messages_by_chat_id"])
        row = next(row for row in rows["data"]["cs_get_messages_by_chat_id"]
                   if row["event"] == "redirected")
        seed.compare(seed.MESSAGE_ROW, row, content="", event="redirected",
                     authorRole="buerokratt", **forwarded)

    def end_by_agent(self):
        chat = self.second.ok("/cs-end-chat", {**seed.CS_END_REQUEST, "chatId": self.id})
        self.assertEqual((chat["id"], chat["status"]), (self.id, "ENDED"))
        self.chat.wait_item(lambda chat: chat.get("status") == "ENDED", "the end")
        row = self.messages.wait_event("ACCEPTED")
        self.assertEqual((row["authorId"], row["authorRole"], row["content"]),
                         (SECOND, "backoffice-user", ""))
        self.assertEqual(instant(row["authorTimestamp"]),
                         instant(seed.CS_END_REQUEST["authorTimestamp"]))
        self.active.events.wait_item(lambda row: row.get("id") == self.id and row["ended"],
                                     "that the chat left")
        seen = len(self.active.sse.frames) - 1
        self.active.sse.wait(lambda frame: all(row["id"] != self.id for row in frame.value),
                             "a list without it", start=seen)
        answer = self.second.post("/cs-post-message", {
            "chatId": self.id, "content": "too late", "authorTimestamp": now()})
        self.assertEqual(answer.status, 409, answer)

    def compare_the_list(self):
        """GET with the id in the query or the path, POST with a body: the
        same rows of the sample's shape."""
        rows = self.second.get("/cs-get-messages-by-chat-id", chatId=self.id).value
        self.assertEqual(rows, self.second.get("/cs-get-messages-by-chat-id/" + self.id).value)
        self.assertEqual(rows, self.second.ok("/cs-get-messages-by-chat-id", {"chatId": self.id}))
        self.assertEqual(
            [(row["content"], row["event"], row["authorRole"]) for row in rows],
            [("hello", "", "end-user"), (TO_AGENT, "", "end-user"),
             (TO_USER, "", "backoffice-user"), ("", "message-read", "end-user"),
             ("", "redirected", "buerokratt"), ("", "ACCEPTED", "backoffice-user")])
        for row in rows:
            own = {key: row[key] for key in ("content", "event", "authorId", "authorRole")}
            forwarded = {key: row[key] for key in row if key.startswith("forwarded")}
            if row["event"] != "redirected":
                self.assertEqual(set(forwarded.values()), {""})
            seed.compare(seed.MESSAGE_ROW, row, **own, **forwarded)
            self.assertEqual(row["authorLastName"], "")
        self.assertEqual(len({row["id"] for row in rows}), len(rows))
        self.assertEqual(sorted(row["updated"] for row in rows),
                         [row["updated"] for row in rows])

    def test_an_end_user_ends_its_chat(self):
        active = self.both(self.first, "cs-get-all-active-chats")
        chat_id = self.user.open_chat()["id"]
        active.wait_item(lambda row: row.get("id") == chat_id, "the new chat")
        messages = self.both(self.first, "cs-get-new-messages", chatId=chat_id, lastRead="")
        chat = self.both(self.user, "get-chat-by-id", id=chat_id)
        self.user.ok("/end-chat", {**seed.END_REQUEST, "chatId": chat_id})
        row = messages.wait_event("client-left")
        seed.compare_new_message(seed.READ_ROW, row, event="client-left")
        self.assertEqual(instant(row["authorTimestamp"]),
                         instant(seed.END_REQUEST["authorTimestamp"]))
        active.events.wait_item(lambda row: row.get("id") == chat_id and row["ended"],
                                "that the chat left")
        chat.wait_item(lambda chat: chat.get("status") == "ENDED", "the end")
        answer = self.user.post("/post-message", {"chatId": chat_id, "content": "too late",
                                                  "authorTimestamp": now()})
        self.assertIn(answer.status, (401, 409), answer)

    def test_the_components_are_shown_to_anyone_in_the_shape_of_the_sample(self):
        anyone = self.instance.client()
        stream = self.both(anyone, "cs-get-components-healthz-status")
        healthy = stream.events.wait(
            lambda frame: all(c["version"] for c in
                              frame.json["data"]["set_healthz_response"]["data"]),
            "all components up").json
        version = healthy["data"]["set_healthz_response"]["data"][0]["version"]
        for answer in (healthy, anyone.get("/cs-get-components-healthz-status").json,
                       anyone.post("/cs-get-components-healthz-status").json,
                       stream.sse.first().json["body"]):
            seed.compare(seed.HEALTH, answer, version=version)
        for path in ("/healthz", "/healthz/chat"):
            for method in ("GET", "POST"):
                answer = anyone.request(method, path)
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(list(answer.json), ["appName", "version", "packagingTime",
                                                     "appStartTime", "serverTime"])


if os.environ.get("KRATT_TEST_URL"):

    class Running(Story, unittest.TestCase):
        pass

else:

    class SqliteOneGateway(Story, unittest.TestCase):
        pass

    class SqliteThreeGateways(Story, unittest.TestCase):
        gateways = 3

    class PostgresOneGateway(Story, unittest.TestCase):
        postgres = True

    class PostgresThreeGateways(Story, unittest.TestCase):
        gateways, postgres = 3, True


if __name__ == "__main__":
    unittest.main(verbosity=2)
