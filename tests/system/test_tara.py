#!/usr/bin/env python3
"""Logging in with a JWTTOKEN, which someone else has signed: the keys from a
file and from a server, the end user of a chat, and an agent."""

import concurrent.futures
import hashlib
import hmac
import http.server
import json
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

import seed
from endpoint import MARY, Endpoint
from forge import b64, claims_of, make_token, read_private_key, sign_rs256
from kratt import now

ISSUER = "https://log-in.example.ee"
CODE = "EE60001019906"
OPEN_PUBLIC_EXPONENT = 65537


class Signer:
    """A key with a name, and what it signs."""

    def __init__(self, folder, kid):
        self.kid = kid
        path = folder / f"{kid}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", path],
                       check=True, capture_output=True)
        self.key = read_private_key(path)

    def sign(self, data):
        return sign_rs256(self.key, data)

    def jwk(self):
        n, e = self.key[0], OPEN_PUBLIC_EXPONENT
        return {"kid": self.kid, "kty": "RSA", "alg": "RS256", "use": "sig",
                "n": b64(n.to_bytes((n.bit_length() + 7) // 8, "big")),
                "e": b64(e.to_bytes(3, "big"))}

    def token(self, header=None, sign=None, **claims):
        """Good unless the caller says otherwise; None leaves a claim out."""
        second = int(time.time())
        claims = {"jti": str(uuid.uuid4()), "iss": ISSUER, "iat": second, "exp": second + 1800,
                  "sub": CODE, "personalCode": CODE, "authenticatedAs": CODE, "hash": "h",
                  "firstName": "Mari-Liis", "lastName": "Männik", "authMethod": "mobileid",
                  **claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return make_token({"alg": "RS256", "typ": "JWT", "kid": self.kid, **(header or {})}, claims,
                          sign or self.sign)


def key_set(*signers):
    return json.dumps({"keys": [signer.jwk() for signer in signers]})


class Tara(Endpoint):
    """folder: for the keys."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="kratt-keys-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.signer = Signer(cls.folder, "one")
        cls.environment = {"KRATT_JWTTOKEN_ISSUER": ISSUER, **cls.keys()}
        super().setUpClass()

    def arrived(self, token):
        """A visitor who comes back from the log-in with this token."""
        visitor = self.visitor()
        visitor.cookies["JWTTOKEN"] = token
        return visitor

    def log_in(self, visitor):
        return self.data(visitor, "/login-with-tara-jwt", {"chatId": visitor.chat_id},
                         "blacklist_tara_jwt")

    def refused_login(self, visitor, status, code):
        return self.refused(visitor, "/login-with-tara-jwt", {"chatId": visitor.chat_id},
                            (status, code))


class FromFile(Tara):
    gateways = 2

    @classmethod
    def keys(cls):
        (cls.folder / "keys.json").write_text(key_set(cls.signer))
        return {"KRATT_JWTTOKEN_JWKS": str(cls.folder / "keys.json")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.instance.agent(MARY, "Mary")

    def messages(self, chat_id):
        return self.agent.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})

    # ---- P-20 ----

    def test_the_chat_gets_the_name_and_the_widget_a_cookie(self):
        """P-20, P-22, A-23."""
        visitor = self.arrived(self.signer.token())
        answer = visitor.post("/login-with-tara-jwt", {"chatId": visitor.chat_id})
        self.assertEqual(answer.body, '{"data":{"blacklist_tara_jwt":null},"error":null}')
        cookies = answer.headers.get_all("Set-Cookie")
        self.assertEqual(len(cookies), 2)
        self.assertRegex(cookies[0], r"^clientCustomJwtCookie=[^;]+; Max-Age=7200; Path=/; HttpOnly")
        self.assertRegex(cookies[1], r"^JWTTOKEN=; Max-Age=0; Path=/; HttpOnly")
        chat = self.data(visitor, "/get-chat-by-id", {"id": visitor.chat_id},
                         "forwarding_validation")
        self.assertEqual([chat["endUserId"], chat["endUserFirstName"], chat["endUserLastName"]],
                         [CODE, "Mari-Liis", "Männik"])
        self.assertEqual([chat["status"], chat["ended"]], ["OPEN", ""])
        person = self.data(visitor, "/custom-jwt-userinfo", "clientCustomJwtCookie",
                           "custom_jwt_userinfo")
        self.assertEqual(list(person), ["personalCode", "authenticatedAs", "hash", "firstName",
                                        "lastName", "loggedInDate", "loginExpireDate", "authMethod",
                                        "fullName", "JWTCreated", "JWTExpirationTimestamp"])
        self.assertEqual(person["fullName"], "Mari-Liis Männik")
        self.assertEqual(person["loginExpireDate"] - person["loggedInDate"], 1800 * 1000)

    def test_the_message_is_the_one_of_the_seed_on_rest_and_on_both_doors(self):
        """P-20, A-23, A-50."""
        visitor = self.arrived(self.signer.token())
        doors = [(self.agent, "/sse/cs-get-new-messages", {"lastRead": now()}),
                 (visitor, "/sse/get-new-messages", {"timeRangeBegin": now()}),
                 (self.agent, "/events/cs-get-new-messages", {"lastRead": now()}),
                 (visitor, "/events/get-new-messages", {"timeRangeBegin": now()})]
        streams = [client.stream(path, chatId=visitor.chat_id, **query)
                   for client, path, query in doors]
        for stream in streams:
            self.addCleanup(stream.close)
        self.log_in(visitor)
        rows = self.messages(visitor.chat_id)
        seed.compare(seed.AUTHENTICATED["cs_get_messages_by_chat_id"], rows[-1:],
                     chatId=visitor.chat_id)
        for stream in streams:
            row = stream.wait_item(lambda row: row.get("event") == "authentication_successful",
                                   "authentication_successful")
            # The seed's lists have "" where its new messages have null.
            same = {key: None if key.startswith("forwarded") else value
                    for key, value in rows[-1].items() if key != "chatId"}
            seed.compare_new_message(seed.READ_ROW, row, chatid=visitor.chat_id, **same)

    def test_a_token_can_be_used_once_whoever_shows_it_where(self):
        """P-20, C-18: neither by the same nor by another, nor after a restart."""
        token = self.signer.token(personalCode=MARY)
        visitor = self.arrived(token)
        self.log_in(visitor)
        for _ in range(2):
            for other in (visitor, self.visitor()):
                other.cookies["JWTTOKEN"] = token
                answer = self.refused_login(other, 401, "token_revoked")
                self.assertIsNone(answer.headers["Set-Cookie"])
                self.refused(other, "/cs-login-with-tara-jwt", None, (401, "token_revoked"))
            self.instance.kill("chat-state")
            self.wait_ready(visitor)

    def wait_ready(self, visitor):
        visitor.ok("/get-chat-by-id", {"id": visitor.chat_id})

    def test_of_many_who_show_a_token_at_once_one_gets_in(self):
        """P-20, C-18."""
        token = self.signer.token(personalCode=MARY)
        people = [self.arrived(token) for _ in range(8)]
        paths = 4 * ["/login-with-tara-jwt", "/cs-login-with-tara-jwt"]
        with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
            answers = list(pool.map(lambda pair: pair[0].post(
                pair[1], {"chatId": pair[0].chat_id}).status, zip(people, paths)))
        self.assertEqual(sorted(answers), [200] + 7 * [401])

    def test_with_the_end_of_the_chat_the_person_is_gone(self):
        """P-10, P-11, P-22: a copy of the cookie is worth nothing."""
        for path in ("/end-chat", "/end-chat-locally"):
            visitor, thief = self.arrived(self.signer.token()), self.instance.client()
            self.log_in(visitor)
            thief.cookies |= {"clientCustomJwtCookie": visitor.cookies["clientCustomJwtCookie"]}
            self.assertEqual(thief.ok("/custom-jwt-userinfo")["personalCode"], CODE)
            visitor.ok(path, {"chatId": visitor.chat_id, "event": "client-left",
                              "authorTimestamp": now()})
            self.assertIsNone(thief.ok("/custom-jwt-userinfo"))

    def test_an_end_that_is_said_again_takes_the_person_along(self):
        """P-10: as after an answer that was lost."""
        visitor, person = self.arrived(self.signer.token()), self.instance.client()
        self.log_in(visitor)
        cookie = {"clientCustomJwtCookie": visitor.cookies.pop("clientCustomJwtCookie")}
        end = {"chatId": visitor.chat_id, "event": "client-left", "authorTimestamp": now()}
        visitor.ok("/end-chat", end)
        person.cookies |= cookie
        self.assertEqual(person.ok("/custom-jwt-userinfo")["personalCode"], CODE)
        visitor.cookies |= cookie
        visitor.ok("/end-chat", end)
        self.assertIsNone(person.ok("/custom-jwt-userinfo"))

    def test_a_page_that_loads_without_a_token_changes_nothing(self):
        """P-20, A-23."""
        visitor = self.visitor()
        for _ in range(2):
            answer = self.refused_login(visitor, 401, "not_authenticated")
            self.assertIsNone(answer.headers["Set-Cookie"])
        self.assertNotIn("clientCustomJwtCookie", visitor.cookies)

    def test_the_chat_is_the_callers_and_open(self):
        """P-20, A-23, A-31."""
        visitor, other = self.arrived(self.signer.token()), self.visitor()
        stranger = self.instance.client()
        stranger.cookies["JWTTOKEN"] = self.signer.token()
        self.refused(stranger, "/login-with-tara-jwt", {"chatId": other.chat_id},
                     (401, "not_authenticated"))
        self.refused(visitor, "/login-with-tara-jwt", {"chatId": other.chat_id},
                     (403, "not_your_chat"))
        self.agent.ok("/cs-claim-chat", {"id": visitor.chat_id})
        self.agent.ok("/cs-end-chat", {"chatId": visitor.chat_id, "event": "answered",
                                       "authorTimestamp": now(), "authorRole": "backoffice-user"})
        answer = self.refused_login(visitor, 409, "chat_has_ended")
        self.assertIsNone(answer.headers["Set-Cookie"])
        chat = visitor.ok("/get-chat-by-id", {"id": visitor.chat_id})
        self.assertEqual([chat["status"], chat["endUserId"]], ["ENDED", ""])

    # ---- tokens ----

    def bad_tokens(self):
        good = self.signer.token()
        header, payload, signature = good.split(".")
        stranger = Signer(self.folder, "stranger")
        past = int(time.time()) - 10
        claims = {**claims_of(good), "personalCode": MARY}

        def mac(data):
            return hmac.new(json.dumps(self.signer.jwk()).encode(), data, hashlib.sha256).digest()

        return {
            "tampered": f"{header}.{b64(json.dumps(claims).encode())}.{signature}",
            "without a signature": f"{header}.{payload}.",
            "with another signature": f"{header}.{payload}.{b64(bytes(256))}",
            "of another issuer": self.signer.token(iss="kratt"),
            "expired": self.signer.token(iat=past - 60, exp=past),
            "of the future": self.signer.token(iat=past + 600),
            "none": self.signer.token({"alg": "none"}, lambda data: b""),
            "HS256": self.signer.token({"alg": "HS256"}, mac),
            "RS256 that is HS256": self.signer.token(sign=mac),
            "ES256": self.signer.token({"alg": "ES256"}),
            "of a key that is not known": stranger.token(),
            "of a stranger": stranger.token({"kid": self.signer.kid}),
            "with the stranger's key in it": stranger.token(
                {"kid": self.signer.kid, "jwk": stranger.jwk()}),
            "without an id": self.signer.token(jti=None),
            "of nobody": self.signer.token(personalCode=None),
            "of nobody at all": self.signer.token(personalCode=""),
            "of a number": self.signer.token(personalCode=7),
            "too long": self.signer.token(firstName="x" * 300),
            "our own": self.agent.cookies["customJwtCookie"],
            "no token": "x",
            "large": "x" * 9000,
        }

    def test_a_bad_token_is_refused_at_both(self):
        """P-20, C-18, A-32."""
        for name, token in self.bad_tokens().items():
            with self.subTest(token=name):
                visitor = self.arrived(token)
                self.refused_login(visitor, 401, "not_authenticated")
                self.refused(visitor, "/cs-login-with-tara-jwt", None, (401, "not_authenticated"))
                self.assertNotIn("customJwtCookie", visitor.cookies)

    # ---- C-18 ----

    def test_an_agent_logs_in_by_the_code_of_the_account(self):
        """C-18."""
        for code, account in (("EE37605030299", "EE37605030299"), ("47101010033", "EE47101010033"),
                              ("47101010044", "47101010044")):
            with self.subTest(code=code):
                self.instance.agent(account, "Ann " + account)
                client = self.instance.client()
                client.cookies["JWTTOKEN"] = self.signer.token(personalCode=code)
                self.assertIsNone(self.data(client, "/cs-login-with-tara-jwt", None,
                                            "blacklist_tara_jwt"))
                self.assertEqual(client.cookies["JWTTOKEN"], "")
                who = self.data(client, "/cs-custom-jwt-userinfo", "customJwtCookie",
                                "custom_jwt_userinfo")
                self.assertEqual([who["idCode"], who["displayName"], who["authorities"]],
                                 [account, "Ann " + account, ["ROLE_CUSTOMER_SUPPORT_AGENT"]])
                self.assertEqual(client.get("/cs-get-all-active-chats").status, 200)

    def test_a_person_without_an_account_is_nobody_here(self):
        """C-18."""
        client = self.instance.client()
        self.refused(client, "/cs-login-with-tara-jwt", None, (401, "not_authenticated"))
        for code in ("EE10000000000", "10000000000"):
            client.cookies["JWTTOKEN"] = self.signer.token(personalCode=code)
            self.refused(client, "/cs-login-with-tara-jwt", None, (403, "account_not_found"))
        self.assertNotIn("customJwtCookie", client.cookies)


class FromNewFile(Tara):
    @classmethod
    def keys(cls):
        return FromFile.keys.__func__(cls)

    def test_newer_keys_are_read_when_a_token_names_one_and_old_ones_stay_without(self):
        """P-20."""
        path = self.folder / "keys.json"
        newer = Signer(self.folder, "newer")
        path.write_text(key_set(self.signer, newer))
        self.log_in(self.arrived(newer.token()))
        path.unlink()
        self.refused_login(self.arrived(newer.token({"kid": "newest"})), 401, "not_authenticated")
        self.log_in(self.arrived(self.signer.token()))


# ---- keys from a server ----


class KeyServer:
    """Serves a key set by https, with a certificate of its own."""

    def __init__(self, folder):
        self.certificate = folder / "certificate.pem"
        self.keys, self.asked = "", 0
        key = folder / "certificate.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=keys", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", self.certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/keys"

    def handler(self):
        keys = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                keys.asked += 1
                self.send_response(200 if keys.keys else 500)
                self.end_headers()
                self.wfile.write(keys.keys.encode())

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        if self.thread.is_alive():
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()


class FromServer(Tara):
    trusted = True

    @classmethod
    def keys(cls):
        cls.server = KeyServer(cls.folder)
        cls.addClassCleanup(cls.server.stop)
        cls.server.keys = key_set(cls.signer)
        trust = {"KRATT_OUTGOING_CA": str(cls.server.certificate)} if cls.trusted else {}
        # A proxy of the environment is not for this.
        return {"KRATT_JWTTOKEN_JWKS": cls.server.url, "https_proxy": "http://127.0.0.1:1", **trust}

    def test_newer_keys_are_fetched_when_a_token_names_one_but_not_each_time(self):
        """P-20."""
        self.log_in(self.arrived(self.signer.token()))
        asked = self.server.asked
        newer = Signer(self.folder, "newer")
        self.server.keys = key_set(newer)
        self.log_in(self.arrived(newer.token()))
        self.assertEqual(self.server.asked, asked + 1)
        self.refused_login(self.arrived(self.signer.token()), 401, "not_authenticated")
        self.log_in(self.arrived(newer.token()))
        self.assertEqual(self.server.asked, asked + 1)


class FromDeadServer(FromServer):
    def test_newer_keys_are_fetched_when_a_token_names_one_but_not_each_time(self):
        """Old keys stay when newer ones cannot be had."""
        self.log_in(self.arrived(self.signer.token()))
        self.server.keys = "{}"
        newer = Signer(self.folder, "newer")
        self.refused_login(self.arrived(newer.token()), 401, "not_authenticated")
        self.log_in(self.arrived(self.signer.token()))
        self.server.stop()
        self.log_in(self.arrived(self.signer.token()))


class FromStranger(FromServer):
    trusted = False

    def test_newer_keys_are_fetched_when_a_token_names_one_but_not_each_time(self):
        """A server with a certificate that nobody vouches for is not believed."""
        self.refused_login(self.arrived(self.signer.token()), 401, "not_authenticated")
        self.assertEqual(self.server.asked, 0)
        self.assertGreater(self.instance.metric("kratt_signers_failed_total", "rest-ingress"), 0)


class NotSetUp(Tara):
    @classmethod
    def keys(cls):
        return {}

    def test_no_token_is_taken(self):
        """P-20, C-18."""
        visitor = self.arrived(self.signer.token())
        self.refused_login(visitor, 401, "not_configured")
        self.refused(visitor, "/cs-login-with-tara-jwt", None, (401, "not_configured"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
