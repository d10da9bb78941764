#!/usr/bin/env python3
"""Messages beside plain text: events, answers to them, ratings, read receipts,
previews, greetings; each with what it is answered, what it leaves behind and
what it is refused for (P-05…P-09, P-11, P-16, C-12…C-15, A-14, A-15, A-18,
A-22, A-24, D-5).
"""

import unittest
import uuid

import database
from endpoint import JOHN, MARY, Endpoint
from kratt import TIME, instant, now

NOBODY = "00000000-0000-4000-8000-000000000000"


class Messages(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.analyst = cls.instance.agent(JOHN, "John", ("ROLE_ANALYST",))

    def setUp(self):
        self.visitors = []

    def tearDown(self):
        """A question that is left open writes something by itself, in time."""
        for visitor in self.visitors:
            self.mary.post("/cs-end-chat", {"chatId": visitor.chat_id, "event": "OTHER"})

    def visitor(self, content="Tere!"):
        self.visitors.append(super().visitor(content))
        return self.visitors[-1]

    def list(self, visitor):
        return self.data(visitor, "/get-messages-by-chat-id", key="forwarding_validation")

    def last(self, visitor):
        return self.list(visitor)[-1]

    def row(self, visitor, event):
        return next(row for row in self.list(visitor) if row["event"] == event)

    def active(self, visitor):
        rows = self.data(self.mary, "/cs-get-all-active-chats", key="get_all_active_chats")
        return next((row for row in rows if row["id"] == visitor.chat_id), None)

    def ask(self, visitor, event):
        """The agent's question; returns its row."""
        self.mary.ok("/cs-post-event-message", {"chatId": visitor.chat_id, "event": event,
                                                "authorTimestamp": now(), "authorId": MARY,
                                                "authorFirstName": "Mary",
                                                "authorRole": "backoffice-user"})
        return self.row(visitor, event)

    def ended(self, content="Tere!"):
        visitor = self.visitor(content)
        self.mary.ok("/cs-end-chat", {"chatId": visitor.chat_id, "event": "answered",
                                      "authorTimestamp": now()})
        return visitor

    # ---- the end user posts ----

    def test_a_post_goes_to_the_own_chat_alone_within_its_limits(self):
        """A-14, P-05, P-06: also by the name of today's clients."""
        visitor, other = self.visitor(), self.visitor()
        post = {"chatId": visitor.chat_id, "content": "õ" * 3000, "authorRole": "end-user"}
        self.assertEqual(
            self.data(visitor, "/post-message", {**post, "authorTimestamp": now()},
                      "forwarding_validation"),
            {"data": {"post_message_to_bot": None}, "error": None})
        self.assertEqual(self.last(visitor)["content"], "õ" * 3000)
        self.assertIsNone(self.data(visitor, "/post-message-locally",
                                    {"content": "kohalik", "authorTimestamp": now()},
                                    "post_message_to_bot"))
        self.assertEqual(self.last(visitor)["content"], "kohalik")
        self.assertEqual(
            self.response(visitor, "/backoffice/chats/messages/add",
                          {"content": "hiljem", "authorTimestamp": now()}, "POST"),
            "Message Sent Successfully")
        self.assertEqual(
            [row["content"] for row in
             self.response(visitor, "/backoffice/chats/messages/all", {}, "POST")][-2:],
            ["kohalik", "hiljem"])
        ended = self.ended()
        for path in ("/post-message", "/post-message-locally"):
            self.refused(visitor, path, {**post, "chatId": other.chat_id}, (403, "not_your_chat"))
            self.refused(visitor, path, {**post, "content": "x" * 3001},
                         (422, "value_out_of_limits"))
            self.refused(visitor, path, {**post, "content": " "}, (422, "content_missing"))
            self.refused(ended, path, {"content": "veel"}, (409, "chat_has_ended"))
            self.refused(self.mary, path, {"content": "veel"}, (401, "not_authenticated"))

    def test_a_read_receipt_is_stored_and_is_no_last_message(self):
        """A-15: with empty content and with the content of the later widget."""
        visitor = self.visitor("küsimus")
        for content in ("", "message-read"):
            with self.mary.stream("/sse/cs-get-new-messages", chatId=visitor.chat_id,
                                  lastRead="") as stream:
                moment = visitor.say(visitor.chat_id, content, event="message-read")
                row = stream.wait_item(
                    lambda row, at=moment: instant(row["authorTimestamp"]) == instant(at),
                    "the receipt")
            self.assertEqual((row["content"], row["event"], row["authorRole"]),
                             (content, "message-read", "end-user"))
            self.assertEqual(self.active(visitor)["lastMessage"], "küsimus")
            self.assertEqual(self.active(visitor)["lastMessageEvent"], "message-read")

    def test_contact_information_reaches_the_agent(self):
        """P-05: as a message with the data, and as the answer to the question."""
        visitor = self.visitor()
        visitor.say(visitor.chat_id, "mari@example.ee", event="contact-information-fulfilled")
        self.assertEqual(self.active(visitor)["contactsMessage"], "mari@example.ee")
        question = self.ask(visitor, "contact-information")
        self.data(visitor, "/post-message-with-new-event",
                  {"id": question["id"], "event": "contact-information-fulfilled",
                   "content": "+372 5555 5555", "authorTimestamp": now()},
                  "forwarding_validation")
        self.assertEqual(self.active(visitor)["contactsMessage"], "+372 5555 5555")

    def test_nobody_writes_what_only_the_system_or_the_other_side_says(self):
        visitor = self.visitor()
        for event in ("greeting", "rating", "redirected", "authentication_successful",
                      "user-authenticated", "ask-permission", "ask-permission-accepted",
                      "message-preview", "client-left", "ACCEPTED", "inactive-chat-ended",
                      "chat_sent_to_csa_email", "no name", "täpp"):
            self.refused(visitor, "/post-message", {"content": "x", "event": event},
                         (422, "unknown_event"))
        for event in ("greeting", "rating", "redirected", "authentication_successful",
                      "ask-permission-accepted", "contact-information-fulfilled", "answered"):
            self.refused(self.mary, "/cs-post-event-message",
                         {"chatId": visitor.chat_id, "event": event}, (422, "unknown_event"))

    def test_an_event_of_later_clients_is_an_ordinary_message(self):
        visitor = self.visitor()
        visitor.say(visitor.chat_id, "", event="waiting_validation")
        self.assertEqual(self.last(visitor)["event"], "waiting_validation")
        self.ask(visitor, "taken-over")
        self.assertEqual(self.last(visitor)["authorRole"], "backoffice-user")

    # ---- the agent asks ----

    def test_an_agents_event_is_a_message_of_its_own(self):
        """C-13"""
        visitor = self.visitor()
        moment = now()
        chat = self.data(self.mary, "/cs-post-event-message",
                         {"chatId": visitor.chat_id, "event": "ask-permission",
                          "authorTimestamp": moment, "authorId": "someone else",
                          "authorRole": "end-user", "authorFirstName": "Mary"}, "get_chat_by_id")
        self.assertEqual(chat["id"], visitor.chat_id)
        row = self.last(visitor)
        self.assertEqual(
            (row["event"], row["content"], row["authorId"], row["authorRole"], row["rating"]),
            ("ask-permission", "", MARY, "backoffice-user", ""))
        self.assertEqual(instant(row["authorTimestamp"]), instant(moment))
        self.assertEqual(self.active(visitor)["lastMessageEvent"], "ask-permission")
        body = {"chatId": visitor.chat_id, "event": "ask-permission"}
        self.refused_all("/cs-post-event-message", body, [
            (visitor, (401, "not_authenticated")), (self.analyst, (403, "role_not_allowed"))])
        for broken, expected in (
                ({**body, "chatId": NOBODY}, (404, "chat_not_found")),
                ({**body, "chatId": "x"}, (400, "invalid_field")),
                ({**body, "event": ""}, (422, "value_out_of_limits")),
                ({**body, "event": "x" * 129}, (422, "value_out_of_limits")),
                ({"chatId": visitor.chat_id}, (400, "missing_field")),
                ({**body, "chatId": self.ended().chat_id}, (409, "chat_has_ended"))):
            self.refused(self.mary, "/cs-post-event-message", broken, expected)

    def test_a_request_to_forward_has_the_chosen_messages_as_text(self):
        """C-15"""
        visitor = self.visitor("edasi")
        chosen = [row["id"] for row in self.list(visitor)]
        content = {"selectedMessageIds": chosen}
        body = {"chatId": visitor.chat_id, "event": "requested-chat-forward", "content": content,
                "authorTimestamp": now()}
        self.assertIsNone(self.data(self.mary, "/cs-post-redirect-request-message", body,
                                    "post_chat"))
        row = self.last(visitor)
        self.assertEqual((row["event"], row["content"]),
                         ("requested-chat-forward", '["%s"]' % chosen[0]))
        self.assertEqual(self.active(visitor)["lastMessage"], "edasi")
        body["authorTimestamp"] = now()
        self.refused_all("/cs-post-redirect-request-message", body, [
            (visitor, (401, "not_authenticated")), (self.analyst, (403, "role_not_allowed"))])
        for broken, expected in (
                ({**body, "chatId": NOBODY}, (404, "chat_not_found")),
                ({**body, "event": "redirected"}, (422, "unknown_event")),
                ({**body, "content": "x"}, (400, "missing_field")),
                ({**body, "content": {"selectedMessageIds": "x"}}, (400, "invalid_field")),
                ({**body, "content": {"selectedMessageIds": ["x"]}}, (400, "invalid_field")),
                ({**body, "content": {"selectedMessageIds": []}}, (422, "value_out_of_limits")),
                ({**body, "content": {"selectedMessageIds": [NOBODY] * 77}},
                 (422, "value_out_of_limits")),
                ({**body, "chatId": self.ended().chat_id}, (409, "chat_has_ended"))):
            self.refused(self.mary, "/cs-post-redirect-request-message", broken, expected)

    # ---- later versions ----

    def test_an_answer_replaces_its_question(self):
        """A-22, P-08, D-5: same id, created kept, updated newer; the answer's author and time."""
        visitor = self.visitor()
        for question, answer in (("ask-permission", "ask-permission-accepted"),
                                 ("ask-permission", "ask-permission-rejected"),
                                 ("contact-information", "contact-information-rejected"),
                                 ("contact-information", "contact-information-skipped")):
            before = self.ask(visitor, question)
            count = len(self.list(visitor))
            moment = now()
            self.assertEqual(
                self.data(visitor, "/post-message-with-new-event",
                          {**before, "event": answer, "authorTimestamp": moment,
                           "authorRole": "end-user"}, "forwarding_validation"), [])
            rows = self.list(visitor)
            self.assertEqual(len(rows), count)
            after = next(row for row in rows if row["id"] == before["id"])
            self.assertEqual((after["event"], after["content"], after["authorRole"],
                              after["authorId"], after["created"]),
                             (answer, "", "end-user", "", before["created"]))
            self.assertGreater(after["updated"], before["updated"])
            self.assertRegex(after["updated"], TIME)
            self.assertEqual(instant(after["authorTimestamp"]), instant(moment))
            self.assertEqual(self.active(visitor)["lastMessageEvent"], answer)
        self.assertEqual(database.rows(self.instance, "SELECT COUNT(*) FROM message WHERE "
                                       f"base_id = '{after['id']}'"), [[2]])

    def test_an_answer_is_refused_where_nothing_waits_for_it(self):
        """P-08"""
        visitor, other = self.visitor(), self.visitor()
        question = self.ask(visitor, "ask-permission")
        path = "/post-message-with-new-event"
        body = {"id": question["id"], "event": "ask-permission-accepted", "authorTimestamp": now()}
        self.refused(other, path, body, (404, "message_not_found"))
        self.refused(visitor, path, {**body, "chatId": other.chat_id}, (403, "not_your_chat"))
        self.refused(visitor, path, {**body, "id": NOBODY}, (404, "message_not_found"))
        self.refused(visitor, path, {**body, "id": "x"}, (400, "invalid_field"))
        self.refused(visitor, path, {**body, "event": ""}, (422, "value_out_of_limits"))
        self.refused(visitor, path, {**body, "event": "ask-permission-ignored"},
                     (422, "unknown_event"))
        self.refused(visitor, path, {**body, "event": "authentication_successful"},
                     (422, "unknown_event"))
        self.refused(visitor, path, {**body, "event": "contact-information-rejected"},
                     (409, "question_is_closed"))
        text = self.list(visitor)[0]
        self.refused(visitor, path, {**body, "id": text["id"]}, (409, "question_is_closed"))
        self.refused(self.mary, path, body, (401, "not_authenticated"))
        visitor.ok(path, body)
        before = database.counts(self.instance)
        visitor.ok(path, body)  # the same again is nothing new
        self.assertEqual(database.counts(self.instance), before)
        self.refused(visitor, path, {**body, "event": "ask-permission-rejected",
                                     "authorTimestamp": now()}, (409, "question_is_closed"))
        late = self.visitor()
        question = self.ask(late, "ask-permission")
        self.mary.ok("/cs-end-chat", {"chatId": late.chat_id, "event": "terminated"})
        self.refused(late, path, {**body, "id": question["id"]}, (409, "chat_has_ended"))

    def test_a_question_that_nobody_answers_is_ignored(self):
        """C-14: named by its id alone; content and author stay."""
        visitor = self.visitor()
        question = self.ask(visitor, "ask-permission")
        path = "/cs-post-message-with-new-event"
        body = {"id": question["id"], "event": "ask-permission-ignored", "authorTimestamp": now()}
        self.refused_all(path, body, [(visitor, (401, "not_authenticated")),
                                      (self.analyst, (403, "role_not_allowed"))])
        self.refused(self.mary, path, {**body, "id": NOBODY}, (404, "message_not_found"))
        self.refused(self.mary, path, {**body, "id": self.list(visitor)[0]["id"]},
                     (404, "message_not_found"))
        self.refused(self.mary, path, {**body, "event": "ask-permission-accepted"},
                     (422, "unknown_event"))
        self.refused(self.mary, path, {**body, "chatId": NOBODY}, (404, "chat_not_found"))
        self.assertEqual(self.data(self.mary, path, body, "post_message"), [])
        row = self.row(visitor, "ask-permission-ignored")
        self.assertEqual((row["id"], row["authorRole"], row["authorId"]),
                         (question["id"], "backoffice-user", MARY))
        self.assertEqual(self.data(self.mary, path, body, "post_message"), [])
        # the end user's answer may be on its way still
        visitor.ok("/post-message-with-new-event",
                   {"id": question["id"], "event": "ask-permission-accepted",
                    "authorTimestamp": now()})
        self.refused(self.mary, path, {**body, "authorTimestamp": now()},
                     (409, "question_is_closed"))
        late = self.visitor()
        question = self.ask(late, "ask-permission")
        self.mary.ok("/cs-end-chat", {"chatId": late.chat_id, "event": "terminated"})
        self.refused(self.mary, path, {**body, "id": question["id"]}, (409, "chat_has_ended"))

    def test_a_rating_keeps_what_was_said_and_by_whom(self):
        """A-22, P-09"""
        visitor, other = self.visitor(), self.visitor()
        self.mary.answer(visitor.chat_id, "hea vastus")
        before = self.last(visitor)
        path = "/post-message-with-rating"
        for rating in ("liked", "disliked", ""):
            self.assertEqual(self.data(visitor, path, {**before, "rating": rating},
                                       "forwarding_validation"), [])
            after = self.last(visitor)
            self.assertEqual({**after, "updated": 0},
                             {**before, "event": "rating", "rating": rating, "updated": 0})
            self.assertGreater(after["updated"], before["updated"])
        self.assertEqual(self.active(visitor)["lastMessage"], "hea vastus")
        body = {"id": before["id"], "rating": "liked"}
        self.refused(other, path, body, (404, "message_not_found"))
        self.refused(visitor, path, {**body, "id": NOBODY}, (404, "message_not_found"))
        self.refused(visitor, path, {**body, "rating": "loved"}, (422, "value_out_of_limits"))
        self.refused(visitor, path, {"id": before["id"]}, (400, "missing_field"))
        self.refused(visitor, path, {**body, "id": self.ask(visitor, "ask-permission")["id"]},
                     (409, "question_is_closed"))
        self.refused(self.mary, path, body, (401, "not_authenticated"))
        self.mary.ok("/cs-end-chat", {"chatId": visitor.chat_id, "event": "answered"})
        self.refused(visitor, path, body, (409, "chat_has_ended"))

    def test_every_reason_ends_a_chat(self):
        """A-18: authorId is the agent's own, whatever is sent."""
        for reason in ("CLIENT_LEFT_WITH_ACCEPTED", "CLIENT_LEFT_WITH_NO_RESOLUTION",
                       "CLIENT_LEFT_FOR_UNKNOWN_REASONS", "ACCEPTED", "HATE_SPEECH", "OTHER",
                       "RESPONSE_SENT_TO_CLIENT_EMAIL", "answered", "terminated"):
            visitor = self.visitor()
            chat = self.data(self.mary, "/cs-end-chat",
                             {"chatId": visitor.chat_id, "event": reason, "authorId": "X",
                              "authorTimestamp": now(), "authorRole": ["ROLE_ADMINISTRATOR"],
                              "authorFirstName": None}, "get_chat_by_id")
            self.assertEqual(chat["status"], "ENDED")
            self.assertRegex(chat["ended"], TIME)
            row = self.last(visitor)
            self.assertEqual((row["event"], row["authorId"], row["content"]), (reason, MARY, ""))
        visitor = self.visitor()
        body = {"chatId": visitor.chat_id, "event": "ACCEPTED"}
        self.refused(self.mary, "/cs-end-chat", {**body, "event": "ask-permission"},
                     (422, "unknown_event"))
        self.refused_all("/cs-end-chat", body, [(visitor, (401, "not_authenticated")),
                                                (self.analyst, (403, "role_not_allowed"))])

    def test_the_inner_name_ends_the_chat_as_well(self):
        """P-11"""
        visitor = self.visitor()
        self.assertIsNone(self.data(visitor, "/end-chat-locally",
                                    {"chatId": visitor.chat_id, "event": "client-left",
                                     "authorTimestamp": now()}, "blacklist_client_custom_jwt"))
        self.assertIsNone(self.active(visitor))
        self.refused(visitor, "/post-message", {"content": "veel"}, (401, "token_revoked"))
        other = self.visitor()
        self.refused(other, "/end-chat-locally", {"chatId": visitor.chat_id},
                     (403, "not_your_chat"))

    def test_a_greeting_is_posted_when_there_is_one(self):
        """P-16"""
        visitor = self.visitor()
        path, body = "/post-greeting-to-chat", {"authorTimestamp": now()}
        self.refused(visitor, path, body, (409, "greeting_is_inactive"))
        self.administrator.ok("/cs-set-greeting-message", {"est": "Tere tulemast!"})
        self.administrator.ok("/cs-set-is-greeting-active", {"isActive": "true"})
        try:
            with visitor.stream("/events/get-new-messages") as stream:
                stream.wait_said("Tere!")
                self.wait_for_greeting()
                self.assertEqual(self.data(visitor, path, {"authorTimestamp": now()},
                                           "post_greeting_to_chat"), [])
                row = stream.wait_said("Tere tulemast!")
        finally:
            self.administrator.ok("/cs-set-is-greeting-active", {"isActive": "false"})
        self.assertEqual((row["event"], row["authorRole"]), ("greeting", "buerokratt"))

    def wait_for_greeting(self):
        """Until the front door shows it."""
        while not visitor_sees(self.instance.client()):
            pass

    # ---- previews ----

    def test_a_preview_is_seen_by_agents_and_stored_by_nobody(self):
        """A-24, P-07, X-22"""
        visitor = self.visitor()
        path = "/post-message-preview"
        with self.mary.stream("/events/cs-get-new-messages", chatId=visitor.chat_id) as agent, \
                visitor.stream("/events/get-new-messages") as own, \
                self.mary.stream("/sse/cs-get-new-messages", chatId=visitor.chat_id) as today:
            for stream in (agent, own, today):
                stream.wait_said("Tere!")
            before = database.counts(self.instance)
            first = self.preview(visitor, agent, "Kui")
            self.assertEqual((first["content"], first["authorRole"], first["chatId"],
                              first["chatid"], first["event"]),
                             ("", "end-user", visitor.chat_id, visitor.chat_id,
                              "message-preview"))
            again = self.preview(visitor, agent, "Kui \"palju\"?")
            self.assertEqual(again["id"], first["id"])
            with self.mary.stream("/events/cs-get-new-messages", chatId=visitor.chat_id) as late:
                self.wait_preview(late, "Kui \"palju\"?")
            self.assertEqual(database.counts(self.instance), before)
            self.mary.answer(visitor.chat_id, "üks hetk")
            self.assertEqual(today.wait_said("üks hetk")["preview"], "Kui \"palju\"?")
            visitor.say(visitor.chat_id, "Kui palju?")
            agent.wait_said("Kui palju?")
            self.wait_preview(agent, "")
            own.wait_said("Kui palju?")
            today.wait_said("Kui palju?")
            for row in (row for frame in own.frames + today.frames for row in frame.items):
                self.assertNotEqual(row["event"], "message-preview")
            ids = [frame.raw for frame in agent.frames if frame.items[0]["event"] ==
                   "message-preview"]
            self.assertFalse([line for raw in ids for line in raw if line.startswith("id")])
        self.assertEqual(self.response(visitor, "/backoffice/chats/messages/preview",
                                       {"chatId": None, "content": ""}, "POST"), [])

    def preview(self, visitor, stream, content):
        self.assertEqual(self.data(visitor, "/post-message-preview",
                                   {"chatId": None, "content": content}, "post_message_preview"),
                         [])
        return self.wait_preview(stream, content)

    def wait_preview(self, stream, content):
        return stream.wait_item(lambda row: row.get("preview") == content,
                                f"the preview {content!r}")

    def test_a_preview_ends_with_its_chat(self):
        """A-24"""
        visitor = self.visitor()
        with self.mary.stream("/events/cs-get-new-messages", chatId=visitor.chat_id) as agent:
            agent.wait_said("Tere!")
            self.preview(visitor, agent, "veel")
            self.mary.ok("/cs-end-chat", {"chatId": visitor.chat_id, "event": "answered"})
            self.wait_preview(agent, "")
        self.refused(visitor, "/post-message-preview", {"content": "x"}, (409, "chat_has_ended"))
        other = self.visitor()
        self.refused(other, "/post-message-preview", {"chatId": visitor.chat_id, "content": "x"},
                     (403, "not_your_chat"))
        self.refused(other, "/post-message-preview", {"content": "x" * 3001},
                     (422, "value_out_of_limits"))
        self.refused(self.mary, "/post-message-preview", {"content": "x"},
                     (401, "not_authenticated"))

    def test_of_many_previews_few_are_told_and_the_last_one_is(self):
        """A-24: five a second at most."""
        visitor = self.visitor()
        with self.mary.stream("/events/cs-get-new-messages", chatId=visitor.chat_id) as agent:
            agent.wait_said("Tere!")
            for i in range(50):
                visitor.ok("/post-message-preview", {"chatId": None, "content": f"tekst {i}"})
            self.wait_preview(agent, "tekst 49")
            told = [frame for frame in agent.frames if "preview" in frame.items[0]]
        between = [after.at - before.at for before, after in zip(told, told[1:])]
        self.assertLess(len(told), 50)
        self.assertGreater(told[-1].at - told[0].at, 0.15 * (len(told) - 1), between)

    def test_no_preview_hides_a_message(self):
        """A-24: without any, and with the empty one that the widget of June 2023 sends."""
        visitor = self.visitor()
        visitor.ok("/post-message-preview", {"chatId": None, "content": ""})
        with self.mary.stream("/sse/cs-get-new-messages", chatId=visitor.chat_id) as today, \
                self.mary.stream("/events/cs-get-new-messages", chatId=visitor.chat_id) as agent:
            for stream in (today, agent):
                self.assertNotIn("preview", stream.wait_said("Tere!"))
            visitor.say(visitor.chat_id, str(uuid.UUID(int=1)))
            for stream in (today, agent):
                self.assertNotIn("preview", stream.wait_said(str(uuid.UUID(int=1))))
                self.assertFalse([row for frame in stream.frames for row in frame.items
                                  if row["event"] == "message-preview"])


def visitor_sees(client):
    return client.ok("/get-greeting-message")["isActive"] in (True, "true")


if __name__ == "__main__":
    unittest.main()
