#!/usr/bin/env python3
"""What happens at a time: a page that was closed, a log-in that was left, a
question that nobody answered. None of it is forgotten when chat-state is
killed, and none happens twice.
"""

import json
import unittest

import database
from endpoint import ADAM, JOHN, MARY, ROLES, Endpoint
from kratt import now

ADD, REMOVE = "/add-chat-to-termination-queue", "/remove-chat-from-termination-queue"
LEFT = "CLIENT_LEFT_FOR_UNKNOWN_REASONS"
ASK_PERMISSION_S = 2


def beacon(client, path, body):
    """As navigator.sendBeacon sends a string."""
    return client.request("POST", path, json.dumps(body).encode(),
                          {"Content-Type": "text/plain;charset=UTF-8"})


class Deadlines(Endpoint):
    environment = {"KRATT_ASK_PERMISSION_S": str(ASK_PERMISSION_S)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")

    def add(self, user, timeout, client=None):
        self.assertEqual(self.response(client or user, ADD,
                                       {"chatId": user.chat_id, "timeout": timeout}, "POST"),
                         "Chat will be terminated soon")

    def remove(self, user):
        self.assertEqual(self.response(user, REMOVE, {"chatId": user.chat_id}, "POST"),
                         "Chat termination will be canceled")

    def messages(self, chat_id):
        return self.mary.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})

    def watch(self, chat_id):
        stream = self.mary.stream("/events/cs-get-messages-by-chat-id", chatId=chat_id)
        self.addCleanup(stream.close)
        return stream

    def wait_event(self, stream, event):
        return stream.wait_item(lambda row: row["event"] == event, event)

    def rows(self, chat_id):
        return database.rows(self.instance, "SELECT kind FROM deadline"
                                            f" WHERE subject = '{chat_id}' ORDER BY id")

    def is_open(self, chat_id):
        return any(row["id"] == chat_id for row in self.mary.ok("/cs-get-all-active-chats"))

    # ---- a page that is closed ----

    def test_a_chat_ends_after_the_time_its_page_was_closed(self):
        """A-48, N-08: the end is the end user's, and its token is worth nothing."""
        user = self.visitor()
        stream = self.watch(user.chat_id)
        self.add(user, 1)
        end = self.wait_event(stream, LEFT)
        self.assertEqual((end["authorRole"], end["authorId"], end["content"]), ("end-user", "", ""))
        self.assertFalse(self.is_open(user.chat_id))
        self.assertEqual(user.get("/get-chat-by-id").status, 401)
        self.assertEqual(self.rows(user.chat_id), [])

    def test_a_page_that_is_loaded_anew_does_not_end_its_chat(self):
        """A-48, N-09: nothing happens at the time that was set."""
        user, other = self.visitor(), self.visitor()
        stream = self.watch(other.chat_id)
        self.add(user, 1)
        self.remove(user)
        self.add(other, 2)
        self.wait_event(stream, LEFT)  # which is later
        self.assertTrue(self.is_open(user.chat_id))

    def test_set_twice_it_ends_once_and_after_the_later_time(self):
        """A-48: the second one begins the time anew."""
        user, other = self.visitor(), self.visitor()
        stream, first = self.watch(user.chat_id), self.watch(other.chat_id)
        self.add(user, 1)
        self.add(user, 3)
        self.add(other, 2)
        self.wait_event(first, LEFT)
        self.assertTrue(self.is_open(user.chat_id))
        self.wait_event(stream, LEFT)
        ends = [row for row in self.messages(user.chat_id) if row["event"] == LEFT]
        self.assertEqual(len(ends), 1)

    def test_beacons_come_as_plain_text(self):
        """A-48: sendBeacon; a page that goes reads no answer."""
        user = self.visitor()
        stream = self.watch(user.chat_id)
        answer = beacon(user, ADD, {"chatId": user.chat_id, "timeout": 1, "cookie": "chatJwt=…"})
        self.assertEqual((answer.status, answer.body),
                         (200, '{"response":"Chat will be terminated soon"}'))
        self.wait_event(stream, LEFT)
        other = self.visitor()
        answer = beacon(other, REMOVE, {"chatId": other.chat_id})
        self.assertEqual((answer.status, answer.body),
                         (200, '{"response":"Chat termination will be canceled"}'))

    def test_beacons_that_overtake_each_other_count_as_in_their_order(self):
        """N-09: one that was taken back first is not set, once."""
        user = self.visitor()
        stream = self.watch(user.chat_id)
        self.remove(user)
        self.add(user, 1)
        self.assertEqual(self.rows(user.chat_id), [["settled"]])
        self.add(user, 1)
        self.wait_event(stream, LEFT)

    def test_the_time_is_ten_seconds_unless_it_is_given_and_within_bounds(self):
        """N-08: 1 to 600 seconds."""
        for timeout, seconds in ((None, 10), (0, 1), (-5, 1), ("30", 30), (100000, 600)):
            with self.subTest(timeout=timeout):
                user = self.visitor()
                self.add(user, timeout)
                [[due, created]] = database.rows(
                    self.instance, "SELECT due, created FROM deadline"
                                   f" WHERE subject = '{user.chat_id}'")
                self.assertEqual(due - created, seconds * 1000)
                self.remove(user)

    def test_a_chat_that_ends_takes_its_deadlines_along(self):
        user = self.visitor()
        self.add(user, 600)
        self.assertEqual(self.rows(user.chat_id), [["termination"]])
        user.ok("/end-chat", {"chatId": user.chat_id, "authorTimestamp": now()})
        self.assertEqual(self.rows(user.chat_id), [])

    def test_a_time_that_comes_while_chat_state_is_dead_is_kept_afterwards(self):
        """kill -9 right after the answer: it is done once."""
        user, later = self.visitor(), self.visitor()
        stream, second = self.watch(user.chat_id), self.watch(later.chat_id)
        self.add(user, 1)
        self.add(later, 4)
        self.instance.kill("chat-state")
        self.wait_event(stream, LEFT)
        self.instance.kill("chat-state")
        self.wait_event(second, LEFT)
        for chat_id in (user.chat_id, later.chat_id):
            ends = [row for row in self.messages(chat_id) if row["event"] == LEFT]
            self.assertEqual(len(ends), 1)
            self.assertEqual(self.rows(chat_id), [])

    # ---- a log-in that is left ----

    def test_an_agent_whose_page_was_closed_is_logged_out(self):
        """N-06: the token is worth nothing, and the agent is offline."""
        john = self.instance.agent(JOHN, "John")
        answer = beacon(john, "/add-to-logout-queue", {})
        self.assertEqual(answer.status, 200)
        with john.stream("/events/cs-get-all-active-chats") as stream:
            stream.wait(lambda frame: frame.event == "revoked", "revoked")
        self.assertEqual(john.get("/cs-get-all-active-chats").status, 401)
        self.assertEqual(database.rows(
            self.instance, "SELECT status FROM customer_support_agent_activity"
                           f" WHERE id_code = '{JOHN}' ORDER BY id DESC LIMIT 1"), [["offline"]])

    def test_an_agent_whose_page_is_loaded_anew_stays(self):
        """N-07."""
        gone, stays = self.instance.agent("EE1", "One"), self.instance.agent("EE2", "Two")
        beacon(stays, "/add-to-logout-queue", {})
        answer = beacon(stays, "/remove-from-logout-queue", {})
        self.assertEqual(answer.body, '{"response":"Logout would be canceled"}')
        beacon(gone, "/add-to-logout-queue", {})
        with gone.stream("/events/cs-get-all-active-chats") as stream:
            stream.wait(lambda frame: frame.event == "revoked", "revoked")
        self.assertEqual(stays.post("/cs-get-all-active-chats").status, 200)

    # ---- a question that nobody answers ----

    def ask(self, user):
        self.mary.ok("/cs-claim-chat", {"id": user.chat_id})
        self.mary.ok("/cs-post-event-message", {"chatId": user.chat_id, "event": "ask-permission",
                                                "content": "", "authorRole": "backoffice-user",
                                                "authorTimestamp": now()})
        return next(row for row in self.messages(user.chat_id)
                    if row["event"] == "ask-permission")

    def test_a_question_that_nobody_answers_is_ignored_by_itself(self):
        """The same message, with its role: contract §8.1."""
        user = self.visitor()
        stream = self.watch(user.chat_id)
        question = self.ask(user)
        ignored = self.wait_event(stream, "ask-permission-ignored")
        for name in ("id", "content", "authorRole", "authorId"):
            self.assertEqual(ignored[name], question[name])
        self.assertEqual(self.rows(user.chat_id), [])

    def test_a_question_that_is_answered_is_not_ignored(self):
        user, other = self.visitor(), self.visitor()
        question = self.ask(user)
        user.ok("/post-message-with-new-event",
                {"id": question["id"], "chatId": user.chat_id, "event": "ask-permission-accepted",
                 "authorTimestamp": now()})
        self.assertEqual(self.rows(user.chat_id), [])
        self.ask(other)
        self.wait_event(self.watch(other.chat_id), "ask-permission-ignored")
        self.assertEqual([row["event"] for row in self.messages(user.chat_id)
                          if row["id"] == question["id"]], ["ask-permission-accepted"])


