#!/usr/bin/env python3
"""What happens to chats beside their messages: claimed, sent on, given back,
ended, rated, labelled, noted and searched. Each endpoint as its clients ask it,
and each refusal of its row, which leaves nothing written."""

import unittest
import uuid

import database
from endpoint import ADAM, JOHN, MARY, Endpoint
from kratt import TIME, instant, now

NOBODY = str(uuid.UUID(int=4 << 76 | 8 << 60))
CHAT_KEYS = ["id", "customerSupportId", "customerSupportDisplayName", "endUserId",
             "endUserFirstName", "endUserLastName", "externalId", "forwardTo", "forwardToName",
             "receivedFrom", "receivedFromName", "status", "endUserEmail", "endUserPhone",
             "endUserOs", "endUserUrl", "lastMessage", "created", "updated", "ended", "csaTitle"]
ENDED_KEYS = ["id", "customerSupportId", "customerSupportDisplayName", "csaTitle", "endUserId",
              "endUserFirstName", "endUserLastName", "status", "created", "updated", "ended",
              "endUserEmail", "endUserPhone", "endUserOs", "endUserUrl", "forwardedToName",
              "receivedFrom", "lastMessage", "contactsMessage", "lastMessageTimestamp", "labels"]
REASONS = ("CLIENT_LEFT_WITH_ACCEPTED", "CLIENT_LEFT_WITH_NO_RESOLUTION",
           "CLIENT_LEFT_FOR_UNKNOWN_REASONS", "ACCEPTED", "HATE_SPEECH", "OTHER",
           "RESPONSE_SENT_TO_CLIENT_EMAIL", "answered", "terminated")
UNAUTHENTICATED = (401, "not_authenticated")
WRONG_ROLE = (403, "role_not_allowed")
ENDED = (409, "chat_has_ended")
NO_CHAT = (404, "chat_not_found")
LIMITS = (422, "value_out_of_limits")


