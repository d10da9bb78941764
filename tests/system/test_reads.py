#!/usr/bin/env python3
"""What is read of chats, of the queue and of the parts, and today's names of
what a page asks by GET though it writes: the request as clients send it, the
exact answer, and each refusal (contract §2 to §4, §10).
"""

import os
import signal
import unittest
import uuid

from endpoint import ADAM, MARY, ROLES, Endpoint
from kratt import now

FIELDS = ["appName", "version", "packagingTime", "appStartTime", "serverTime"]
LINKS = ({"Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Mode": "no-cors"},
         {"Origin": "https://evil.example", "Sec-Fetch-Mode": "cors"})


class Reads(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.analyst = cls.instance.agent(ADAM, "Adam", [ROLES[4]])
        cls.nobody = cls.instance.client()

    def both(self, client, path, body, key):
        """The value, which is the same by GET, where the body is the query."""
        query = "&".join(f"{name}={value}" for name, value in body.items())
        value = self.data(client, path, body, key)
        self.assertEqual(self.data(client, f"{path}?{query}" if query else path, None, key, "GET"),
                         value)
        return value

    # ---- the end user's own chat ----

    def test_init_chat(self):
        """P-01: 1 to 300, 300 and 3000 characters after trimming."""
        def body(content="Tere!", os="Linux", url="https://www.example.ee/"):
            return {"message": {"chatId": None, "content": content, "authorTimestamp": now(),
                                "authorRole": "end-user"},
                    "endUserTechnicalData": {"endUserOs": os, "endUserUrl": url}}

        chat = self.data(self.instance.client(), "/init-chat", body("õ" * 3000, "x" * 300),
                         "get_inserted_chat")
        self.assertEqual([chat["status"], chat["endUserOs"], chat["ended"]],
                         ["OPEN", "x" * 300, ""])
        limits = (422, "value_out_of_limits")
        for refused in (body(""), body(" \n "), body("õ" * 3001), body(os=""), body(os="x" * 301),
                        body(url=" "), body(url="x" * 301)):
            self.refused(self.nobody, "/init-chat", refused, limits)
        for refused, code in (({}, "missing_field"), (body(7), "invalid_field")):
            self.refused(self.nobody, "/init-chat", refused, (400, code))
        self.refused(self.nobody, "/init-chat", None, (405, "method_not_allowed"), "GET")

    def test_the_own_chat_and_its_messages(self):
        """P-02, P-03, P-04: whatever id is sent, it is that of the cookie, or
        it is refused; new is what is newer than the time."""
        visitor, other = self.visitor("Esimene"), self.visitor()
        key = "forwarding_validation"
        chat = self.both(visitor, "/get-chat-by-id", {"id": visitor.chat_id}, key)
        self.assertEqual([chat["id"], chat["status"], chat["lastMessage"]],
                         [visitor.chat_id, "OPEN", "Esimene"])
        first = self.both(visitor, "/get-messages-by-chat-id", {"id": visitor.chat_id}, key)
        self.assertEqual([row["content"] for row in first], ["Esimene"])
        self.assertNotIn("chatid", first[0])
        visitor.say(visitor.chat_id, "Teine")
        bound = first[0]["updated"].replace("+00:00", "Z")
        rows = self.both(visitor, "/get-new-messages",
                         {"chatId": visitor.chat_id, "timeRangeBegin": bound}, key)
        self.assertEqual([[row["content"], row["chatid"], row["chatId"]] for row in rows],
                         [["Teine", visitor.chat_id, visitor.chat_id]])
        self.assertEqual(self.both(visitor, "/get-new-messages", {"timeRangeBegin": now()}, key),
                         [])
        for path, name in (("/get-chat-by-id", "id"), ("/get-messages-by-chat-id", "id"),
                           ("/get-new-messages", "chatId")):
            self.refused_all(path, {name: visitor.chat_id}, [
                (self.nobody, (401, "not_authenticated")), (self.mary, (401, "not_authenticated")),
                (other, (403, "not_your_chat"))])
        self.refused(visitor, "/get-new-messages", {"timeRangeBegin": "eile"},
                     (400, "invalid_time"))

    def test_the_same_by_today_s_names(self):
        """P-02, P-03, P-04: POST and GET, as one widget or another does."""
        visitor = self.visitor("Täna")
        for method in ("GET", "POST"):
            chat = self.response(visitor, "/backoffice/chats/get", None, method)
            self.assertEqual(chat["id"], visitor.chat_id)
            rows = self.response(visitor, "/backoffice/chats/messages/all", None, method)
            self.assertEqual([row["content"] for row in rows], ["Täna"])
        rows = self.response(visitor, "/backoffice/chats/messages/new?timeRangeBegin="
                             "2020-01-01T00:00:00.000Z")
        self.assertEqual([row["content"] for row in rows], ["Täna"])

    def test_who_leaves(self):
        """P-10: what the seed's widget sends, which has no event, and the
        refusals; the chat is not touched by these."""
        visitor, other = self.visitor(), self.visitor()
        self.refused_all("/end-chat", {"chatId": visitor.chat_id}, [
            (self.nobody, (401, "not_authenticated")), (self.mary, (401, "not_authenticated")),
            (other, (403, "not_your_chat"))])
        self.refused(visitor, "/end-chat", {"event": "no-reason"}, (422, "unknown_event"))
        self.refused(visitor, "/end-chat", {"authorTimestamp": "eile"}, (400, "invalid_time"))
        self.refused(visitor, "/end-chat", None, (405, "method_not_allowed"), "GET")
        value = self.data(visitor, "/end-chat", {"chatId": visitor.chat_id,
                                                 "authorTimestamp": now()},
                          "forwarding_validation")
        self.assertEqual(value, {"data": {"blacklist_client_custom_jwt": None}, "error": None})
        self.refused(visitor, "/get-chat-by-id", {}, (401, "token_revoked"))

    # ---- an agent's ----

    def test_messages_as_agents_read_them(self):
        """C-10, C-11: by body, by query, and by the path."""
        visitor = self.visitor("Üks")
        key = "cs_get_messages_by_chat_id"
        rows = self.both(self.mary, "/cs-get-messages-by-chat-id", {"chatId": visitor.chat_id}, key)
        self.assertEqual([[row["content"], row["chatId"]] for row in rows],
                         [["Üks", visitor.chat_id]])
        self.assertEqual(self.data(self.mary, f"/cs-get-messages-by-chat-id/{visitor.chat_id}",
                                   None, key, "GET"), rows)
        visitor.say(visitor.chat_id, "Kaks")
        bound = rows[0]["updated"].partition("+")[0]  # as the seed's client cuts it
        new = self.both(self.mary, "/cs-get-new-messages",
                        {"chatId": visitor.chat_id, "lastRead": bound}, "cs_get_new_messages")
        self.assertEqual([[row["content"], row["chatid"]] for row in new],
                         [["Kaks", visitor.chat_id]])
        for path in ("/cs-get-messages-by-chat-id", "/cs-get-new-messages"):
            self.refused_all(path, {"chatId": visitor.chat_id}, [
                (self.nobody, (401, "not_authenticated")), (visitor, (401, "not_authenticated")),
                (self.analyst, (403, "role_not_allowed"))])
            self.refused(self.mary, path, {}, (400, "missing_field"))
            self.refused(self.mary, path, {"chatId": "x"}, (400, "invalid_field"))
        self.refused(self.mary, "/cs-get-new-messages",
                     {"chatId": visitor.chat_id, "lastRead": "eile"}, (400, "invalid_time"))

    # ---- the queue ----

    def test_the_waiting_time(self):
        """V-01, V-02: for anyone, by body, by query, by both methods; strings.
        What is no chat that waits is told what a newcomer is told."""
        path = "/estimated-waiting-time"
        visitor = self.visitor()
        asked = ((path, None), (f"{path}?chatId={uuid.uuid4()}", None), (f"{path}?chatId=x", None),
                 (path, {"chatId": None}))
        for url, body in asked:
            for method in ("POST",) if body else ("GET", "POST"):
                waiting = self.response(self.nobody, url, body, method)
                self.assertEqual(list(waiting), ["durationInSeconds", "positionInUnassignedChats"])
                self.assertEqual(waiting["positionInUnassignedChats"], "0")
                self.assertRegex(waiting["durationInSeconds"], r"^\d+$")
        for url, body in ((f"{path}?chatId={visitor.chat_id}", None),
                          (path, {"chatId": visitor.chat_id}),
                          ("/backoffice/chats" + path, {"chatId": visitor.chat_id})):
            place = self.response(self.nobody, url, body, "POST")["positionInUnassignedChats"]
            self.assertGreater(int(place), 0)
        self.refused(self.nobody, path, None, (405, "method_not_allowed"), "PUT")

    # ---- by today's names, a GET that writes ----

    def test_no_link_lets_a_session_live_on_or_ends_it(self):
        """P-24, C-19: the page's own script may, by GET as it does."""
        visitor = self.visitor()
        for headers in LINKS:
            for client, path in ((visitor, "auth/jwt/extend"), (self.mary, "accounts/logout"),
                                 (self.mary, "auth/jwt/blacklist")):
                answer = client.request("GET", "/backoffice/" + path, headers=headers)
                self.assertEqual([answer.status, answer.json["error"]["code"]],
                                 [403, "origin_not_allowed"])
        before = visitor.cookies["chatJwt"]
        answer = visitor.request("GET", "/backoffice/auth/jwt/extend",
                                 headers={"Sec-Fetch-Mode": "cors"})
        self.assertEqual(answer.json["response"], visitor.cookies["chatJwt"])
        self.assertNotEqual(visitor.cookies["chatJwt"], before)
        agent = self.instance.agent("EE38001085751", "Leaver")
        copy = self.instance.client()
        copy.cookies |= agent.cookies
        self.assertIsNone(self.response(agent, "/backoffice/accounts/logout"))
        self.assertEqual(agent.cookies["customJwtCookie"], "")
        self.refused(copy, "/cs-get-all-active-chats", None, (401, "token_revoked"))

    def test_a_log_in_elsewhere_by_its_name_of_today(self):
        """P-20, C-18: POST is the end user's, GET the agent's; no link is it."""
        path, visitor = "/backoffice/auth/tara/login", self.visitor()
        self.refused(visitor, path, {"chatId": visitor.chat_id}, (401, "not_authenticated"))
        self.refused(self.nobody, path, None, (401, "not_authenticated"), "GET")
        for headers in LINKS:
            answer = self.nobody.request("GET", path, headers=headers)
            self.assertEqual(answer.json["error"]["code"], "origin_not_allowed")


class Parts(Endpoint):
    """Here a part says nothing any more."""

    def assert_heartbeat(self, heartbeat, service):
        self.assertEqual(list(heartbeat), FIELDS)
        self.assertEqual(heartbeat["appName"], service)
        self.assertTrue(heartbeat["version"])
        self.assertLess(0, heartbeat["appStartTime"])
        self.assertLess(heartbeat["appStartTime"], heartbeat["serverTime"])

    def parts(self, method="GET"):
        value = self.data(self.client, "/cs-get-components-healthz-status", None,
                          "set_healthz_response", method)
        self.assertEqual(list(value), ["data"])
        return [(part["name"], bool(part["version"])) for part in value["data"]]

    def test_the_parts_and_the_one_that_keeps_chats(self):
        """C-42, C-43: for anyone. Of one that is down the list has no version;
        of the one alone there is nothing to tell."""
        self.client = self.instance.client()
        names = ["TIM", "RUUTER", "DMAPPER", "RESQL"]
        for method in ("GET", "POST"):
            self.assertEqual(self.parts(method), [(name, True) for name in names])
            self.assert_heartbeat(self.data(self.client, "/cs-get-resql-healthz", None,
                                            "resql_healthz", method), "kratt-chat-state")
        tim, resql = self.response(self.client, "/backoffice/health/components-status")
        self.assert_heartbeat(tim, "kratt-rest-ingress")
        self.assert_heartbeat(resql, "kratt-chat-state")
        for path in ("/cs-get-components-healthz-status", "/cs-get-resql-healthz"):
            self.assertEqual(self.client.request("PUT", path).status, 405)
        with self.client.stream("/events/cs-get-components-healthz-status") as stream:
            pid = self.instance.pid("chat-state")
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)
            stream.wait_item(lambda item: item["data"]["set_healthz_response"]["data"][3]["version"]
                             == "", "RESQL without a version")
        self.assertEqual(self.parts(), [(name, name != "RESQL") for name in names])
        answer = self.client.request("GET", "/cs-get-resql-healthz")
        self.assertEqual([answer.status, answer.json["data"], answer.json["error"]["code"]],
                         [503, None, "unavailable"])
        self.assertEqual(answer.headers["Retry-After"], "1")
        tim, resql = self.response(self.client, "/backoffice/health/components-status")
        self.assert_heartbeat(tim, "kratt-rest-ingress")
        self.assertEqual([resql["appName"], resql["version"], resql["appStartTime"]],
                         ["kratt-chat-state", "", 0])


if __name__ == "__main__":
    unittest.main()
