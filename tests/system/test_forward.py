#!/usr/bin/env python3
"""Two Kratts forward chats to each other, as the widget and the agents' program
have them do: the request, the answer, the journey, and what the end user is
told from then on."""

import json
import secrets
import shutil
import socket
import tempfile
import threading
import unittest
import uuid
from pathlib import Path

import database
from endpoint import JOHN, MARY, Endpoint
from forge import claims_of
from kratt import PATIENCE, UUID, Instance, now

KEY, STRANGERS_KEY = secrets.token_hex(32), secrets.token_hex(16)
NOBODY = str(uuid.uuid4())


class Relay:
    """Stands where an institution is called, and is that institution, unless it
    is away, or its answers get lost on the way."""

    def __init__(self):
        self.target, self.loses, self.heard, self.ends = None, False, [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.threads = [threading.Thread(target=self._serve)]
        self.threads[0].start()

    def lead_to(self, where):
        """Another institution from now on; None: nobody. Connections that are
        kept end."""
        self.target = where
        for end in self.ends:
            self._shut(end)

    def _serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.ends.append(near)
            if not self.target:
                self._shut(near)
                continue
            far = socket.create_connection(self.target, PATIENCE)
            self.ends.append(far)
            for ends in ((near, far, False), (far, near, True)):
                self.threads.append(threading.Thread(target=self._pass, args=ends))
                self.threads[-1].start()

    def _pass(self, one, other, is_answer):
        try:
            while data := one.recv(65536):
                if not is_answer:
                    self.heard.append(data)
                if is_answer and self.loses:
                    break
                other.sendall(data)
        except OSError:
            pass
        self._shut(one)
        self._shut(other)

    @staticmethod
    def _shut(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        self._shut(self.listener)
        self.threads[0].join()
        self.lead_to(None)
        for thread in self.threads:
            thread.join()
        for end in [self.listener, *self.ends]:
            end.close()


def target(instance):
    host, port = instance.url.removeprefix("http://").split(":")
    return host, int(port)


class Forward(Endpoint):
    """instance is called Siin, and there is another one, called Seal."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="kratt-establishments-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.here_relay, cls.there_relay = Relay(), Relay()
        cls.addClassCleanup(cls.here_relay.close)
        cls.addClassCleanup(cls.there_relay.close)
        cls.environment = cls.knowing("siin", {"name": "Seal", "url": cls.there_relay.url,
                                               "key": KEY})
        super().setUpClass()
        cls.there = Instance.for_test(**cls.knowing(
            "seal", {"name": "Siin", "url": cls.here_relay.url, "key": KEY, "address": "127.0.0.1"},
            {"name": "Mujal", "url": "https://mujal.example.ee", "key": STRANGERS_KEY,
             "address": "192.0.2.7"}))
        cls.addClassCleanup(cls.there.stop)
        cls.here_relay.target, cls.there_relay.target = target(cls.instance), target(cls.there)
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.analyst = cls.instance.agent("EE38001085799", "Ann", ["ROLE_ANALYST"])
        cls.john = cls.there.agent(JOHN, "John")

    @classmethod
    def knowing(cls, name, *establishments):
        path = cls.folder / f"{name}.json"
        path.write_text(json.dumps(establishments))
        return {"KRATT_ESTABLISHMENTS": str(path)}

    def tearDown(self):
        if self.there_relay.target != target(self.there):
            self.there_relay.lead_to(target(self.there))
        self.there_relay.loses = False

    # ---- what people do ----

    def messages(self, agent, chat_id):
        return agent.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})

    def requested(self, agent=None, institution="Seal", visitor=None):
        """A visitor who has been asked; chosen: what is to go along."""
        agent = agent or self.mary
        visitor = visitor or self.visitor("Tere!")
        agent.ok("/cs-claim-chat", {"id": visitor.chat_id})
        agent.answer(visitor.chat_id, "Kuidas saan aidata?")
        visitor.say(visitor.chat_id, "Mul on mure.")
        agent.answer(visitor.chat_id, "See jääb siia.")
        rows = self.messages(agent, visitor.chat_id)
        visitor.chosen = [row["id"] for row in rows if row["content"] != "See jääb siia."]
        agent.ok("/cs-post-redirect-request-message", self.request(visitor, institution))
        visitor.question = visitor.ok("/get-messages-by-chat-id", {"id": visitor.chat_id})[-1]
        return visitor

    def request(self, visitor, institution="Seal"):
        return {"chatId": visitor.chat_id, "event": "requested-chat-forward",
                "authorTimestamp": now(), "content": {"selectedMessageIds": visitor.chosen,
                                                      "institution": institution}}

    def answer(self, visitor, accepted):
        """As the widget does: the whole message, with another event and time."""
        visitor.ok("/post-message-with-new-event", {
            **visitor.question, "authorTimestamp": now(), "authorRole": "end-user",
            "event": "requested-chat-forward-" + ("accepted" if accepted else "rejected")})

    def forward(self, visitor):
        rows = self.data(visitor, "/origin-forward", None, "get-chat-by-id")
        self.assertEqual(len(rows), 1)
        return rows[0]

    def active(self, agent):
        return {row["id"]: row for row in agent.ok("/cs-get-all-active-chats")}

    def row(self, agent, chat_id):
        return self.active(agent)[chat_id]

    # ---- the story ----

    def test_a_chat_goes_to_another_institution_and_lives_on_there(self):
        """P-26, P-27, P-08, C-15: requested, accepted, sent; the end user's calls are answered
        there from then on."""
        visitor = self.requested()
        self.assertEqual(visitor.question["event"], "requested-chat-forward")
        self.assertEqual(json.loads(visitor.question["content"]), visitor.chosen)
        row = self.row(self.mary, visitor.chat_id)
        self.assertEqual([row["forwardedTo"], row["forwardedToName"]],
                         [self.there_relay.url, "Seal"])
        self.answer(visitor, True)
        before = set(self.active(self.john))
        chat = self.forward(visitor)

        # Here it has ended.
        self.assertEqual([chat["id"], chat["status"]], [visitor.chat_id, "REDIRECTED"])
        self.assertTrue(chat["ended"])
        self.assertRegex(chat["externalId"], UUID)
        self.assertNotIn(visitor.chat_id, self.active(self.mary))
        events = [row["event"] for row in self.messages(self.mary, visitor.chat_id)]
        self.assertEqual(events[-1], "requested-chat-forward-accepted")
        claims = claims_of(visitor.cookies["chatJwt"])
        self.assertEqual([claims["chatId"], claims["forwardTo"]],
                         [visitor.chat_id, self.there_relay.url])
        claims = claims_of(visitor.cookies["redirectJwt"])
        self.assertEqual([claims["chatId"], claims["originChatId"], claims["receivedFrom"]],
                         [chat["externalId"], visitor.chat_id, self.here_relay.url])

        # There it is new.
        self.assertEqual(set(self.active(self.john)) - before, {chat["externalId"]})
        row = self.row(self.john, chat["externalId"])
        self.assertEqual([row["externalId"], row["receivedFrom"], row["receivedFromName"]],
                         [visitor.chat_id, self.here_relay.url, "Siin"])
        self.assertEqual([row["status"], row["customerSupportId"], row["endUserOs"],
                          row["endUserUrl"], row["lastMessage"]],
                         ["OPEN", "", "Linux", "https://www.example.ee/", "Mul on mure."])
        copied = self.messages(self.john, chat["externalId"])
        told = ("content", "event", "authorId", "authorTimestamp", "authorRole", "authorFirstName")
        original = {row["id"]: row for row in self.messages(self.mary, visitor.chat_id)}
        self.assertEqual([[row[name] for name in told] for row in copied],
                         [[original[id][name] for name in told] for id in visitor.chosen])
        self.live_on(visitor, chat["externalId"])

    def live_on(self, visitor, there_id):
        """The widget takes the id there for that of the chat."""
        got = self.data(visitor, "/get-chat-by-id", {"id": there_id}, "forwarding_validation")
        self.assertEqual([got["id"], got["status"], got["customerSupportId"]],
                         [there_id, "OPEN", ""])
        self.john.ok("/cs-claim-chat", {"id": there_id, "customerSupportId": JOHN,
                                        "customerSupportDisplayName": "John"})
        moment = now()
        self.data(visitor, "/post-message", {
            "chatId": there_id, "content": "Kas keegi on?", "authorTimestamp": moment,
            "authorRole": "end-user"}, "forwarding_validation")
        self.john.answer(there_id, "Olen siin.")
        rows = self.data(visitor, "/get-messages-by-chat-id", {"id": there_id},
                         "forwarding_validation")
        self.assertEqual([row["content"] for row in rows],
                         ["Tere!", "Kuidas saan aidata?", "Mul on mure.", "Kas keegi on?",
                          "Olen siin."])
        for method, path, body in (
                ("POST", "/get-new-messages", {"timeRangeBegin": rows[-2]["updated"]}),
                ("GET", "/get-new-messages?timeRangeBegin="
                 + rows[-2]["updated"].replace("+", "%2B"), None)):
            new = self.data(visitor, path, body, "forwarding_validation", method)
            self.assertEqual([row["content"] for row in new], ["Olen siin."])
        self.assertEqual(
            [row["content"] for row in self.response(visitor, "/backoffice/chats/messages/all")],
            [row["content"] for row in rows])
        self.data(visitor, "/post-message-with-rating", {**new[-1], "rating": "liked"},
                  "forwarding_validation")
        self.john.ok("/cs-post-event-message", {"chatId": there_id, "event": "ask-permission",
                                                "authorTimestamp": now()})
        question = visitor.ok("/get-messages-by-chat-id", {"id": there_id})[-1]
        self.data(visitor, "/post-message-with-new-event", {
            **question, "event": "ask-permission-accepted", "authorTimestamp": now()},
            "forwarding_validation")
        self.assertEqual(self.messages(self.john, there_id)[-1]["event"], "ask-permission-accepted")
        self.refused_there(visitor, "/post-message", {"content": "x" * 3001}, 422,
                           "value_out_of_limits")
        self.data(visitor, "/end-chat", {"chatId": there_id, "event": "client-left",
                                         "authorTimestamp": now(), "authorRole": "end-user"},
                  "forwarding_validation")
        self.assertNotIn(there_id, self.active(self.john))
        self.data(visitor, "/post-chat-feedback-rating", {"chatId": there_id, "feedbackRating": 9},
                  "forwarding_validation")
        self.data(visitor, "/post-chat-feedback-text", {"chatId": there_id, "feedbackText": "Hea"},
                  "forwarding_validation")

    def test_the_streams_go_on_there(self):
        """P-26, S-01, S-02: the widget opens its streams again, with the id that it was told, and
        hears the institution that has the chat."""
        visitor = self.requested()
        with visitor.stream("/sse/get-chat-by-id", id=visitor.chat_id) as stream:
            chat = self.forward(visitor)
            told = stream.wait_item(lambda row: row["status"] == "REDIRECTED", "REDIRECTED")
            self.assertEqual(told["externalId"], chat["externalId"])
        there_id = chat["externalId"]
        doors = {door: [visitor.stream(f"/{door}/get-new-messages", chatId=there_id,
                                       timeRangeBegin=now()),
                        visitor.stream(f"/{door}/get-chat-by-id", id=there_id)]
                 for door in ("sse", "events")}
        for stream in sum(doors.values(), []):
            self.addCleanup(stream.close)
            self.assertEqual(stream.status, 200)
        for _, chats in doors.values():
            chats.wait_item(lambda row: row["id"] == there_id and row["status"] == "OPEN", "OPEN")
        self.john.ok("/cs-claim-chat", {"id": there_id})
        self.john.answer(there_id, "Siin John.")
        self.john.ok("/cs-end-chat", {"chatId": there_id, "event": "answered",
                                      "authorTimestamp": now()})
        for messages, chats in doors.values():
            chats.wait_item(lambda row: row["customerSupportId"] == JOHN, "the agent")
            messages.wait_said("Siin John.")
            chats.wait_item(lambda row: row["status"] == "ENDED", "ENDED")
        self.there_relay.lead_to(None)
        stream = visitor.stream("/sse/get-chat-by-id", id=there_id)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 502)

    def refused_there(self, visitor, path, body, status, code):
        answer = visitor.post(path, body)
        self.assertEqual((answer.status, answer.json["error"]["code"]), (status, code), answer)

    def test_the_other_way_round_as_well(self):
        """P-26, P-27."""
        client = self.there.client()
        client.chat_id = client.open_chat("Tere sealt!")["id"]
        visitor = self.requested(self.john, "Siin", client)
        self.answer(visitor, True)
        chat = self.forward(visitor)
        row = self.row(self.mary, chat["externalId"])
        self.assertEqual([row["externalId"], row["receivedFromName"]], [visitor.chat_id, "Seal"])
        visitor.chosen = [row["id"] for row in self.messages(self.mary, chat["externalId"])]
        visitor.chat_id = chat["externalId"]
        self.refused(self.mary, "/cs-post-redirect-request-message", self.request(visitor),
                     (409, "chat_was_received"))
        self.refused(self.mary, "/cs-chat-add-forwarding-value",
                     {"chatId": visitor.chat_id, "establishmentName": "Seal"},
                     (409, "chat_was_received"))

    def test_the_widget_need_not_wait_for_its_own_yes(self):
        """P-26: it sends its answer and the order at the same time."""
        visitor = self.requested()
        chat = self.forward(visitor)
        self.assertEqual(chat["status"], "REDIRECTED")
        row = self.messages(self.mary, visitor.chat_id)[-1]
        self.assertEqual([row["id"], row["event"], row["content"], row["authorRole"]],
                         [visitor.question["id"], "requested-chat-forward-accepted", "",
                          "end-user"])

    def test_a_chat_that_is_not_to_go_stays(self):
        """P-25, P-08."""
        visitor = self.requested()
        self.answer(visitor, False)
        self.assertEqual(self.data(visitor, "/remove-chat-forwarding-value", None, "insert_chat"),
                         [])
        row = self.row(self.mary, visitor.chat_id)
        self.assertEqual([row["forwardedTo"], row["forwardedToName"], row["status"]],
                         ["", "", "OPEN"])
        counts = database.counts(self.instance)
        self.assertEqual(self.response(visitor, "/backoffice/chats/forwards/remove", None, "POST"),
                         [])
        self.assertEqual(database.counts(self.instance), counts)
        self.refused(visitor, "/origin-forward", None, (409, "nowhere_to_forward"))
        self.refused(self.instance.client(), "/remove-chat-forwarding-value", None,
                     (401, "not_authenticated"))
        visitor.ok("/end-chat", {"chatId": visitor.chat_id})
        self.refused(visitor, "/remove-chat-forwarding-value", None, (401, "token_revoked"))

    # ---- the agents' endpoints ----

    def test_the_institutions_are_told_by_name(self):
        """C-08"""
        for method in ("GET", "POST"):
            self.assertEqual(self.data(self.mary, "/cs-get-all-establishments", None, "format_data",
                                       method), {"establishments": ["Seal"]})
        self.assertEqual(self.response(self.john, "/backoffice/chats/establishments"),
                         {"establishments": ["Siin", "Mujal"]})
        self.refused_all("/cs-get-all-establishments", None, [
            (self.instance.client(), (401, "not_authenticated")),
            (self.analyst, (403, "role_not_allowed"))])

    def test_an_agent_says_where_a_chat_is_to_go(self):
        """C-09, D-8: the address and the name; feedback is blanked."""
        visitor = self.visitor()
        visitor.ok("/post-chat-feedback-rating", {"chatId": visitor.chat_id, "feedbackRating": 3})
        body = {"chatId": visitor.chat_id, "establishmentName": "Seal"}
        self.assertEqual(self.data(self.mary, "/cs-chat-add-forwarding-value", body, "insert_chat"),
                         [])
        chat = visitor.ok("/get-chat-by-id", {"id": visitor.chat_id})
        self.assertEqual([chat["forwardTo"], chat["forwardToName"]],
                         [self.there_relay.url, "Seal"])
        self.assertEqual(database.rows(
            self.instance, "SELECT feedback_rating FROM chat WHERE base_id = "
            f"'{visitor.chat_id}' ORDER BY id DESC LIMIT 1"), [[""]])
        self.refused(visitor, "/origin-forward", None, (409, "nothing_to_forward"))
        ended = self.visitor()
        ended.ok("/end-chat", {"chatId": ended.chat_id})
        for broken, expected in (
                ({"chatId": visitor.chat_id}, (400, "missing_field")),
                ({**body, "establishmentName": "Keegi"}, (404, "institution_not_found")),
                ({**body, "establishmentName": self.there_relay.url}, (404, "institution_not_found")),
                ({**body, "chatId": NOBODY}, (404, "chat_not_found")),
                ({**body, "chatId": ended.chat_id}, (409, "chat_has_ended"))):
            self.refused(self.mary, "/cs-chat-add-forwarding-value", broken, expected)
        self.refused_all("/cs-chat-add-forwarding-value", body, [
            (visitor, (401, "not_authenticated")), (self.analyst, (403, "role_not_allowed"))])

    def test_a_request_is_one_decision(self):
        """C-15: the message and where the chat is to go, or neither."""
        visitor = self.visitor()
        visitor.chosen = [row["id"] for row in self.messages(self.mary, visitor.chat_id)]
        for institution, expected in (("Seal", {"data": {"insert_chat": []}, "error": None}),
                                      (None, None)):
            self.assertEqual(self.data(self.mary, "/cs-post-redirect-request-message",
                                       self.request(visitor, institution), "post_chat"), expected)
            self.assertEqual(self.row(self.mary, visitor.chat_id)["forwardedToName"], "Seal")
        self.refused(self.mary, "/cs-post-redirect-request-message",
                     self.request(visitor, "Keegi"), (404, "institution_not_found"))
        self.refused_all("/cs-post-redirect-request-message", self.request(visitor), [
            (visitor, (401, "not_authenticated")), (self.analyst, (403, "role_not_allowed"))])
        visitor.ok("/end-chat", {"chatId": visitor.chat_id})
        self.refused(self.mary, "/cs-post-redirect-request-message", self.request(visitor),
                     (409, "chat_has_ended"))

    # ---- when something is in the way ----

    def test_a_destination_that_is_away_leaves_the_chat_as_it_is(self):
        """P-26: 503, and another try succeeds."""
        visitor = self.requested()
        self.there_relay.lead_to(None)
        cookies = dict(visitor.cookies)
        self.refused(visitor, "/origin-forward", None, (503, "institution_unavailable"))
        self.assertEqual(visitor.cookies, cookies)
        self.assertEqual(self.row(self.mary, visitor.chat_id)["status"], "OPEN")
        visitor.say(visitor.chat_id, "Olen veel siin.")
        self.there_relay.lead_to(target(self.there))
        self.assertEqual(self.forward(visitor)["status"], "REDIRECTED")
        self.there_relay.lead_to(None)
        self.refused(visitor, "/get-chat-by-id", {"id": visitor.chat_id},
                     (503, "institution_unavailable"))

    def test_a_destination_that_refuses_leaves_the_chat_as_it_is(self):
        """P-26: 502."""
        visitor = self.requested()
        host, port = self.there.address("rest-ingress", "KRATT_MONITOR").split(":")
        self.there_relay.lead_to((host, int(port)))  # which takes no chats
        self.refused(visitor, "/origin-forward", None, (502, "institution_refused"))

    def test_an_answer_that_is_lost_makes_no_second_chat(self):
        """P-26, P-27: the way there, and the way back to the widget."""
        visitor = self.requested()
        before = set(self.active(self.john))
        self.there_relay.loses = True
        self.refused(visitor, "/origin-forward", None, (503, "institution_unavailable"))
        self.there_relay.loses = False
        self.assertEqual(len(set(self.active(self.john)) - before), 1)
        cookies = dict(visitor.cookies)
        chat = self.forward(visitor)
        counts = database.counts(self.instance), database.counts(self.there)
        new = dict(visitor.cookies)
        for again in (cookies, new):
            visitor.cookies = dict(again)
            self.assertEqual(self.forward(visitor), chat)
            self.assertEqual(claims_of(visitor.cookies["chatJwt"])["jti"],
                             claims_of(new["chatJwt"])["jti"])
            self.assertEqual(visitor.ok("/get-chat-by-id", {"id": ""})["id"], chat["externalId"])
        self.assertEqual(set(self.active(self.john)) - before, {chat["externalId"]})
        self.assertEqual((database.counts(self.instance), database.counts(self.there)), counts)

    def test_many_orders_at_once_make_one_chat(self):
        """P-26."""
        visitor = self.requested()
        before = set(self.active(self.john))
        answers = []

        def order():
            client = self.instance.client()
            client.cookies = dict(visitor.cookies)
            answers.append(client.post("/origin-forward"))

        threads = [threading.Thread(target=order) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len({answer.value[0]["externalId"] for answer in answers}), 1)
        self.assertEqual(len(set(self.active(self.john)) - before), 1)

    def test_an_ended_chat_and_a_stranger_go_nowhere(self):
        """P-26."""
        visitor = self.requested()
        self.refused(self.instance.client(), "/origin-forward", None, (401, "not_authenticated"))
        self.mary.ok("/cs-end-chat", {"chatId": visitor.chat_id, "event": "answered"})
        self.refused(visitor, "/origin-forward", None, (409, "chat_has_ended"))
        self.refused(visitor, "/backoffice/chats/forwards/add", None, (409, "chat_has_ended"))

    # ---- who may send ----

    def shipment(self, **more):
        return {"originChatId": str(uuid.uuid4()), "endUserOs": "Linux",
                "endUserUrl": "https://www.example.ee/", "receivedFrom": "https://x.example.ee",
                "messages": [self.said()], **more}

    def said(self, **more):
        return {"id": str(uuid.uuid4()), "content": "Tere!", "event": "", "authorId": "",
                "authorTimestamp": now(), "authorRole": "end-user", **more}

    def send(self, body, key=KEY, scheme="Bearer "):
        return self.there.client().request("POST", "/destination-forward", body, {
            "Authorization": scheme + key} if key else None)

    def unsent(self, body, expected, *who):
        before = database.counts(self.there)
        answer = self.send(body, *who)
        self.assertEqual((answer.status, answer.json["error"]["code"]), expected, answer)
        self.assertEqual(database.counts(self.there), before)

    def test_only_an_institution_with_its_key_sends_chats(self):
        """P-27, contract 3.4: by key and address."""
        answer = self.send(self.shipment())
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(list(answer.json["data"]), ["format_forward_destination_response"])
        self.assertEqual(list(answer.value), ["generatedChatId", "redirectJwt"])
        row = self.row(self.john, answer.value["generatedChatId"])
        self.assertEqual(row["receivedFrom"], self.here_relay.url)  # whatever the body says
        for key in (None, "x", KEY[:-1], KEY + "0", "0" * len(KEY)):
            self.unsent(self.shipment(), (401, "not_authenticated"), key)
        self.unsent(self.shipment(), (401, "not_authenticated"), KEY, "Basic ")
        self.unsent(self.shipment(), (403, "address_not_allowed"), STRANGERS_KEY)

    def test_a_shipment_is_what_the_contract_says(self):
        """P-27."""
        body = self.shipment()
        for broken, expected in (
                ({**body, "originChatId": None}, (400, "missing_field")),
                ({**body, "originChatId": "1"}, (400, "invalid_field")),
                ({**body, "messages": None}, (400, "invalid_field")),
                ({**body, "messages": "x"}, (400, "invalid_field")),
                ({**body, "messages": ["x"]}, (400, "invalid_field")),
                ({**body, "messages": []}, (422, "value_out_of_limits")),
                ({**body, "messages": [self.said() for _ in range(101)]},
                 (422, "value_out_of_limits")),
                ({**body, "messages": [self.said(id="1")]}, (400, "invalid_field")),
                ({**body, "messages": [self.said()] + 2 * [self.said(id=NOBODY)]},
                 (422, "value_out_of_limits")),
                ({**body, "messages": [self.said(content="x" * 3001)]},
                 (422, "value_out_of_limits")),
                ({**body, "messages": [self.said(authorRole="king")]},
                 (422, "value_out_of_limits")),
                ({**body, "messages": [self.said(content="")]}, (422, "content_missing")),
                ({**body, "messages": [self.said(), self.said(event="answered")]},
                 (422, "unknown_event")),
                ({**body, "messages": [self.said(event="requested-chat-forward")]},
                 (422, "unknown_event"))):
            with self.subTest(expected=expected):
                self.unsent(broken, expected)

    # ---- whom the calls go to ----

    def test_nobody_else_is_called(self):
        """P-26: a token that names no establishment is asked nowhere, nor is one without the
        other cookie; and of the caller only redirectJwt goes there."""
        visitor = self.requested()
        self.forward(visitor)
        tokens = dict(visitor.cookies)
        del visitor.cookies["redirectJwt"]
        self.refused(visitor, "/get-chat-by-id", {}, (401, "not_authenticated"))
        visitor.cookies = {**tokens, "redirectJwt": "x" * 5000}
        self.refused(visitor, "/get-chat-by-id", {}, (401, "not_authenticated"))
        visitor.cookies = {**tokens, "redirectJwt": "a.b.c"}
        self.refused(visitor, "/get-chat-by-id", {}, (401, "not_authenticated"))
        visitor.cookies = tokens
        self.there_relay.heard.clear()
        self.assertEqual(visitor.ok("/get-chat-by-id", {"id": visitor.chat_id})["status"], "OPEN")
        heard = b"".join(self.there_relay.heard).decode()
        self.assertIn("chatJwt=" + tokens["redirectJwt"], heard)
        for secret in (tokens["chatJwt"], visitor.chat_id, KEY):
            self.assertNotIn(secret, heard)

    def test_keys_are_in_no_log(self):
        """C-08"""
        for instance in (self.instance, self.there):
            for path in (instance.dir / "log").glob("*.log"):
                self.assertNotIn(KEY, path.read_text(errors="replace"))


class Without(Endpoint):
    def test_without_establishments_no_chat_goes_anywhere(self):
        """C-08, C-09, P-27."""
        mary = self.instance.agent(MARY, "Mary")
        self.assertEqual(self.data(mary, "/cs-get-all-establishments", None, "format_data"),
                         {"establishments": []})
        visitor = self.visitor()
        self.refused(mary, "/cs-chat-add-forwarding-value",
                     {"chatId": visitor.chat_id, "establishmentName": "Seal"},
                     (404, "institution_not_found"))
        self.refused(visitor, "/origin-forward", None, (409, "nowhere_to_forward"))
        self.refused(self.instance.client(), "/destination-forward",
                     {"originChatId": NOBODY, "messages": []}, (401, "not_authenticated"))


if __name__ == "__main__":
    unittest.main()