class Chats(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.john = cls.instance.agent(JOHN, "John")
        cls.adam = cls.instance.agent(ADAM, "Adam", ["ROLE_ADMINISTRATOR"])
        cls.manager = cls.instance.agent("EE47101010033", "Mall", ["ROLE_SERVICE_MANAGER"])
        cls.analyst = cls.instance.agent("EE60001019906", "Ann", ["ROLE_ANALYST"])
        cls.nobody = cls.instance.client()

    # ---- what people do ----

    def claim(self, agent, visitor):
        return self.data(agent, "/cs-claim-chat", {"id": visitor.chat_id}, "get_claimed_chat")

    def end(self, agent, visitor, event="answered"):
        return self.data(agent, "/cs-end-chat", {
            "chatId": visitor.chat_id, "event": event, "authorTimestamp": now(),
            "authorFirstName": "Mary", "authorId": "EE0", "authorRole": "backoffice-user"},
            "get_chat_by_id")

    def ended_visitor(self, content="Tere!"):
        visitor = self.visitor(content)
        self.end(self.mary, visitor)
        return visitor

    def versions(self, visitor, columns):
        """Of the chat, in the database, oldest first."""
        return database.rows(self.instance, f"SELECT {columns} FROM chat "
                             f"WHERE base_id = '{visitor.chat_id}' ORDER BY id")

    def active(self):
        return {row["id"]: row for row in self.data(self.mary, "/cs-get-all-active-chats", None,
                                                    "get_all_active_chats", "GET")}

    def position(self, visitor):
        return int(self.response(visitor, "/estimated-waiting-time?chatId=" + visitor.chat_id)
                   ["positionInUnassignedChats"])

    def await_position(self, visitor, wanted):
        """waiting-time follows the events: asked until it has."""
        for _ in range(1000):
            position = self.position(visitor)
            if position == wanted:
                return
        self.fail(f"position is {position}, not {wanted}")

    def messages(self, visitor):
        return self.data(self.mary, "/cs-get-messages-by-chat-id", {"chatId": visitor.chat_id},
                         "cs_get_messages_by_chat_id")

    # ---- claim, redirect, end ----

    def test_claim(self):
        """A-16, C-03: owner, display name and title change; who came second is refused, and so
        is whoever comes after the end. C-01: the list has it."""
        visitor = self.visitor()
        body = {"id": visitor.chat_id, "customerSupportId": MARY,
                "customerSupportDisplayName": "Mary K", "csaTitle": "Expert",
                "forwardedByUser": "", "forwardedFromCsa": "", "forwardedToCsa": ""}
        chat = self.data(self.mary, "/cs-claim-chat", body, "get_claimed_chat")
        self.assertEqual(list(chat), CHAT_KEYS)
        self.assertEqual([chat[key] for key in ("id", "customerSupportId", "csaTitle", "status",
                                                "customerSupportDisplayName", "ended")],
                         [visitor.chat_id, MARY, "Expert", "OPEN", "Mary K", ""])
        self.assertEqual(self.active()[visitor.chat_id]["customerSupportId"], MARY)
        seen = self.data(visitor, "/get-chat-by-id", {"id": visitor.chat_id},
                         "forwarding_validation")
        self.assertEqual(seen["customerSupportDisplayName"], "Mary K")
        self.refused_all("/cs-claim-chat", {"id": visitor.chat_id}, [
            (self.john, (409, "claimed_by_another_agent")), (self.analyst, WRONG_ROLE),
            (self.nobody, UNAUTHENTICATED), (visitor, UNAUTHENTICATED)])
        self.refused(self.mary, "/cs-claim-chat", {"id": NOBODY}, NO_CHAT)
        self.end(self.mary, visitor)
        self.refused(self.john, "/cs-claim-chat", {"id": visitor.chat_id}, ENDED)

    def test_redirect(self):
        """A-17, C-04, C-05, X-12, X-18: owner, message and last event; who is offline or unknown
        gets no chat; only an administrator has the administrator's way."""
        visitor = self.visitor()
        self.claim(self.mary, visitor)
        body = {"id": visitor.chat_id, "customerSupportDisplayName": "John",
                "customerSupportId": JOHN, "forwardedByUser": MARY, "forwardedFromCsa": MARY,
                "forwardedToCsa": JOHN}
        chat = self.data(self.mary, "/cs-redirect-chat", body, "get_claimed_chat")
        self.assertEqual([chat["customerSupportId"], chat["status"]], [JOHN, "OPEN"])
        row = self.messages(visitor)[-1]
        self.assertEqual([row[key] for key in ("event", "authorRole", "content", "forwardedByUser",
                                               "forwardedFromCsa", "forwardedToCsa")],
                         ["redirected", "buerokratt", "", MARY, MARY, JOHN])
        self.assertEqual(self.active()[visitor.chat_id]["lastMessageEvent"], "redirected")

        back = {"id": visitor.chat_id, "customerSupportId": MARY, "customerSupportDisplayName": "M"}
        self.refused_all("/cs-admin-redirect-chat", back, [
            (self.john, WRONG_ROLE), (self.manager, WRONG_ROLE), (self.nobody, UNAUTHENTICATED)])
        chat = self.data(self.adam, "/cs-admin-redirect-chat", back, "get_claimed_chat")
        self.assertEqual(list(chat), CHAT_KEYS)
        self.assertEqual(chat["customerSupportId"], MARY)

        self.refused_all("/cs-redirect-chat", body, [
            (self.analyst, WRONG_ROLE), (self.nobody, UNAUTHENTICATED)])
        self.data(self.john, "/cs-set-customer-support-activity",
                  {"customerSupportId": JOHN, "customerSupportStatus": "offline",
                   "customerSupportActive": False}, "set_customer_support_activity")
        offline = (409, "csa_is_offline")
        self.refused(self.mary, "/cs-redirect-chat", body, offline)
        self.refused(self.adam, "/cs-admin-redirect-chat", body, offline)
        self.refused(self.adam, "/cs-admin-redirect-chat", {**body, "customerSupportId": "EE1"},
                     (404, "agent_not_found"))
        self.data(self.john, "/cs-set-customer-support-activity",
                  {"customerSupportId": JOHN, "customerSupportStatus": "idle",
                   "customerSupportActive": True}, "set_customer_support_activity")
        chat = self.data(self.mary, "/cs-redirect-chat", body, "get_claimed_chat")
        self.assertEqual(chat["customerSupportId"], JOHN)
        self.end(self.john, visitor)
        self.refused(self.adam, "/cs-admin-redirect-chat", back, ENDED)

    def test_end_by_an_agent(self):
        """A-18, C-06: each reason; the author is who is logged in, whatever the body says."""
        for event in REASONS:
            with self.subTest(event=event):
                visitor = self.visitor()
                self.claim(self.mary, visitor)
                chat = self.end(self.mary, visitor, event)
                self.assertEqual(list(chat), CHAT_KEYS)
                self.assertEqual(chat["status"], "ENDED")
                self.assertRegex(chat["ended"], TIME)
                row = self.messages(visitor)[-1]
                self.assertEqual([row[key] for key in ("event", "authorId", "authorRole",
                                                       "content")],
                                 [event, MARY, "backoffice-user", ""])
        visitor = self.visitor()
        body = {"chatId": visitor.chat_id, "event": "no-reason", "authorTimestamp": now()}
        self.refused(self.mary, "/cs-end-chat", body, (422, "unknown_event"))
        self.refused_all("/cs-end-chat", {**body, "event": "ACCEPTED"}, [
            (self.analyst, WRONG_ROLE), (self.nobody, UNAUTHENTICATED), (visitor, UNAUTHENTICATED)])
        self.end(self.mary, visitor)
        self.refused(self.mary, "/cs-end-chat",
                     {**body, "event": "ACCEPTED", "authorTimestamp": now()}, ENDED)

    def test_end_by_the_end_user(self):
        """A-19: with and without an event; the token is worthless afterwards, and a second end
        harmless."""
        for event in (None, "client-left", "CLIENT_LEFT_WITH_ACCEPTED"):
            with self.subTest(event=event):
                visitor = self.visitor()
                body = {"chatId": visitor.chat_id, "authorTimestamp": now(),
                        "authorRole": "end-user", "event": event}
                value = self.data(visitor, "/end-chat", body, "forwarding_validation")
                self.assertEqual(value, {"data": {"blacklist_client_custom_jwt": None},
                                         "error": None})
                self.assertEqual(self.messages(visitor)[-1]["event"], event or "client-left")
                revoked = (401, "token_revoked")
                self.refused(visitor, "/get-messages-by-chat-id", None, revoked)
                self.refused(visitor, "/post-message", {
                    "chatId": visitor.chat_id, "content": "more", "authorTimestamp": now()},
                    revoked)
                before = self.versions(visitor, "id")
                self.data(visitor, "/end-chat", {**body, "authorTimestamp": now()},
                          "forwarding_validation")
                self.assertEqual(self.versions(visitor, "id"), before)

    def test_end_as_today_s_widget_asks_it(self):
        visitor = self.visitor()
        body = {"message": {"chatId": visitor.chat_id, "event": "CLIENT_LEFT_WITH_NO_RESOLUTION",
                            "authorTimestamp": now(), "authorRole": "end-user"}}
        self.refused(self.nobody, "/backoffice/chats/end", body, UNAUTHENTICATED)
        self.assertEqual(self.response(visitor, "/backoffice/chats/end", body, "POST"),
                         "Ended Chat Successfully")
        self.assertEqual(self.messages(visitor)[-1]["event"], "CLIENT_LEFT_WITH_NO_RESOLUTION")
        other = self.visitor()
        self.refused(other, "/backoffice/chats/end", body, (403, "not_your_chat"))

    # ---- feedback ----

    def test_feedback(self):
        """A-20, P-17, P-18, D-6: 0 to 10, 1 to 500 characters; open or ended; an ended chat stays
        ended, and a chat's place in the queue stays what it was."""
        first, visitor = self.visitor("first"), self.visitor()
        created = self.versions(visitor, "created")[0]
        for rating in (0, 10, "7"):
            body = {"chatId": visitor.chat_id, "feedbackRating": rating}
            self.assertEqual(self.data(visitor, "/post-chat-feedback-rating", body,
                                       "forwarding_validation"), [])
            self.assertEqual(self.versions(visitor, "feedback_rating")[-1], [str(rating)])
        for path, name, values in (
                ("/post-chat-feedback-rating", "feedbackRating", (11, -1, "11", "", "1a")),
                ("/post-chat-feedback-text", "feedbackText", ("", "  ", "x" * 501))):
            for value in values:
                self.refused(visitor, path, {"chatId": visitor.chat_id, name: value}, LIMITS)
            self.refused(visitor, path, {"chatId": visitor.chat_id}, (400, "missing_field"))
            self.refused(self.nobody, path, {name: "1"}, UNAUTHENTICATED)
            self.refused(self.mary, path, {name: "1"}, UNAUTHENTICATED)
            self.refused(first, path, {"chatId": visitor.chat_id, name: "1"},
                         (403, "not_your_chat"))
        for value in (1.5, True, [1]):
            self.refused(visitor, "/post-chat-feedback-rating",
                         {"chatId": visitor.chat_id, "feedbackRating": value},
                         (400, "invalid_field"))
        self.end(self.mary, visitor)
        ended = self.versions(visitor, "ended")[-1]
        self.assertEqual(self.versions(visitor, "feedback_rating")[-1], [""])  # D-8
        for text in ("x", "õ" * 500):
            body = {"chatId": visitor.chat_id, "feedbackText": text}
            self.assertEqual(self.data(visitor, "/post-chat-feedback-text", body,
                                       "forwarding_validation"), [])
            self.assertEqual(self.versions(visitor, "feedback_text, status, ended")[-1],
                             [text, "ENDED"] + ended)
        self.assertTrue(all(row == created for row in self.versions(visitor, "created")))
        self.assertNotIn(visitor.chat_id, self.active())

    def test_feedback_of_one_who_has_just_left(self):
        """A-20: the token is black-listed with the end, and good for feedback still. D-8: what the
        end user said before its own end is kept."""
        visitor, other = self.visitor(), self.visitor()
        rating = {"chatId": visitor.chat_id, "feedbackRating": 9}
        self.data(visitor, "/post-chat-feedback-rating", rating, "forwarding_validation")
        self.data(visitor, "/end-chat", {"chatId": visitor.chat_id, "authorTimestamp": now()},
                  "forwarding_validation")
        self.assertEqual(self.versions(visitor, "feedback_rating")[-1], ["9"])
        self.assertEqual(self.response(visitor, "/backoffice/chats/feedbacks/rating",
                                       {**rating, "feedbackRating": 3}, "POST"), [])
        self.assertEqual(self.response(visitor, "/backoffice/chats/feedbacks/text",
                                       {"chatId": visitor.chat_id, "feedbackText": "Aitäh"},
                                       "POST"), [])
        self.assertEqual(self.versions(visitor, "feedback_rating, feedback_text, status")[-1],
                         ["3", "Aitäh", "ENDED"])
        self.refused(other, "/post-chat-feedback-rating", rating, (403, "not_your_chat"))

    def test_what_blanks_feedback(self):
        """D-8: a claim, a redirect and an end by an agent do."""
        for act in (lambda visitor: self.claim(self.mary, visitor),
                    lambda visitor: self.mary.ok("/cs-redirect-chat", {
                        "id": visitor.chat_id, "customerSupportId": MARY}),
                    lambda visitor: self.end(self.mary, visitor)):
            visitor = self.visitor()
            visitor.ok("/post-chat-feedback-rating", {"feedbackRating": 2})
            visitor.ok("/post-chat-feedback-text", {"feedbackText": "halb"})
            act(visitor)
            self.assertEqual(self.versions(visitor, "feedback_rating, feedback_text")[-1],
                             ["", ""])

    # ---- chats that an agent gives back ----

    def test_remove_attached_chats(self):
        """A-21, C-07, D-6: all and only the agent's open chats, to the end of the queue."""
        mine, ended, johns = [self.visitor(), self.visitor()], self.visitor(), self.visitor()
        for visitor in mine + [ended]:
            self.claim(self.mary, visitor)
        self.claim(self.john, johns)
        self.end(self.mary, ended)
        waiting = self.visitor("has waited longer")
        before = self.active()
        path = "/cs-remove-attached-chats"
        self.refused_all(path, {"customerSupportId": MARY}, [
            (self.john, WRONG_ROLE), (self.manager, WRONG_ROLE), (self.analyst, WRONG_ROLE),
            (self.nobody, UNAUTHENTICATED), (waiting, UNAUTHENTICATED)])
        self.assertEqual(self.data(self.mary, path, {"customerSupportId": MARY},
                                   "remove_attached_chats"), [])
        after = self.active()
        freed = [id for id, row in after.items() if row != before[id]]
        self.assertEqual(freed, [visitor.chat_id for visitor in mine])  # in the order they came
        for visitor in mine:
            row = after[visitor.chat_id]
            self.assertEqual([row["customerSupportId"], row["customerSupportDisplayName"],
                              row["csaTitle"], row["status"]], ["", "", "", "OPEN"])
            self.assertGreater(instant(row["created"]),
                               instant(after[waiting.chat_id]["created"]))
        self.assertEqual(self.versions(ended, "customer_support_id, status")[-1], [MARY, "ENDED"])
        first = self.position(waiting)
        self.await_position(mine[0], first + 1)
        self.await_position(mine[1], first + 2)
        rows = self.versions(mine[0], "customer_support_id")
        self.data(self.mary, path, {"customerSupportId": MARY}, "remove_attached_chats")
        self.assertEqual(self.versions(mine[0], "customer_support_id"), rows)
        self.claim(self.mary, mine[0])
        self.data(self.adam, path, {"customerSupportId": JOHN}, "remove_attached_chats")
        self.assertEqual(self.active()[johns.chat_id]["customerSupportId"], "")
        self.assertEqual(self.active()[mine[0].chat_id]["customerSupportId"], MARY)

    def test_unclaim_as_today_s_client_asks_it(self):
        """C-07 by its later name: a GET, which must be no link on another page."""
        visitor = self.visitor()
        self.claim(self.manager, visitor)
        path = "/backoffice/chats/assigned/unclaim"
        for headers in ({"Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Mode": "no-cors"},
                        {"Origin": "https://evil.example", "Sec-Fetch-Mode": "cors"}):
            answer = self.manager.request("GET", path, headers=headers)
            self.assertEqual(answer.status, 403, answer)
        self.assertNotEqual(self.active()[visitor.chat_id]["customerSupportId"], "")
        self.assertEqual(self.response(self.manager, path), [])
        self.assertEqual(self.active()[visitor.chat_id]["customerSupportId"], "")

    # ---- who the end user is ----

    def test_contacts(self):
        """V-06: of the caller's own chat; what is not said stays as it is."""
        visitor, other = self.visitor(), self.visitor()
        created = self.versions(visitor, "created")[0]
        path = "/end-user-email-phone"
        text = self.response(visitor, path, {"chatId": visitor.chat_id,
                                             "endUserEmail": "mari@example.ee"}, "POST")
        self.assertIn(visitor.chat_id, text)
        self.assertIn("mari@example.ee", text)
        text = self.response(visitor, "/backoffice/chats/users/contact",
                             {"chatId": visitor.chat_id, "endUserPhone": "+372 55 5"}, "POST")
        self.assertIn("mari@example.ee", text)
        self.assertIn("+372 55 5", text)
        row = self.active()[visitor.chat_id]
        self.assertEqual([row["endUserEmail"], row["endUserPhone"]],
                         ["mari@example.ee", "+372 55 5"])
        self.assertEqual(self.versions(visitor, "created")[-1], created)
        body = {"chatId": visitor.chat_id, "endUserEmail": "x@example.ee"}
        self.refused_all(path, body, [
            (self.nobody, UNAUTHENTICATED), (self.mary, UNAUTHENTICATED),
            (other, (403, "not_your_chat"))])
        self.refused(visitor, path, {"endUserEmail": "x" * 556}, LIMITS)
        self.end(self.mary, visitor)
        self.refused(visitor, path, body, ENDED)

    def test_names(self):
        """/end-user-id-name of the June widget."""
        visitor, other = self.visitor(), self.visitor()
        body = {"chatId": visitor.chat_id, "endUserId": "EE60001019906",
                "endUserFirstName": "Mari-Liis", "endUserLastName": "Männik"}
        text = self.response(visitor, "/end-user-id-name", body, "POST")
        self.assertIn("Mari-Liis Männik", text)
        chat = self.data(visitor, "/get-chat-by-id", None, "forwarding_validation")
        self.assertEqual([chat["endUserId"], chat["endUserFirstName"], chat["endUserLastName"]],
                         ["EE60001019906", "Mari-Liis", "Männik"])
        rows = self.versions(visitor, "id")
        self.response(visitor, "/backoffice/chats/users/name", body, "POST")
        self.assertEqual(self.versions(visitor, "id"), rows)  # it was known
        self.refused_all("/end-user-id-name", {**body, "endUserId": "EE1"}, [
            (self.nobody, UNAUTHENTICATED), (self.mary, UNAUTHENTICATED),
            (other, (403, "not_your_chat"))])
        self.refused(visitor, "/end-user-id-name", {"endUserId": "x" * 556}, LIMITS)
        self.end(self.mary, visitor)
        self.refused(visitor, "/end-user-id-name", {**body, "endUserId": "EE1"}, ENDED)

    # ---- ended chats ----

    def ended_rows(self, client, body=None, method="POST"):
        return self.data(client, "/cs-get-all-ended-chats", body, "cs_get_all_ended_chats", method)

    def test_ended_chats(self):
        """A-20, C-02: with labels, or null; in the order in which they were opened."""
        began = now()
        first, second = self.visitor("esimene"), self.ended_visitor("teine")
        third = self.visitor()
        self.claim(self.mary, first)
        self.end(self.mary, first)
        mine = [first.chat_id, second.chat_id]
        for rows in (self.ended_rows(self.mary), self.ended_rows(self.adam, None, "GET"),
                     self.response(self.manager, "/backoffice/agents/chats/ended", {}, "POST")):
            self.assertEqual([row["id"] for row in rows if row["id"] in mine], mine)
            self.assertNotIn(third.chat_id, [row["id"] for row in rows])
            row = next(row for row in rows if row["id"] == first.chat_id)
            self.assertEqual(list(row), ENDED_KEYS)
            self.assertEqual([row["status"], row["customerSupportId"], row["labels"]],
                             ["ENDED", MARY, None])
            self.assertRegex(row["ended"], TIME)
        self.assertEqual([row["id"] for row in self.ended_rows(self.mary, {"from": began})], mine)
        # The one that ended last stays when there is room for one.
        self.assertEqual([row["id"] for row in self.ended_rows(self.mary, {"limit": 1})],
                         [first.chat_id])
        last = self.versions(first, "ended")[-1][0]
        moment = next(row["ended"] for row in self.ended_rows(self.mary, {"limit": 1}))
        self.assertEqual(instant(moment), last)
        self.assertEqual([row["id"] for row in self.ended_rows(
            self.mary, {"from": began, "to": moment})], [second.chat_id])
        # A version since the end counts, and the chat is there once.
        first.ok("/post-chat-feedback-rating", {"feedbackRating": 5})
        self.assertEqual([row["id"] for row in self.ended_rows(self.mary, {"from": began})], mine)
        self.refused_all("/cs-get-all-ended-chats", None, [
            (self.analyst, WRONG_ROLE), (self.nobody, UNAUTHENTICATED), (third, UNAUTHENTICATED)])
        self.refused(self.mary, "/cs-get-all-ended-chats", {"limit": 0}, LIMITS)
        self.refused(self.mary, "/cs-get-all-ended-chats", {"from": "soon"}, (400, "invalid_time"))

    def test_ended_chats_come_in_pages(self):
        """C-02: more than one page of them."""
        began = now()
        ids = [self.ended_visitor().chat_id for _ in range(205)]
        rows = self.ended_rows(self.mary, {"from": began})
        self.assertEqual([row["id"] for row in rows], ids)
        rows = self.ended_rows(self.mary, {"from": began, "limit": 203})
        self.assertEqual([row["id"] for row in rows], ids[2:])

    def test_labels(self):
        """V-25, D-7, A-70: a new version with the labels, which later versions keep."""
        visitor = self.ended_visitor()
        path = "/labels/label-history"
        body = {"chatId": visitor.chat_id, "labels": ["maksud", "õigus, vaie"]}
        rows = self.response(self.adam, path, body, "POST")
        self.assertEqual([list(row) for row in rows], [ENDED_KEYS])
        self.assertEqual(rows[0]["labels"], body["labels"])
        self.assertEqual([row[0] for row in self.versions(visitor, "labels")][:-1],
                         [""] * (len(self.versions(visitor, "labels")) - 1))
        visitor.ok("/post-chat-feedback-rating", {"feedbackRating": 5})
        row = next(row for row in self.ended_rows(self.mary) if row["id"] == visitor.chat_id)
        self.assertEqual(row["labels"], body["labels"])
        open_one = self.visitor()
        self.response(self.adam, path, {"chatId": open_one.chat_id, "labels": ["uus"]}, "POST")
        self.claim(self.mary, open_one)
        self.end(self.mary, open_one)
        row = next(row for row in self.ended_rows(self.mary) if row["id"] == open_one.chat_id)
        self.assertEqual(row["labels"], ["uus"])
        self.assertIsNone(self.response(self.adam, path, {"chatId": open_one.chat_id,
                                                          "labels": []}, "POST")[0]["labels"])
        self.refused_all(path, body, [
            (self.mary, WRONG_ROLE), (self.manager, WRONG_ROLE), (self.nobody, UNAUTHENTICATED),
            (visitor, UNAUTHENTICATED)])
        for labels, expected in ((None, (400, "missing_field")), ("x", (400, "invalid_field")),
                                 ([1], (400, "invalid_field")), ([""], LIMITS),
                                 (["x" * 101], LIMITS), (["x"] * 51, LIMITS),
                                 (["a\nb"], (422, "label_invalid"))):
            self.refused(self.adam, path, {"chatId": visitor.chat_id, "labels": labels}, expected)
        self.refused(self.adam, path, {"chatId": NOBODY, "labels": []}, NO_CHAT)
        self.refused(self.adam, path, {"labels": []}, (400, "missing_field"))

    def test_notes(self):
        """V-15, V-16, and cs-comment-history: the newest version counts."""
        visitor, other = self.ended_visitor(), self.visitor()
        path = "/comments/comment-history"
        query = f"{path}?chatId={visitor.chat_id}"
        empty = {"chatId": visitor.chat_id, "comment": ""}
        self.assertEqual(self.response(self.adam, query), empty)
        for comment in ("Helista tagasi", "Helistatud: „õ“"):
            self.assertEqual(self.response(self.adam, path, {**empty, "comment": comment}, "POST"),
                             [])
            self.assertEqual(self.response(self.adam, query), {**empty, "comment": comment})
        self.assertEqual(database.rows(self.instance, "SELECT COUNT(*) FROM chat_comment "
                                       f"WHERE chat_id = '{visitor.chat_id}'"), [[2]])
        value = self.data(self.adam, "/cs-comment-history?chatId=" + visitor.chat_id, None,
                          "cs_comment_history", "GET")
        self.assertEqual(value["comment"], "Helistatud: „õ“")
        self.assertEqual(self.data(self.adam, "/cs-comment-history",
                                   {**empty, "chatId": other.chat_id, "comment": "x"},
                                   "cs_comment_history"), [])
        self.assertEqual(self.response(self.adam, f"{path}?chatId={other.chat_id}")["comment"], "x")
        self.assertEqual(self.response(self.adam, query)["comment"], "Helistatud: „õ“")
        cases = [(self.mary, WRONG_ROLE), (self.manager, WRONG_ROLE),
                 (self.nobody, UNAUTHENTICATED), (visitor, UNAUTHENTICATED)]
        for name in (path, "/cs-comment-history"):
            self.refused_all(name, {**empty, "comment": "y"}, cases)
            self.refused_all(f"{name}?chatId={visitor.chat_id}", None, cases, "GET")
            self.refused(self.adam, name, {**empty, "comment": "x" * 3001}, LIMITS)
            self.refused(self.adam, name, {**empty, "chatId": NOBODY}, NO_CHAT)
            self.refused(self.adam, f"{name}?chatId={NOBODY}", None, NO_CHAT, "GET")
            self.refused(self.adam, name, {"chatId": visitor.chat_id}, (400, "missing_field"))

    # ---- search ----

    def test_search(self):
        """C-16: words in their order, in any case, Estonian and Russian letters too; each chat
        once, the newest message first; the signs of LIKE mean themselves."""
        word = uuid.uuid4().hex
        first = self.visitor(f"Tere {word} KÕIK inimesed, ÄRA karda")
        second = self.visitor(f"Õun {word} Добрый День 100%")
        second.say(second.chat_id, f"veel {word} siin")

        def found(key, client=self.mary, method="POST"):
            return self.data(client, "/cs-get-chat-ids-matching-message-search",
                             {"searchKey": key}, "get_chat_ids_matching_message_search", method)

        both = [{"chatId": second.chat_id}, {"chatId": first.chat_id}]
        self.assertEqual(found(word), both)
        self.assertEqual(found(word.upper(), self.manager, "GET"), both)
        for key in ("tere kõik", "KÕIK inim ära", "Ära"):
            self.assertIn(both[1], found(key), key)
        self.assertEqual(found(f"{word} kõik"), both[1:])
        self.assertEqual(found(f"{word} добрый день"), both[:1])
        self.assertEqual(found(f"{word} 100%"), both[:1])
        self.assertEqual(found(f"kõik {word}"), [])
        self.assertEqual(found(f"{word} %"), both[:1])
        self.assertEqual(found(f"{word} _"), [])
        self.refused_all("/cs-get-chat-ids-matching-message-search", {"searchKey": "tere"}, [
            (self.analyst, WRONG_ROLE), (self.nobody, UNAUTHENTICATED), (first, UNAUTHENTICATED)])
        self.refused(self.mary, "/cs-get-chat-ids-matching-message-search", {},
                     (400, "missing_field"))
        self.refused(self.mary, "/cs-get-chat-ids-matching-message-search", {"searchKey": " "},
                     LIMITS)


if __name__ == "__main__":
    unittest.main()
