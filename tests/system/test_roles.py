#!/usr/bin/env python3
"""The role matrix (A-30, A-31): each private endpoint, asked without a cookie,
with a broken, an expired, a revoked one and one of another kind, and by each of
the six roles. Who may gets past the door, whatever is said about an empty
body then; who may not gets 401 or 403, and no row changes.
"""

import time
import unittest
import uuid

import database
import forge
from endpoint import ROLES, Endpoint

ADM, SM, CSA = ROLES[:3]
ONE = {ADM}
MANAGING = {ADM, SM}
ANSWERING = {ADM, SM, CSA}
ANYONE = set(ROLES)

# (method, path): who may.
PRIVATE = {
    ("POST", "/cs-get-all-active-chats"): ANSWERING,
    ("POST", "/cs-get-all-ended-chats"): ANSWERING,
    ("POST", "/cs-claim-chat"): ANSWERING,
    ("POST", "/cs-redirect-chat"): ANSWERING,
    ("POST", "/cs-admin-redirect-chat"): ONE,
    ("POST", "/cs-end-chat"): ANSWERING,
    ("POST", "/cs-remove-attached-chats"): ANSWERING,
    ("POST", "/cs-get-messages-by-chat-id"): ANSWERING,
    ("POST", "/cs-get-new-messages"): ANSWERING,
    ("POST", "/cs-post-message"): ANSWERING,
    ("POST", "/cs-post-event-message"): ANSWERING,
    ("POST", "/cs-post-message-with-new-event"): ANSWERING,
    ("POST", "/cs-post-redirect-request-message"): ANSWERING,
    ("POST", "/cs-get-all-establishments"): ANSWERING,
    ("POST", "/cs-chat-add-forwarding-value"): ANSWERING,
    ("POST", "/cs-get-chat-ids-matching-message-search"): ANSWERING,
    ("POST", "/cs-get-customer-support-activity"): ANSWERING,
    ("POST", "/cs-set-customer-support-activity"): ANSWERING,
    ("POST", "/cs-get-customer-support-agents"): ANSWERING,
    ("POST", "/cs-get-admins"): MANAGING,
    ("POST", "/cs-add-user"): ONE,
    ("POST", "/cs-edit-user"): ONE,
    ("POST", "/cs-delete-user"): ONE,
    ("POST", "/cs-set-session-length"): ONE,
    ("POST", "/cs-set-estimated-waiting-time"): ONE,
    ("POST", "/cs-set-is-estimated-waiting-time-active"): ONE,
    ("POST", "/cs-set-greeting-message"): ONE,
    ("POST", "/cs-set-is-greeting-active"): ONE,
    ("POST", "/cs-set-is-bot-active"): ONE,
    ("POST", "/cs-insert-chat-and-message-when-bot-not-active"): ANSWERING,
    ("POST", "/cs-delete-configuration"): ONE,
    ("GET", "/cs-get-csa-name-visibility"): ONE,
    ("GET", "/cs-get-csa-title-visibility"): ONE,
    ("GET", "/cs-get-emergency-notice"): ONE,
    ("GET", "/cs-get-end-user-session-length"): ANSWERING,
    ("GET", "/cs-get-organization-working-time"): ONE,
    ("GET", "/cs-get-widget-config"): ONE,
    ("GET", "/comments/comment-history"): ONE,
    ("POST", "/comments/comment-history"): ONE,
    ("POST", "/cs-set-csa-name-visibility"): ONE,
    ("POST", "/cs-set-csa-title-visibility"): ONE,
    ("POST", "/cs-set-emergency-notice"): ONE,
    ("POST", "/cs-set-end-user-session-length"): ANSWERING,
    ("POST", "/cs-set-organization-working-time"): ONE,
    ("POST", "/cs-set-widget-config"): ONE,
    ("POST", "/labels/label-history"): ONE,
    ("GET", "/cs-get-messages-by-chat-id/{chatId}"): ANSWERING,
    ("POST", "/cs-check-if-user-exists"): ONE,
    ("POST", "/users"): ONE,
    ("PUT", "/users/{userIdCode}"): ONE,
    ("DELETE", "/users/{userIdCode}"): ONE,
    ("POST", "/cs-get-customer-support-activity-by-id"): ANSWERING,
    ("GET", "/cs-get-user-profile-settings"): ANSWERING,
    ("POST", "/cs-set-user-profile-settings"): ANSWERING,
    ("POST", "/add-chat-to-termination-queue"): ANSWERING,
    ("POST", "/remove-chat-from-termination-queue"): ANSWERING,
    ("POST", "/remove-from-logout-queue"): ANYONE,
    ("POST", "/enqueue"): ANSWERING,
    ("POST", "/dequeue"): ANSWERING,
    ("POST", "/cs-comment-history"): ONE,
    ("POST", "/cs-download-chat"): ANSWERING,
    ("POST", "/history/cs-send-history-to-email"): ANSWERING,
    ("POST", "/cs-send-chat-to-email"): ANSWERING,
}
LEAVING = {"/cs-logout", "/add-to-logout-queue"}  # of which a matrix would log everybody out


