#!/usr/bin/env python3
"""The streams of the later widget: that something is new in a chat, that the
list of chats is another, and a chat's place in the queue (contract §7.3)."""

import re
import unittest

from endpoint import ADAM, JOHN, MARY, ROLES, Endpoint
from kratt import Stream, now

UNKNOWN = "11111111-1111-4111-8111-111111111111"


class Notifications(Endpoint):
    gateways = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")

    def listen(self, client, path, last_event_id=None):
        stream = client.stream(path, last_event_id)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        self.assertEqual(stream.headers["Content-Type"].split(";")[0], "text/event-stream")
        return stream

    def hints(self, client, chat_id, last_event_id=None):
        return self.listen(client, f"/sse/notifications/{chat_id}", last_event_id)

    def opened(self, stream):
        """It is known from where on the stream tells everything."""
        with stream.changed:
            stream.changed.wait_for(lambda: stream.last_event_id, 10)
        self.assertTrue(stream.last_event_id)
        return stream

    def message_ids(self, chat_id):
        rows = self.mary.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})
        return [row["id"] for row in rows]

    def wait_list(self, stream, chat_id, count=1):
        """Until the list was told so often that this chat is another."""
        def told(_):
            return sum(frame.json.get("chatId") == chat_id for frame in stream.frames) >= count
        stream.wait(told, f"{count} changes")

    # ---- N-01, a chat ----

    def test_each_new_message_and_version_is_told_by_its_id_alone(self):
        """N-01, A-48: to the byte, with the space, and nothing at the open."""
        user = self.visitor()
        stream = self.opened(self.hints(user, user.chat_id))
        self.assertEqual(stream.frames, [])
        user.say(user.chat_id, "one")
        self.mary.answer(user.chat_id, "two")
        stream.wait(lambda _: len(stream.frames) == 2, "two hints")
        ids = self.message_ids(user.chat_id)[1:]
        self.assertEqual([frame.raw[-1] for frame in stream.frames],
                         [f'data: {{"type":"message","messageId":"{id}"}}' for id in ids])
        user.ok("/post-message-with-rating", {"messageId": ids[1], "id": ids[1], "rating": "liked",
                                              "chatId": user.chat_id, "authorTimestamp": now()})
        stream.wait(lambda _: len(stream.frames) == 3, "a hint of the version")
        self.assertEqual(stream.frames[2].json, {"type": "message", "messageId": ids[1]})

    def test_that_somebody_is_typing_is_told(self):
        user = self.visitor()
        stream = self.opened(self.hints(self.mary, user.chat_id))
        user.ok("/post-message-preview", {"chatId": user.chat_id, "content": "I am typ"})
        self.assertEqual(stream.first().json["type"], "preview")

    def test_no_other_chat_is_heard(self):
        """A-46: neither by what is asked for nor by what is told."""
        user, other = self.visitor(), self.visitor()
        stream = self.opened(self.hints(user, user.chat_id))
        other.say(other.chat_id, "secret")
        user.say(user.chat_id, "mine")
        first = stream.first()
        self.assertEqual(first.json["messageId"], self.message_ids(user.chat_id)[1])

    def test_an_agent_hears_any_chat(self):
        user = self.visitor()
        stream = self.opened(self.hints(self.mary, user.chat_id))
        user.say(user.chat_id, "hello")
        self.assertEqual(stream.first().json["type"], "message")

    def test_who_comes_back_hears_what_was_missed(self):
        """On whatever gateway it lands, also before the first hint was told."""
        user = self.visitor()
        stream = self.opened(self.hints(user, user.chat_id))
        cursor = stream.last_event_id
        stream.close()
        user.say(user.chat_id, "one")
        user.say(user.chat_id, "two")
        again = self.hints(user, user.chat_id, cursor)
        again.wait(lambda _: len(again.frames) == 2, "both")
        self.assertEqual([frame.json["messageId"] for frame in again.frames],
                         self.message_ids(user.chat_id)[1:])

    # ---- N-01, the list ----

    def test_the_list_is_told_of_each_change_of_status_and_owner(self):
        """N-01, contract §7.2: init, claim, redirect, unclaim, end; no message."""
        john = self.instance.agent(JOHN, "John")
        stream = self.opened(self.listen(self.mary, "/sse/notifications/chat-list"))
        self.assertEqual(stream.frames, [])
        user = self.visitor()
        chat = user.chat_id
        self.wait_list(stream, chat)
        self.assertEqual(stream.frames[-1].raw[-1],
                         f'data: {{"status":"Chat Status Changed","chatId":"{chat}"}}')
        user.say(chat, "no news for the list")
        self.mary.ok("/cs-claim-chat", {"id": chat})
        self.wait_list(stream, chat, 2)
        self.mary.ok("/cs-redirect-chat", {"id": chat, "customerSupportId": JOHN,
                                           "customerSupportDisplayName": "John",
                                           "forwardedByUser": MARY, "forwardedFromCsa": MARY,
                                           "forwardedToCsa": JOHN})
        self.wait_list(stream, chat, 3)
        john.ok("/cs-remove-attached-chats", {"customerSupportId": JOHN})
        self.wait_list(stream, chat, 4)
        user.ok("/end-chat", {"chatId": chat, "authorTimestamp": now()})
        self.wait_list(stream, chat, 5)
        last = self.visitor()
        self.wait_list(stream, last.chat_id)
        self.assertEqual(sum(frame.json["chatId"] == chat for frame in stream.frames), 5)

    # ---- N-02 ----

    def test_the_place_in_the_queue_is_told_when_it_changes(self):
        """N-02, A-48: from 1, the first 0 is not told."""
        first, second = self.visitor(), self.visitor()
        stream = self.listen(second, f"/sse/queue/{second.chat_id}")
        before = stream.first().json["order"]
        self.assertGreaterEqual(before, 2)
        self.assertEqual(stream.frames[0].raw[-1], f'data: {{"order":{before}}}')
        self.mary.ok("/cs-claim-chat", {"id": first.chat_id})
        stream.wait(lambda frame: frame.json == {"order": before - 1}, "one less")
        self.mary.ok("/cs-claim-chat", {"id": second.chat_id})
        stream.wait(lambda frame: frame.json == {"order": 0}, "none any more")
        orders = [frame.json["order"] for frame in stream.frames]
        self.assertEqual(orders, [before, before - 1, 0])
        late = self.listen(second, f"/sse/queue/{second.chat_id}")
        third = self.visitor()
        other = self.listen(third, f"/sse/queue/{third.chat_id}")
        other.first()
        self.assertEqual(late.frames, [])

    # ---- refusals ----

    def refused_stream(self, client, path, status, code):
        with Stream(client, path) as stream:
            stream.close()
        answer = client.get(path)
        self.assertEqual((answer.status, answer.json["error"]["code"]), (status, code), path)

    def test_strangers_are_refused_as_json(self):
        """contract §3.4: an end user its own chat, agents the list."""
        user, other, nobody = self.visitor(), self.visitor(), self.instance.client()
        analyst = self.instance.agent(ADAM, "Adam", (ROLES[4],))
        for path in ("/sse/notifications/", "/sse/queue/"):
            self.refused_stream(nobody, path + user.chat_id, 401, "not_authenticated")
            self.refused_stream(other, path + user.chat_id, 403, "not_your_chat")
            self.refused_stream(analyst, path + user.chat_id, 403, "role_not_allowed")
            self.refused_stream(user, path + "x", 400, "invalid_chat_id")
            self.refused_stream(user, path, 404, "unknown_route")
        path = "/sse/notifications/chat-list"
        self.refused_stream(nobody, path, 401, "not_authenticated")
        self.refused_stream(user, path, 401, "not_authenticated")
        self.refused_stream(analyst, path, 403, "role_not_allowed")

    def test_the_queue_takes_words_of_whom_it_is_about(self):
        """N-04, N-05: who waits is known anyway, so there is nothing to write."""
        user, other, nobody = self.visitor(), self.visitor(), self.instance.client()
        analyst = self.instance.agent("EE7", "Seven", (ROLES[4],))
        for path, text in (("/enqueue", "enqueued successfully"),
                           ("/dequeue", "dequeued successfully")):
            body = {"id": user.chat_id}
            self.assertEqual(self.response(user, path, body, "POST"), text)
            self.assertEqual(self.response(self.mary, path, {"id": UNKNOWN}, "POST"), text)
            self.refused_all(path, body, ((nobody, (401, "not_authenticated")),
                                          (other, (403, "not_your_chat")),
                                          (analyst, (403, "role_not_allowed"))))
            self.refused(user, path, {}, (400, "missing_field"))
            self.refused(user, path, {"id": "x"}, (400, "invalid_field"))


if __name__ == "__main__":
    unittest.main()