class Strangers(Endpoint):
    """By themselves, as no deadline may be due while rows are counted."""

    def test_an_agent_may_do_it_for_any_chat_and_strangers_may_not(self):
        """N-08, N-09: chatJwt of that chat, or an agent who answers chats."""
        user, other, nobody = self.visitor(), self.visitor(), self.instance.client()
        mary = self.instance.agent(MARY, "Mary")
        analyst = self.instance.agent(ADAM, "Adam", (ROLES[4],))
        for path in (ADD, REMOVE):
            body = {"chatId": user.chat_id, "timeout": 600}
            self.refused_all(path, body, ((nobody, (401, "not_authenticated")),
                                          (other, (403, "not_your_chat")),
                                          (analyst, (403, "role_not_allowed"))))
            self.refused(user, path, {}, (400, "missing_field"))
            self.refused(user, path, {"chatId": "x"}, (400, "invalid_field"))
        self.assertEqual(self.response(mary, ADD, body, "POST"), "Chat will be terminated soon")
        self.assertEqual(database.rows(self.instance, "SELECT kind FROM deadline"),
                         [["termination"]])
        unknown = "11111111-1111-4111-8111-111111111111"
        self.refused(mary, ADD, {"chatId": unknown}, (404, "chat_not_found"))
        user.ok("/end-chat", {"chatId": user.chat_id, "authorTimestamp": now()})
        self.refused(mary, ADD, {"chatId": user.chat_id}, (409, "chat_has_ended"))

    def test_who_is_not_logged_in_is_not_logged_out(self):
        for path in ("/add-to-logout-queue", "/remove-from-logout-queue"):
            self.refused_all(path, {}, ((self.instance.client(), (401, "not_authenticated")),
                                        (self.visitor(), (401, "not_authenticated"))))


if __name__ == "__main__":
    unittest.main()
