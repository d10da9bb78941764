#!/usr/bin/env python3
"""Every request that today's clients send, as it was recorded, and every field
that they read of the answer; from a page of another origin, with the preflight
that a browser sends before it where the request needs one.

Of each program in the order in which it lives; what one row makes the next ones
need.
"""

import json
import unittest

from endpoint import JOHN, MARY, Endpoint
from kratt import now

ORIGIN = "http://localhost:3000"
SIMPLE = (None, "text/plain")  # content types that need no preflight (Fetch standard)


class Page:
    """A page of another origin: what its fetch does with a request."""

    def __init__(self, test, client):
        self.test, self.client = test, client

    def call(self, method, path, body=None, content_type="application/json", headers=None):
        """body: as the client gives it to fetch; a str is sent as it is."""
        if body is None:
            content_type = None
        names = [name.lower() for name in headers or {}]
        if content_type not in SIMPLE:
            names.append("content-type")
        if names:
            self.preflight(method, path, names)
        sent = {"Origin": ORIGIN, **(headers or {})}
        if content_type:
            sent["Content-Type"] = content_type
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        answer = self.client.request(method, path, body and body.encode(), sent)
        self.may_read(answer)
        return answer

    def preflight(self, method, path, names):
        answer = self.client.request("OPTIONS", path, None, {
            "Cookie": "", "Origin": ORIGIN, "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ",".join(sorted(names))})
        self.test.assertIn(answer.status, (200, 204))
        self.may_read(answer)
        self.test.assertIn(method, answer.headers["Access-Control-Allow-Methods"])
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        for name in names:
            self.test.assertIn(name, allowed)

    def may_read(self, answer):
        self.test.assertEqual(answer.headers["Access-Control-Allow-Origin"], ORIGIN)
        self.test.assertEqual(answer.headers["Access-Control-Allow-Credentials"], "true")

    def value(self, method, path, body=None, **more):
        """The value as the clients take it: the first one in data, or response."""
        answer = self.call(method, path, body, **more)
        self.test.assertEqual(answer.status, 200, answer)
        self.test.assertFalse(answer.json.get("error"))
        if "response" in answer.json:
            return answer.json["response"]
        self.test.assertEqual(len(answer.json["data"]), 1)
        return answer.value

    def fails(self, method, path, body=None):
        """Whatever is no success: the client goes on without."""
        answer = self.call(method, path, body)
        self.test.assertNotEqual(answer.status, 200)

    def first(self, path, **query):
        with self.client.stream(path, **query) as stream:
            self.test.assertEqual(stream.status, 200)
            return stream.first().value


class Clients(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator.ok("/cs-add-user", {
            "userIdCode": MARY, "displayName": "Mary", "csaTitle": "nõustaja", "csa_email": "",
            "roles": ["ROLE_CUSTOMER_SUPPORT_AGENT"], "login": "mary", "password": "mary's own one"})
        cls.john = cls.instance.agent(JOHN, "John")

    def page(self):
        return Page(self, self.instance.client())

    def message(self, content, **more):
        return {"content": content, "authorTimestamp": now(), "authorRole": "end-user", **more}

    def begin_chat(self, page):
        chat = page.value("POST", "/init-chat", {
            "message": self.message("Tere!", chatId=None),
            "endUserTechnicalData": {"endUserUrl": "https://www.example.ee/", "endUserOs": "Linux"}})
        self.assertIn("chatJwt", page.client.cookies)
        return chat["id"]

    def own(self, rows, sent):
        """A message is known by these two alone, to the millisecond."""
        return [row for row in rows if row["authorRole"] == sent["authorRole"] and
                row["authorTimestamp"][:23] == sent["authorTimestamp"][:23]]

    # ---- the widget of the seed ----

    def test_the_widget_of_the_seed(self):
        page = self.page()
        self.assertIsNone(page.value("POST", "/custom-jwt-userinfo", '"clientCustomJwtCookie"'))
        greeting = page.value("POST", "/get-greeting-message")
        self.assertIsInstance(greeting["isActive"], bool)
        self.assertIsInstance(greeting["est"], str)
        waiting = page.value("POST", "/get-estimated-waiting-time")
        self.assertIsInstance(waiting["isActive"], bool)
        self.assertIn("time", waiting)
        begin = now()
        chat_id = self.begin_chat(page)
        chat = page.first("/sse/get-chat-by-id", id=chat_id)
        self.assertEqual((chat["status"], chat["customerSupportId"]), ("OPEN", ""))
        self.assertIsInstance(
            page.first("/sse/get-new-messages", chatId=chat_id, timeRangeBegin=begin), list)
        sent = self.message("Kas keegi on siin?", chatId=chat_id)
        page.value("POST", "/post-message", sent)
        self.answer_question(page, chat_id)
        self.rate_message(page, chat_id)
        self.assertEqual(page.value("POST", "/get-chat-by-id", {"id": chat_id})["status"], "OPEN")
        rows = page.value("POST", "/get-messages-by-chat-id", {"id": chat_id})
        self.assertEqual(len(self.own(rows, sent)), 1)
        page.fails("POST", "/login-with-tara-jwt", {"chatId": chat_id})
        page.value("POST", "/post-chat-feedback-rating", {"chatId": chat_id, "feedbackRating": 10})
        page.value("POST", "/post-chat-feedback-text", {"chatId": chat_id, "feedbackText": "hea"})
        page.value("POST", "/end-chat", self.message(
            "", chatId=chat_id, event="client-left"))

    def answer_question(self, page, chat_id):
        """The whole message comes back with another event, role and time."""
        self.john.ok("/cs-claim-chat", {"id": chat_id})
        self.john.ok("/cs-post-event-message", {
            "chatId": chat_id, "event": "ask-permission", "authorTimestamp": now()})
        asked = page.value("POST", "/get-messages-by-chat-id", {"id": chat_id})[-1]
        self.assertEqual((asked["event"], asked["authorRole"]), ("ask-permission", "backoffice-user"))
        page.value("POST", "/post-message-with-new-event", {
            **asked, "event": "ask-permission-accepted", "authorRole": "end-user",
            "authorTimestamp": now()})
        answered = page.value("POST", "/get-messages-by-chat-id", {"id": chat_id})[-1]
        self.assertEqual((answered["id"], answered["event"], answered["authorRole"]),
                         (asked["id"], "ask-permission-accepted", "end-user"))

    def rate_message(self, page, chat_id):
        self.john.answer(chat_id, "Tere, mina olen John.")
        row = page.value("POST", "/get-messages-by-chat-id", {"id": chat_id})[-1]
        page.value("POST", "/post-message-with-rating", {**row, "rating": "liked"})
        rated = page.value("POST", "/get-messages-by-chat-id", {"id": chat_id})[-1]
        self.assertEqual((rated["id"], rated["rating"], rated["content"]),
                         (row["id"], "liked", row["content"]))

    # ---- the widget of June 2023 ----

    def test_the_widget_of_june(self):
        page = self.page()
        answer = page.call("GET", "/healthz")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.body)
        config = page.value("GET", "/get-widget-config")
        self.assertLessEqual({"widgetProactiveSeconds", "isWidgetActive", "widgetColor",
                              "widgetDisplayBubbleMessageSeconds", "widgetBubbleMessageText"},
                             set(config))
        self.assertIn(page.call("GET", "/get-emergency-notice").status, (200, 404))
        chat_id = self.begin_chat(page)
        wait = page.value("POST", "/estimated-waiting-time")
        self.assertEqual([type(wait[name]) for name in
                          ("durationInSeconds", "positionInUnassignedChats")], [str, str])
        self.john.ok("/cs-claim-chat", {"id": chat_id})
        self.john.answer(chat_id, "Tere!")
        page.value("POST", "/post-message", self.message(
            "message-read", chatId=chat_id, event="message-read"))
        page.value("POST", "/post-message-preview", {"chatId": None, "content": ""})
        page.call("POST", "/attachments/add")
        page.value("POST", "/custom-jwt-extend")
        self.assertEqual(page.value("POST", "/get-chat-by-id", {"id": chat_id})["status"], "OPEN")
        page.value("POST", "/post-chat-feedback-rating", {"chatId": chat_id, "feedbackRating": 0})
        page.value("POST", "/end-chat", self.message(
            "", chatId=chat_id, event="CLIENT_LEFT_WITH_ACCEPTED"))
        stored = self.john.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})
        self.assertEqual(stored[-1]["event"], "CLIENT_LEFT_WITH_ACCEPTED")

    # ---- the agents' program of the seed ----

    def test_the_agents_program_of_the_seed(self):
        visitor, page = self.visitor(), self.page()
        page.value("POST", "/cs-login", {"login": "mary", "password": "mary's own one"})
        self.assertIn("customJwtCookie", page.client.cookies)
        user = page.value("POST", "/cs-custom-jwt-userinfo", '"customJwtCookie"')
        self.assertEqual(user["authorities"], ["ROLE_CUSTOMER_SUPPORT_AGENT"])
        self.assertEqual((user["displayName"], user["idCode"]), ("Mary", MARY))
        self.assertIsInstance(user["JWTExpirationTimestamp"], int)
        page.value("POST", "/cs-set-customer-support-activity", {
            "customerSupportStatus": "true", "customerSupportId": MARY})
        activity = page.value("POST", "/cs-get-customer-support-activity", {"customerSupportId": MARY})
        self.assertEqual(activity[0]["active"], "true")
        row = next(row for row in page.first("/sse/cs-get-all-active-chats")
                   if row["id"] == visitor.chat_id)
        self.assertEqual((row["customerSupportId"], row["lastMessage"]), ("", "Tere!"))
        chat = {"id": visitor.chat_id, "customerSupportDisplayName": "Mary", "customerSupportId": MARY}
        self.assertEqual(page.value("POST", "/cs-claim-chat", chat)["id"], visitor.chat_id)
        rows = page.value("POST", "/cs-get-messages-by-chat-id", {"chatId": visitor.chat_id})
        self.assertTrue(rows and rows[-1]["updated"])
        self.assertTrue(page.first("/sse/cs-get-new-messages", chatId=visitor.chat_id, lastRead=""))
        self.assertIsInstance(page.first("/sse/cs-get-new-messages", chatId=visitor.chat_id,
                                         lastRead=rows[-1]["updated"].split("+")[0]), list)
        sent = {"chatId": visitor.chat_id, "content": "Tere!", "authorTimestamp": now(),
                "authorFirstName": "", "authorId": MARY, "authorRole": "backoffice-user"}
        page.value("POST", "/cs-post-message", sent)
        rows = page.value("POST", "/cs-get-messages-by-chat-id", {"chatId": visitor.chat_id})
        self.assertEqual(len(self.own(rows, sent)), 1)
        event = {**sent, "event": "contact-information", "authorTimestamp": now()}
        del event["content"]
        page.value("POST", "/cs-post-event-message", event)
        agents = page.value("POST", "/cs-get-customer-support-agents")
        self.assertIn((MARY, "Mary"), [(agent["idCode"], agent["displayName"]) for agent in agents])
        self.assertEqual(page.call("POST", "/jwt/custom-jwt-verify", "customJwtCookie",
                                   content_type="text/plain").status, 200)
        redirected = page.value("POST", "/cs-redirect-chat", {
            "id": visitor.chat_id, "customerSupportDisplayName": "John", "customerSupportId": JOHN})
        self.assertEqual(redirected["id"], visitor.chat_id)
        ended = page.value("POST", "/cs-end-chat", {
            "chatId": visitor.chat_id, "event": "answered", "authorTimestamp": now(),
            "authorFirstName": "", "authorId": MARY, "authorRole": "backoffice-user"})
        self.assertEqual(ended["id"], visitor.chat_id)

    # ---- the agents' program of June 2023 ----

    def test_the_agents_program_of_june(self):
        """As an administrator: it asks for what is theirs to see."""
        visitor, page = self.visitor(), self.page()
        page.value("POST", "/cs-login", {
            "login": self.instance.login, "password": self.instance.password})
        user = page.value("GET", "/cs-custom-jwt-userinfo")
        own = user["idCode"]
        self.assertLessEqual({"displayName", "idCode", "csaTitle", "firstName", "authorities"}, set(user))
        page.value("POST", "/cs-set-customer-support-activity", {
            "customerSupportActive": True, "customerSupportStatus": "online",
            "customerSupportId": own})
        activity = page.value("GET", f"/cs-get-customer-support-activity?customerSupportId={own}")
        self.assertEqual((activity[0]["status"], activity[0]["active"]), ("online", "true"))
        by_id = page.value("POST", "/cs-get-customer-support-activity-by-id", {"customerSupportId": own})
        self.assertEqual(by_id[0]["status"], "online")
        chats = page.value("GET", "/cs-get-all-active-chats")
        row = next(row for row in chats if row["id"] == visitor.chat_id)
        self.assertLessEqual({"customerSupportId", "customerSupportDisplayName", "status",
                              "lastMessage", "created"}, set(row))
        agents = page.value("GET", "/cs-get-customer-support-agents")
        self.assertLessEqual({"displayName", "idCode", "csaTitle", "customerSupportStatus"},
                             set(agents[0]))
        page.value("GET", "/cs-get-user-profile-settings?userId=1")
        for path in ("/cs-get-csa-name-visibility", "/cs-get-csa-title-visibility"):
            self.assertIsInstance(page.value("GET", path)["isVisible"], bool)
        self.assertIn(page.call("GET", "/cs-get-user-role").status, (200, 404))
        page.value("POST", "/cs-claim-chat", {
            "id": visitor.chat_id, "customerSupportDisplayName": "Mary", "customerSupportId": own,
            "csaTitle": "nõustaja", "forwardedByUser": "", "forwardedFromCsa": "",
            "forwardedToCsa": ""})
        rows = page.value("POST", "/cs-get-messages-by-chat-id", {"chatId": visitor.chat_id})
        self.assertLessEqual(
            {"id", "content", "event", "authorId", "authorTimestamp", "authorRole",
             "forwardedByUser", "forwardedFromCsa", "forwardedToCsa"}, set(rows[0]))
        page.first("/sse/cs-get-new-messages", chatId=visitor.chat_id, lastRead=now())
        redirected = page.value("POST", "/cs-redirect-chat", {
            "id": visitor.chat_id, "customerSupportDisplayName": "John", "customerSupportId": JOHN,
            "csaTitle": "", "forwardedByUser": own, "forwardedFromCsa": own,
            "forwardedToCsa": JOHN})
        self.assertEqual(redirected["customerSupportId"], JOHN)
        page.value("POST", "/cs-end-chat", {
            "chatId": visitor.chat_id, "event": "ACCEPTED", "authorTimestamp": now(),
            "authorFirstName": None, "authorId": own,
            "authorRole": ["ROLE_ADMINISTRATOR"]})
        self.assertEqual(visitor.ok("/get-chat-by-id")["status"], "ENDED")

    # ---- today's widget ----

    def test_the_widget_of_today(self):
        """GETs with cache-control, so with a preflight; flags are strings."""
        page = self.page()
        base = "/backoffice/chats"

        def get(path):
            return page.value("GET", path, headers={"Cache-Control": "no-cache"})

        config = get(base + "/config/widget")
        self.assertEqual((config["isBurokrattActive"], type(config["isWidgetActive"])), ("true", str))
        for name in ("emergency-notice", "organization-working-time"):
            self.assertIn(page.call("GET", f"{base}/config/{name}").status, (200, 404))
        get(base + "/greeting")
        chat = page.value("POST", base + "/init", {
            "message": self.message("Tere!", chatId=None),
            "endUserTechnicalData": {"endUserUrl": "https://www.example.ee/", "endUserOs": "Linux"}})
        self.assertEqual(page.value("POST", base + "/get", {"chatId": chat["id"]})["id"], chat["id"])
        sent = self.message("Kas keegi on siin?", chatId=chat["id"])
        page.value("POST", base + "/messages/add", sent)
        page.value("POST", base + "/messages/preview", {"chatId": chat["id"], "content": "Ma k"})
        self.assertEqual(len(self.own(page.value("POST", base + "/messages/all",
                                                 {"chatId": chat["id"]}), sent)), 1)
        rows = get(base + "/messages/new?timeRangeBegin=" + chat["created"].split("+")[0])
        self.assertEqual(len(self.own(rows, sent)), 1)
        wait = page.value("POST", base + "/estimated-waiting-time", {"chatId": chat["id"]})
        self.assertGreater(int(wait["positionInUnassignedChats"]), 0)
        with page.client.stream(f"/sse/notifications/{chat['id']}") as stream:
            self.john.ok("/cs-claim-chat", {"id": chat["id"]})
            self.john.answer(chat["id"], "Tere!")
            stream.wait(lambda frame: frame.json.get("type") == "message", "a notification")
        page.value("POST", base + "/feedbacks/rating", {"chatId": chat["id"], "feedbackRating": 9})
        page.value("POST", base + "/feedbacks/text", {"chatId": chat["id"], "feedbackText": "hea"})
        page.value("POST", base + "/end", {"message": self.message(
            "", chatId=chat["id"], event="CLIENT_LEFT_WITH_ACCEPTED")})


if __name__ == "__main__":
    unittest.main(verbosity=2)
