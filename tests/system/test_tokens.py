#!/usr/bin/env python3
"""Tokens from their issue to their end, and what is refused: A-31, A-32, A-33;
T-01 to T-05, P-21 to P-24, C-17, C-19 to C-22."""

import hashlib
import hmac
import json
import threading
import time
import unittest
import uuid

import database
import forge
from endpoint import MARY, Endpoint
from kratt import now

COOKIES = {"chat": "chatJwt", "agent": "customJwtCookie"}
GRACE_S = 5  # in which an extended token still opens a stream


class Tokens(Endpoint):
    environment = {"KRATT_TOKEN_GENERATE_FROM": "192.0.2.7,127.0.0.1"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        private = next(path for path in cls.instance.dir.rglob("*.pem")
                       if "PRIVATE" in path.read_text())
        cls.public = next(path for path in cls.instance.dir.rglob("*.pem")
                          if "PUBLIC" in path.read_text()).read_bytes()
        cls.key = forge.read_private_key(private)
        cls.people = 38001085710

    def agent(self):
        type(self).people += 1
        return self.instance.agent(f"EE{self.people}", "Mari")

    def with_cookies(self, **cookies):
        client = self.instance.client()
        client.cookies.update(cookies)
        return client

    def named(self, client, duty, name, kind="text/plain"):
        body = name.encode() if kind == "text/plain" else json.dumps(name).encode()
        return client.request("POST", f"/jwt/custom-jwt-{duty}", body, {"Content-Type": kind})

    def is_good(self, token, cookie):
        client = self.with_cookies(**{cookie: token})
        return self.named(client, "verify", cookie).status == 200

    # ---- attacks ----

    def sign(self, text):
        return forge.sign_rs256(self.key, text)

    def attacks(self, token):
        claims = forge.claims_of(token)
        header = {"alg": "RS256", "typ": "JWT"}
        second = int(time.time())
        head, _, signature = token.split(".")

        def resigned(**changes):
            changed = {k: v for k, v in {**claims, **changes}.items() if v is not None}
            return forge.make_token(header, changed, self.sign)

        def by_public_key(text):
            return hmac.new(self.public, text, hashlib.sha256).digest()

        tampered = forge.b64(json.dumps({**claims, "exp": claims["exp"] + 1}).encode())
        return {
            "tampered": f"{head}.{tampered}.{signature}",
            "alg none": forge.make_token({"alg": "none"}, claims, lambda text: b""),
            "alg none, signed": forge.make_token({"alg": "none"}, claims, self.sign),
            "HS256 by the public key": forge.make_token({"alg": "HS256", "typ": "JWT"}, claims,
                                                        by_public_key),
            "another issuer": resigned(iss="someone"),
            "no exp": resigned(exp=None),
            "no iat": resigned(iat=None),
            "no jti": resigned(jti=None),
            "from the future": resigned(iat=second + 3600, exp=second + 7200),
            "expired": resigned(iat=second - 7200, exp=second - 10),
            "unknown jti": resigned(jti=str(uuid.uuid4())),
        }

    def kinds(self):
        """(who, cookie, private routes of each kind) with a good token first."""
        visitor, agent = self.visitor(), self.agent()
        message = {"content": "jah", "authorTimestamp": now()}
        return [
            (visitor.cookies["chatJwt"], "chatJwt", "get-new-messages",
             [("GET", "/get-chat-by-id", None), ("POST", "/get-messages-by-chat-id", {}),
              ("POST", "/post-message", {**message, "chatId": visitor.chat_id}),
              ("POST", "/end-chat", {"chatId": visitor.chat_id})]),
            (agent.cookies["customJwtCookie"], "customJwtCookie", "cs-get-all-active-chats",
             [("GET", "/cs-get-all-active-chats", None),
              ("POST", "/cs-claim-chat", {"id": visitor.chat_id}),
              ("POST", "/cs-post-message", {**message, "chatId": visitor.chat_id}),
              ("POST", "/cs-claim-chat", {"id": "no id"}), ("POST", "/cs-logout", None)]),
        ]

    def test_forged_and_unknown_tokens_are_refused_everywhere(self):
        """A-32"""
        for good, cookie, stream, routes in self.kinds():
            attacks = self.attacks(good)
            before = database.counts(self.instance)
            for name, token in attacks.items():
                client = self.with_cookies(**{cookie: token})
                for method, path, body in routes:
                    with self.subTest(attack=name, path=path):
                        self.assertEqual(client.request(method, path, body).status, 401)
                with self.subTest(attack=name, door="events"):
                    with client.stream(f"/events/{stream}") as opened:
                        self.assertEqual(opened.status, 401)
                with self.subTest(attack=name, door="sse"):
                    with client.stream(f"/sse/{stream}") as opened:
                        self.assertIn(opened.first().value, (None, []))
                client.close()
            self.assertEqual(database.counts(self.instance), before)
            self.assertTrue(self.is_good(good, cookie))

    # ---- extend ----

    def test_an_extended_token_lives_as_long_again_and_the_old_one_is_dead(self):
        """A-33, P-24, C-21"""
        for client, cookie, path in ((self.visitor(), "chatJwt", "/custom-jwt-extend"),
                                     (self.agent(), "customJwtCookie", "/cs-custom-jwt-extend")):
            old = client.cookies[cookie]
            new = self.data(client, path, cookie, "custom_jwt_extend")
            self.assertEqual(client.cookies[cookie], new)
            before, after = forge.claims_of(old), forge.claims_of(new)
            self.assertEqual(after["exp"] - after["iat"], before["exp"] - before["iat"])
            self.assertNotEqual(after["jti"], before["jti"])
            for times in ("jti", "iat", "exp"):
                del before[times], after[times]
            self.assertEqual(after, before)
            self.assertFalse(self.is_good(old, cookie))
            self.assertTrue(self.is_good(new, cookie))
            stale = self.with_cookies(**{cookie: old})
            self.assertIsNone(self.data(stale, path, None, "custom_jwt_extend"))
            self.assertEqual(stale.cookies[cookie], old)

    def test_of_many_who_extend_at_once_exactly_one_wins(self):
        """A-33"""
        for round_number in range(10):
            token, answers = self.visitor().cookies["chatJwt"], []

            def extend():
                client = self.with_cookies(chatJwt=token)
                answers.append(client.ok("/custom-jwt-extend"))
                client.close()

            threads = [threading.Thread(target=extend) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            winners = [answer for answer in answers if answer]
            self.assertEqual((len(answers), len(winners)), (6, 1), round_number)
            self.assertTrue(self.is_good(winners[0], "chatJwt"))

    def test_an_extended_token_does_not_pile_up(self):
        visitor = self.visitor()
        before = database.counts(self.instance)["token"]
        for _ in range(20):
            self.assertTrue(visitor.ok("/custom-jwt-extend"))
        self.assertEqual(database.counts(self.instance)["token"], before)

    def test_streams_go_on_under_the_new_token(self):
        """A-33"""
        visitor, agent = self.visitor(), self.agent()
        with visitor.stream("/sse/get-new-messages") as today, \
                visitor.stream("/events/get-new-messages") as native:
            for number in range(5):
                self.assertTrue(visitor.ok("/custom-jwt-extend"))
                agent.answer(visitor.chat_id, f"vastus {number}")
                today.wait_said(f"vastus {number}")
                native.wait_said(f"vastus {number}")
            self.assertFalse(today.ended or native.ended)
            with visitor.stream("/events/get-new-messages") as later:
                self.assertEqual(later.status, 200)
                later.wait_said("vastus 4")
            visitor.ok("/end-chat")  # which gives up the newest one
            native.wait(lambda frame: frame.event == "revoked", "its end")

    def test_a_stream_that_was_on_its_way_with_the_old_token_is_served(self):
        visitor, agent = self.visitor(), self.agent()
        stale = self.with_cookies(chatJwt=visitor.cookies["chatJwt"])
        self.assertTrue(visitor.ok("/custom-jwt-extend"))
        agent.answer(visitor.chat_id, "ikka")
        with stale.stream("/sse/get-new-messages") as stream:
            stream.wait_said("ikka")
        time.sleep(GRACE_S + 0.5)  # the time itself is what is tested
        with stale.stream("/events/get-new-messages") as stream:
            self.assertEqual(stream.status, 401)

    # ---- giving up, and what is said of a token ----

    def test_a_token_that_was_given_up_is_dead(self):
        """A-31, P-21, P-23, C-19, C-22, T-03"""
        for path, key in (("/custom-jwt-blacklist", "custom_jwt_blacklist"),
                          ("/cs-custom-jwt-blacklist", "custom_jwt_blacklist"),
                          ("/cs-logout", "blacklist_custom_jwt")):
            agent = self.agent()
            token = agent.cookies["customJwtCookie"]
            with agent.stream("/events/cs-get-all-active-chats") as stream:
                stream.wait(lambda frame: frame.event == "snapshot-end", "its state")
                self.assertIsNone(self.data(agent, path, None, key))
                stream.wait(lambda frame: frame.event == "revoked", "its end", 1)
            self.assertFalse(self.is_good(token, "customJwtCookie"), path)
        for path in ("/custom-jwt-blacklist", "/cs-custom-jwt-blacklist"):
            for client in (self.instance.client(), self.with_cookies(customJwtCookie="x.y.z"),
                           self.with_cookies(customJwtCookie=token)):
                self.assertIsNone(self.data(client, path, None, "custom_jwt_blacklist"))
        for kind in ("text/plain", "application/json"):
            visitor = self.visitor()
            self.assertEqual(self.named(visitor, "blacklist", "chatJwt", kind).status, 200)
            self.assertFalse(self.is_good(visitor.cookies["chatJwt"], "chatJwt"))
        self.assertEqual(self.named(self.instance.client(), "blacklist", "nothing").status, 200)

    def person(self):
        client = self.instance.client()
        answer = client.post("/jwt/custom-jwt-generate", {
            "JWTName": "clientCustomJwtCookie", "expirationInMinutes": 30,
            "content": {"personalCode": MARY, "firstName": "Mary", "jti": "x"}})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.body, client.cookies["clientCustomJwtCookie"])
        return client

    def test_a_person_logs_out(self):
        """P-21, P-22"""
        person = self.person()
        token = person.cookies["clientCustomJwtCookie"]
        self.assertEqual(self.data(person, "/custom-jwt-userinfo", None,
                                   "custom_jwt_userinfo")["personalCode"], MARY)
        self.assertIsNone(self.data(person, "/logout", None, "blacklist_client_custom_jwt"))
        self.assertEqual(person.cookies["clientCustomJwtCookie"], "")
        self.assertIsNone(self.data(person, "/custom-jwt-userinfo", None, "custom_jwt_userinfo"))
        self.assertFalse(self.is_good(token, "clientCustomJwtCookie"))

    def test_tokens_by_the_name_of_their_cookie(self):
        """T-02, T-04, T-05, C-17, C-20"""
        agent = self.agent()
        self.assertEqual(self.named(agent, "verify", "customJwtCookie").body, "")
        self.assertEqual(self.named(agent, "verify", "chatJwt").status, 400)
        self.assertEqual(self.named(agent, "verify", "nothing").status, 400)
        info = self.named(agent, "userinfo", "customJwtCookie").json
        self.assertEqual(info, self.data(agent, "/cs-custom-jwt-userinfo", None,
                                         "custom_jwt_userinfo"))
        old = agent.cookies["customJwtCookie"]
        new = self.named(agent, "extend", "customJwtCookie").body
        self.assertEqual(agent.cookies["customJwtCookie"], new)
        self.assertFalse(self.is_good(old, "customJwtCookie"))
        stale = self.with_cookies(customJwtCookie=old)
        for duty in ("extend", "userinfo"):
            answer = self.named(stale, duty, "customJwtCookie")
            self.assertEqual((answer.status, answer.body), (200, ""))
        self.assertIsNone(self.data(stale, "/cs-custom-jwt-userinfo", None, "custom_jwt_userinfo"))

    def test_a_token_is_generated_for_who_is_listed(self):
        """T-01"""
        path = "/jwt/custom-jwt-generate"
        token = self.person().cookies["clientCustomJwtCookie"]
        claims = forge.claims_of(token)
        self.assertEqual(claims["exp"] - claims["iat"], 30 * 60)
        self.assertNotEqual(claims["jti"], "x")
        bare = {"JWTName": "redirectJwt", "expirationInMinutes": 1}
        self.assertEqual(self.instance.client().post(path, bare).status, 200)
        for change in ({"JWTName": "other"}, {"expirationInMinutes": 0}, {"content": "text"},
                       {"expirationInMinutes": None}):
            self.refused(self.instance.client(), path, {**bare, **change}, (400, "invalid_field"))

    # ---- issue ----

    def test_a_repeated_init_chat_gives_the_same_token(self):
        """A-10"""
        body = {"message": {"content": "Tere!", "authorTimestamp": now()},
                "endUserTechnicalData": {"endUserOs": "Linux", "endUserUrl": "http://a.ee"}}
        tokens, chats = [], set()
        for _ in range(2):
            client = self.instance.client()
            answer = client.request("POST", "/init-chat", body, {"Idempotency-Key": "token-key"})
            chats.add(answer.value["id"])
            tokens.append(client.cookies["chatJwt"])
        self.assertEqual(len(chats), 1)
        self.assertEqual(len({forge.claims_of(token)["jti"] for token in tokens}), 1)
        for token in tokens:
            self.assertTrue(self.is_good(token, "chatJwt"))

    def test_tokens_are_good_over_a_restart_of_chat_state(self):
        visitor, stale = self.visitor(), self.instance.client()
        stale.cookies["chatJwt"] = visitor.cookies["chatJwt"]
        self.assertTrue(visitor.ok("/custom-jwt-extend"))
        before = self.instance.pid("chat-state")
        self.instance.kill("chat-state")
        self.instance.wait_for_another("chat-state", before)
        self.instance.wait_ready("chat-state")
        self.assertEqual(visitor.get("/get-chat-by-id").status, 200)
        self.assertEqual(stale.get("/get-chat-by-id").status, 401)


class NobodyIsListed(Endpoint):
    def test_no_token_is_generated_for_anyone(self):
        """T-01"""
        body = {"JWTName": "customJwtCookie", "expirationInMinutes": 1, "content": {}}
        self.refused(self.instance.client(), "/jwt/custom-jwt-generate", body,
                     (403, "address_not_allowed"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