class Roles(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {role: cls.instance.agent(f"EE{n}", role, [role])
                      for n, role in enumerate(ROLES, 38001085710)}
        good = cls.people[ADM].cookies["customJwtCookie"]
        gone = cls.instance.agent("EE38001085799", "Gone", ROLES)
        revoked = gone.cookies["customJwtCookie"]
        gone.ok("/cs-logout")
        visitor = cls.instance.client()
        visitor.open_chat()
        cls.worthless = {
            "none": None, "garbage": "x.y.z", "expired": cls.stale(good), "revoked": revoked,
            "of another kind": visitor.cookies["chatJwt"]}

    @classmethod
    def stale(cls, token):
        key = forge.read_private_key(next(
            path for path in cls.instance.dir.rglob("*.pem") if "PRIVATE" in path.read_text()))
        claims = {**forge.claims_of(token), "jti": str(uuid.uuid4()),
                  "iat": int(time.time()) - 7200, "exp": int(time.time()) - 60}
        return forge.make_token({"alg": "RS256", "typ": "JWT"}, claims,
                                lambda text: forge.sign_rs256(key, text))

    def status(self, method, path, cookie):
        """404 is that of a route: what is not set is no matter of roles."""
        client = self.instance.client()
        if cookie:
            client.cookies["customJwtCookie"] = cookie
        answer = client.request(method, path.format(chatId=uuid.uuid4(), userIdCode="EE38001085798"))
        client.close()
        if answer.status == 404 and answer.json["error"]["code"] != "unknown_route":
            return 200
        return answer.status

    def test_every_private_endpoint_is_for_its_roles_alone(self):
        for (method, path), allowed in PRIVATE.items():
            before = database.counts(self.instance)
            for name, cookie in self.worthless.items():
                with self.subTest(path=path, cookie=name):
                    self.assertEqual(self.status(method, path, cookie), 401)
            for role in ROLES:
                cookie = self.people[role].cookies["customJwtCookie"]
                with self.subTest(path=path, role=role):
                    if role in allowed:
                        self.assertNotIn(self.status(method, path, cookie), (401, 403, 404, 405))
                        continue
                    self.assertEqual(self.status(method, path, cookie), 403)
            if allowed < ANSWERING:
                with self.subTest(path=path):
                    self.assertEqual(database.counts(self.instance), before)

    def test_who_lost_a_role_or_the_account_is_out_at_once_whatever_is_asked(self):
        """A-30: a token says what was so when it was made. Each endpoint is
        asked for nothing that makes sense, which others learn of."""
        demoted, deleted = (self.instance.agent(f"EE{number}", "Former", ROLES)
                            for number in (38001085740, 38001085741))
        self.administrator.ok("/cs-edit-user", {
            "userIdCode": "EE38001085740", "displayName": "Former", "csaTitle": "",
            "csa_email": "", "roles": [ROLES[5]]})
        self.administrator.ok("/cs-delete-user", {"userIdCode": "EE38001085741"})
        before = database.counts(self.instance)
        for (method, path), allowed in PRIVATE.items():
            with self.subTest(path=path):
                if allowed != ANYONE:
                    self.assertEqual(
                        self.status(method, path, demoted.cookies["customJwtCookie"]), 403)
                self.assertEqual(self.status(method, path, deleted.cookies["customJwtCookie"]), 401)
        self.assertEqual(database.counts(self.instance), before)

    def test_every_private_endpoint_that_is_documented_is_in_the_matrix(self):
        """Today's other names are the same rows, so one of them is enough."""
        document = self.instance.client().get("/openapi.json").json
        private = {path for path, operations in document["paths"].items()
                   for operation in operations.values()
                   if {"customJwtCookie": []} in operation.get("security", []) and
                   not path.startswith(("/backoffice/", "/sse/", "/events"))}
        self.assertEqual(private - {path for _, path in PRIVATE} - LEAVING, set())

    def test_who_is_logged_in_in_any_role_may_log_out(self):
        for number, role in enumerate(ROLES, 38001085720):
            person = self.instance.agent(f"EE{number}", role, [role])
            self.assertEqual(person.request("POST", "/cs-logout").status, 200)
            self.assertEqual(person.request("POST", "/cs-logout").status, 401)
        for path in LEAVING:
            for name, cookie in self.worthless.items():
                with self.subTest(path=path, cookie=name):
                    self.assertEqual(self.status("POST", path, cookie), 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
