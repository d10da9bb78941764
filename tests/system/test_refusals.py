#!/usr/bin/env python3
"""Bad input over the front door: each time the right status, a code and a
sentence; no row written; and all services as they were before.
"""

import hashlib
import hmac
import json
import os
import re
import socket
import time
import unittest

import database
from forge import b64, claims_of, make_token, read_private_key, sign_rs256, unb64
from kratt import Client, Instance, now

NOBODY = "00000000-0000-4000-8000-000000000000"
SERVICES = ["chat-state", "health", "waiting-time", "rest-ingress", "sse-gateway-1", "front"]


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance()
        cls.addClassCleanup(cls.instance.stop)
        cls.agent = cls.instance.agent("EE49003106521", "Mary")
        cls.other_agent = cls.instance.agent("EE38001085718", "John")
        cls.analyst = cls.instance.agent("EE60001019906", "Ann", ["ROLE_ANALYST"])
        cls.user = cls.instance.client()
        cls.chat_id = cls.user.open_chat("my own")["id"]
        cls.other = cls.instance.client()
        cls.other_id = cls.other.open_chat("another's")["id"]
        cls.gone = cls.instance.client()
        cls.gone_id = cls.gone.open_chat("soon over")["id"]
        cls.agent.ok("/cs-claim-chat", {"id": cls.gone_id})
        cls.agent.ok("/cs-end-chat", {"chatId": cls.gone_id, "event": "answered",
                                      "authorTimestamp": now(), "authorRole": "backoffice-user"})
        cls.agent.ok("/cs-claim-chat", {"id": cls.other_id})
        cls.pids = cls.read_pids()

    @classmethod
    def read_pids(cls):
        return [cls.instance.pid(name) for name in SERVICES] if cls.instance.dir else []

    def setUp(self):
        self.rows = self.count_rows()

    def tearDown(self):
        self.assertEqual(self.count_rows(), self.rows)
        self.assertEqual(self.read_pids(), self.pids, "a service died")
        for pid in self.pids:
            os.kill(pid, 0)
        self.assertEqual(self.user.post("/get-chat-by-id").status, 200)

    def count_rows(self):
        return database.counts(self.instance) if self.instance.dir else {}

    def assert_refused(self, answer, status, envelope="data"):
        self.assertEqual(answer.status, status, answer)
        body = answer.json
        self.assertEqual(list(body), [envelope, "error"], answer)
        self.assertIsNone(body[envelope])
        self.assertEqual(list(body["error"]), ["code", "message"])
        self.assertRegex(body["error"]["code"], r"^[a-z][a-z0-9_]+$")
        self.assertRegex(body["error"]["message"], r"^\S.* .*\.$")

    def message(self, **changes):
        body = {"chatId": self.chat_id, "content": "hello", "authorRole": "end-user",
                "authorTimestamp": now()}
        return {key: value for key, value in {**body, **changes}.items() if value is not ...}

    def new_chat(self, content="hello", os_name="Linux", url="https://www.example.ee/"):
        return {"message": {"chatId": None, "content": content, "authorRole": "end-user",
                            "authorTimestamp": now()},
                "endUserTechnicalData": {"endUserOs": os_name, "endUserUrl": url}}

    # ---- routes and methods ----

    def test_an_unknown_route_is_404(self):
        for path in ("/no-such-route", "/init-chat/", "/INIT-CHAT", "/cs-get-messages-by-chat-id/",
                     "/../etc/passwd", "/%00", "/init-chat%2f"):
            for method in ("GET", "POST"):
                answer = self.user.request(method, path)
                self.assertIn(answer.status, (400, 404), (path, answer))
                self.assert_refused(answer, answer.status)
        self.assert_refused(self.user.get("/no-such-route"), 404)
        for door in ("/sse/", "/events/"):
            self.assertEqual(self.user.get(door + "no-such-stream").status, 404)

    def test_a_wrong_method_is_405_and_says_which_are_right(self):
        for method, path in (("GET", "/init-chat"), ("GET", "/post-message"),
                             ("DELETE", "/get-chat-by-id"), ("PUT", "/cs-login"),
                             ("PATCH", "/cs-end-chat"), ("GET", "/cs-claim-chat")):
            answer = self.user.request(method, path)
            self.assert_refused(answer, 405)
            self.assertIn("POST", answer.headers["Allow"])
        for door in ("/sse/", "/events/"):
            self.assertEqual(
                self.user.request("DELETE", door + "get-new-messages").status, 405)

    # ---- bodies ----

    def test_what_is_no_json_is_400(self):
        bodies = [b"{", b"{}}", b'{"content":"a",}', b"[1", b'{"content":"\xff\xfe"}', b"\0",
                  b'{"content":"a\\u0000b","chatId":"' + self.chat_id.encode() + b'"}',
                  b'{"content":"\\ud800"}', b'{"content":1e999}', b"nul", b'{"a":1}{"a":2}',
                  b"'single'", b"{content:1}", b'{"content":"a","content":"b"}']
        for body in bodies:
            for path in ("/post-message", "/init-chat"):
                answer = self.user.request("POST", path, body,
                                           {"Content-Type": "application/json"})
                self.assert_refused(answer, 400)

    def test_what_is_no_object_has_no_fields(self):
        """Today's clients send bare strings where nothing is needed."""
        for body in (b"", b"[]", b"5", b'"text"', b"null"):
            self.assert_refused(self.user.post("/init-chat", body), 400)
            answer = self.user.post("/post-message", body)
            self.assertIn(answer.status, (400, 422))
            self.assert_refused(answer, answer.status)

    def test_deep_json_is_400(self):
        for depth in (100, 10000, 30000):
            for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
                body = opening * depth + b"1" + closing * depth
                if len(body) < 65536:
                    self.assert_refused(self.user.request("POST", "/init-chat", body), 400)

    def test_too_large_a_body_is_413(self):
        content = "x" * 70000
        for client, path in ((self.user, "/post-message"), (self.user, "/init-chat"),
                             (self.agent, "/cs-post-message")):
            self.assert_refused(client.post(path, self.message(content=content)), 413)
        self.assert_refused(self.user.post("/post-message", b"z" * 65537), 413)

    def test_a_missing_field_is_400(self):
        body = self.new_chat()
        del body["message"]["content"]
        self.assert_refused(self.user.post("/init-chat", body), 400)
        for key in ("endUserOs", "endUserUrl"):
            body = self.new_chat()
            del body["endUserTechnicalData"][key]
            self.assert_refused(self.user.post("/init-chat", body), 400)
        for body in (None, {}, {"message": None}, {"message": "hello"}, {"message": []}):
            self.assert_refused(self.user.post("/init-chat", body), 400)
        for path in ("/cs-claim-chat", "/cs-end-chat", "/cs-redirect-chat", "/cs-post-message",
                     "/cs-get-messages-by-chat-id", "/cs-get-new-messages"):
            self.assert_refused(self.agent.post(path, {}), 400)
        self.assert_refused(self.user.post("/cs-login", {"login": "admin"}), 400)

    def test_a_value_of_the_wrong_kind_is_400(self):
        for changes in ({"content": 5}, {"content": ["a"]}, {"authorTimestamp": "yesterday"},
                        {"authorTimestamp": 12}, {"event": {}}):
            self.assert_refused(self.user.post("/post-message", self.message(**changes)), 400)
        for chat_id in ("no-uuid", "", 7, self.chat_id.upper() + "0", "' OR 1=1 --"):
            answer = self.agent.post("/cs-claim-chat", {"id": chat_id})
            self.assert_refused(answer, 400)

    def test_a_value_out_of_its_limits_is_422(self):
        for body in (self.new_chat(content=""), self.new_chat(content=" \t\n "),
                     self.new_chat(content="x" * 3001), self.new_chat(os_name="x" * 301),
                     self.new_chat(url="x" * 301), self.new_chat(os_name=""),
                     self.new_chat(content="õ" * 3001)):
            self.assert_refused(self.user.post("/init-chat", body), 422)
        for changes in ({"content": "x" * 3001}, {"content": ""}, {"content": ...},
                        {"event": "x" * 129}):
            self.assert_refused(self.user.post("/post-message", self.message(**changes)), 422)
        self.assert_refused(self.agent.post("/cs-post-message", {
            "chatId": self.other_id, "content": "x" * 3001, "authorTimestamp": now()}), 422)
        self.assert_refused(self.agent.post("/cs-claim-chat", {
            "id": self.chat_id, "customerSupportDisplayName": "x" * 61}), 422)
        self.assert_refused(self.agent.post("/cs-end-chat", {
            "chatId": self.other_id, "event": "no-reason", "authorTimestamp": now()}), 422)

    # ---- who ----

    def test_other_peoples_chats_are_403(self):
        for path, body in (("/post-message", self.message(chatId=self.other_id)),
                           ("/end-chat", {"chatId": self.other_id, "event": "client-left",
                                          "authorTimestamp": now()}),
                           ("/get-chat-by-id", {"id": self.other_id}),
                           ("/get-messages-by-chat-id", {"chatId": self.other_id})):
            answer = self.user.post(path, body)
            if answer.status == 200:  # a read may ignore the id; it never shows the other chat
                self.assertNotIn(self.other_id, answer.body)
                self.assertNotIn("another's", answer.body)
                self.assertTrue(path.startswith("/get-"), path)
            else:
                self.assert_refused(answer, 403)

    def test_a_stream_shows_its_own_chat_whatever_the_query_says(self):
        for door in ("/sse/", "/events/"):
            with self.user.stream(door + "get-chat-by-id", id=self.other_id) as stream:
                if stream.status == 200:
                    self.assertNotIn(self.other_id, stream.first().data)
                else:
                    self.assertEqual(stream.status, 403)
            with self.user.stream(door + "get-new-messages", chatId=self.other_id) as stream:
                if stream.status == 200:
                    stream.wait_said("my own")
                    self.assertFalse(any("another's" in frame.data for frame in stream.frames))
                else:
                    self.assertEqual(stream.status, 403)

    AGENTS = (("/cs-claim-chat", lambda self: {"id": self.chat_id}),
              ("/cs-redirect-chat", lambda self: {"id": self.other_id,
                                                  "customerSupportId": "EE38001085718"}),
              ("/cs-end-chat", lambda self: {"chatId": self.other_id, "event": "answered",
                                             "authorTimestamp": now()}),
              ("/cs-post-message", lambda self: {"chatId": self.other_id, "content": "hello",
                                                 "authorTimestamp": now()}),
              ("/cs-get-messages-by-chat-id", lambda self: {"chatId": self.other_id}),
              ("/cs-get-new-messages", lambda self: {"chatId": self.other_id}),
              ("/cs-get-all-active-chats", lambda self: None),
              ("/cs-add-user", lambda self: {"userIdCode": "EE50001010006", "displayName": "New",
                                             "roles": ["ROLE_ADMINISTRATOR"]}),
              ("/cs-set-customer-support-activity",
               lambda self: {"customerSupportStatus": "idle"}))

    def refuse_everywhere(self, client, status):
        for path, body in self.AGENTS:
            self.assert_refused(client.post(path, body(self)), status)

    def test_without_a_token_it_is_401(self):
        nobody = self.instance.client()
        self.refuse_everywhere(nobody, 401)
        for path in ("/get-chat-by-id", "/get-messages-by-chat-id", "/get-new-messages",
                     "/post-message", "/end-chat"):
            self.assert_refused(nobody.post(path, self.message()), 401)
        self.assert_refused(nobody.post("/cs-logout"), 401)
        for stream in ("get-new-messages", "get-chat-by-id", "cs-get-all-active-chats",
                       "cs-get-new-messages?chatId=" + self.other_id):
            self.assertEqual(nobody.get("/events/" + stream).status, 401, stream)

    def test_one_cookie_does_not_stand_in_for_the_other(self):
        swapped = self.instance.client()
        swapped.cookies = {"customJwtCookie": self.user.cookies["chatJwt"],
                           "chatJwt": self.agent.cookies["customJwtCookie"]}
        self.refuse_everywhere(swapped, 401)
        self.assert_refused(swapped.post("/get-chat-by-id"), 401)
        self.refuse_everywhere(self.user, 401)
        self.assert_refused(self.agent.post("/post-message", self.message()), 401)

    def test_a_wrong_role_is_403(self):
        self.refuse_everywhere(self.analyst, 403)
        self.assert_refused(self.agent.post("/cs-add-user", {
            "userIdCode": "EE50001010006", "displayName": "New",
            "roles": ["ROLE_CUSTOMER_SUPPORT_AGENT"]}), 403)
        self.assert_refused(self.agent.post("/cs-set-customer-support-activity", {
            "customerSupportId": "EE38001085718", "customerSupportStatus": "offline"}), 403)
        self.assertEqual(self.analyst.get("/events/cs-get-all-active-chats").status, 403)

    def test_a_wrong_password_is_401(self):
        for login in (self.instance.login, "nobody"):
            self.assert_refused(
                self.instance.client().post("/cs-login", {"login": login, "password": "guess"}),
                401)

    # ---- tokens ----

    def forgeries(self, token):
        """Tokens that look like this one."""
        header, payload, signature = token.split(".")
        claims = claims_of(token)
        public = self.user.get("/jwt/verification-key").body
        none = {"alg": "none", "typ": "JWT"}
        hs256 = {"alg": "HS256", "typ": "JWT"}
        for secret in (public, public.strip(), ""):
            yield "HS256", make_token(hs256, claims, lambda text: hmac.new(
                secret.encode(), text, hashlib.sha256).digest())
        yield "none", make_token(none, claims, lambda text: b"")
        yield "none, signed", make_token(none, claims, lambda text: unb64(signature))
        tampered = {**claims, "chatId": self.other_id, "authorities": ["ROLE_ADMINISTRATOR"]}
        yield "tampered", ".".join([header, b64(json.dumps(tampered).encode()), signature])
        yield "cut", token[:-20]
        yield "two parts", header + "." + payload
        yield "turned", ".".join([payload, header, signature])
        yield "garbage", "x" * 200
        yield "long", token + "A" * 5000

    def test_a_forged_token_is_401(self):
        for name, forged in self.forgeries(self.agent.cookies["customJwtCookie"]):
            with self.subTest(name):
                client = self.instance.client()
                client.cookies = {"customJwtCookie": forged}
                self.refuse_everywhere(client, 401)
                self.assertEqual(client.get("/events/cs-get-all-active-chats").status, 401)
        for name, forged in self.forgeries(self.user.cookies["chatJwt"]):
            with self.subTest(name):
                client = self.instance.client()
                client.cookies = {"chatJwt": forged}
                self.assert_refused(client.post("/post-message", self.message()), 401)
                self.assertEqual(client.get("/events/get-new-messages").status, 401)

    def test_a_well_signed_token_that_is_stale_or_foreign_is_401(self):
        """Signed with the real key: only the claims are wrong."""
        if not self.instance.dir:
            self.skipTest("the key of that instance is not ours")
        files = [path for path in (self.instance.dir / "keys").iterdir()
                 if "PRIVATE KEY" in path.read_text()]
        key = read_private_key(files[0])
        right = claims_of(self.agent.cookies["customJwtCookie"])
        second = int(time.time())
        wrong = [{"exp": second - 1}, {"exp": second - 3600, "iat": second - 7200},
                 {"exp": None}, {"iat": None}, {"iat": second + 3600, "exp": second + 7200},
                 {"iss": "somebody.example"}, {"iss": None}, {"jti": None}, {"jti": "no-uuid"}]
        for change in [{}] + wrong:
            claims = {k: v for k, v in {**right, **change}.items() if v is not None}
            client = self.instance.client()
            client.cookies = {"customJwtCookie": make_token(
                {"alg": "RS256", "typ": "JWT"}, claims, lambda text: sign_rs256(key, text))}
            with self.subTest(change=change):
                if change:
                    self.refuse_everywhere(client, 401)
                    self.assertEqual(client.get("/events/cs-get-all-active-chats").status, 401)
                else:  # the signing itself is right
                    self.assertEqual(client.post("/cs-get-all-active-chats").status, 200)

    def test_a_revoked_token_is_401(self):
        agent = self.instance.agent("EE47101010033", "Eve")
        agent_cookies = dict(agent.cookies)
        agent.ok("/cs-logout")
        left = self.instance.client()
        left_id = left.open_chat()["id"]
        left_cookies = dict(left.cookies)
        left.ok("/end-chat", {"chatId": left_id, "event": "client-left", "authorTimestamp": now()})
        agent.cookies, left.cookies = agent_cookies, left_cookies
        self.rows = self.count_rows()
        for path, body in self.AGENTS:
            self.assert_refused(agent.post(path, body(self)), 401)
        self.assert_refused(left.post("/post-message", self.message(chatId=left_id)), 401)
        self.assert_refused(left.post("/get-messages-by-chat-id"), 401)
        for client, stream in ((agent, "cs-get-all-active-chats"), (left, "get-new-messages")):
            self.assertEqual(client.get("/events/" + stream).status, 401)

    # ---- conflicts ----

    def test_an_unknown_chat_is_404(self):
        for path, body in (("/cs-claim-chat", {"id": NOBODY}),
                           ("/cs-end-chat", {"chatId": NOBODY, "event": "answered",
                                             "authorTimestamp": now()}),
                           ("/cs-post-message", {"chatId": NOBODY, "content": "hello",
                                                 "authorTimestamp": now()}),
                           ("/cs-redirect-chat", {"id": NOBODY,
                                                  "customerSupportId": "EE38001085718"})):
            self.assert_refused(self.agent.post(path, body), 404)

    def test_an_ended_chat_is_409(self):
        self.assert_refused(
            self.gone.post("/post-message", self.message(chatId=self.gone_id)), 409)
        for path, body in (("/cs-claim-chat", {"id": self.gone_id}),
                           ("/cs-end-chat", {"chatId": self.gone_id, "event": "answered",
                                             "authorTimestamp": now()}),
                           ("/cs-post-message", {"chatId": self.gone_id, "content": "hello",
                                                 "authorTimestamp": now()}),
                           ("/cs-redirect-chat", {"id": self.gone_id,
                                                  "customerSupportId": "EE38001085718"})):
            self.assert_refused(self.agent.post(path, body), 409)

    def test_a_chat_of_another_agent_is_409(self):
        answer = self.other_agent.post("/cs-claim-chat", {"id": self.other_id})
        self.assert_refused(answer, 409)
        self.assertEqual(answer.json["error"]["code"], "claimed_by_another_agent")

    def test_a_redirect_to_nobody_is_refused(self):
        for target in ("EE99999999999", "EE60001019906"):
            answer = self.agent.post("/cs-redirect-chat", {
                "id": self.other_id, "customerSupportId": target,
                "forwardedToCsa": target})
            self.assertIn(answer.status, (404, 409, 422), answer)
            self.assert_refused(answer, answer.status)

    # ---- what is hardly HTTP ----

    def test_a_broken_request_harms_nobody(self):
        url = Client(self.instance.url).url
        for text in (b"\r\n\r\n", b"GET\r\n\r\n", b"\xff" * 100 + b"\r\n\r\n",
                     b"GET /events/get-new-messages HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20000 +
                     b"\r\n\r\n",
                     b"POST /init-chat HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                     b"POST /init-chat HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            with socket.create_connection((url.hostname, url.port), timeout=20) as sock:
                answer = b""
                try:
                    sock.sendall(text)
                    sock.shutdown(socket.SHUT_WR)
                    while piece := sock.recv(65536):
                        answer += piece
                except OSError as error:  # cut off is as good as refused
                    self.assertNotIsInstance(error, TimeoutError, text)
                if answer:
                    self.assertTrue(re.match(rb"HTTP/1\.[01] 4\d\d ", answer), (text, answer))


if __name__ == "__main__":
    unittest.main(verbosity=2)
