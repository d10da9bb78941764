#!/usr/bin/env python3
"""Accounts, presence and agents' own settings over the front door: each
endpoint as the clients ask it, and each refusal, which leaves nothing written.
"""

import os
import threading
import unittest

import database
from endpoint import ADAM, JOHN, MARY, ROLES, Endpoint

EVE, LIIS = "EE47101010033", "EE60001019906"
SETTINGS = {"forwardedChatPopupNotifications": False, "forwardedChatSoundNotifications": True,
            "forwardedChatEmailNotifications": False, "newChatPopupNotifications": False,
            "newChatSoundNotifications": True, "newChatEmailNotifications": False,
            "useAutocorrect": True}


def user(id_code, *roles, **more):
    """The body that the clients send to add or edit."""
    return {"firstName": "", "lastName": "", "userIdCode": id_code, "displayName": "N" + id_code,
            "csaTitle": "", "csa_email": "", "roles": list(roles), **more}


class Accounts(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.john = cls.instance.agent(JOHN, "John", ["ROLE_SERVICE_MANAGER"])
        cls.analyst = cls.instance.agent(LIIS, "Liis", ["ROLE_ANALYST"])

    def not_administrators(self):
        return [(self.instance.client(), (401, "not_authenticated")),
                (self.visitor(), (401, "not_authenticated")),
                (self.mary, (403, "role_not_allowed")), (self.john, (403, "role_not_allowed")),
                (self.analyst, (403, "role_not_allowed"))]

    def not_answering(self):
        return [(self.instance.client(), (401, "not_authenticated")),
                (self.visitor(), (401, "not_authenticated")),
                (self.analyst, (403, "role_not_allowed"))]

    def add(self, id_code, *roles, **more):
        self.data(self.administrator, "/cs-add-user", user(id_code, *roles, **more), "add_roles")

    def drop(self, id_code):
        self.data(self.administrator, "/cs-delete-user", {"userIdCode": id_code}, "delete_user")

    def agents(self, path="/cs-get-customer-support-agents", key="get_customer_support_agents"):
        rows = self.data(self.administrator, path, None, key)
        return {row["idCode"]: row for row in rows}

    # ---- presence ----

    def test_an_agent_sees_its_own_presence_and_others(self):
        """C-23, C-24: active is text, and one row an agent."""
        path, key = "/cs-get-customer-support-activity", "get_customer_support_activity"
        online = [{"idCode": MARY, "active": "true", "status": "online"}]
        self.assertEqual(self.data(self.mary, path, None, key, "GET"), online)
        self.assertEqual(self.data(self.john, path, {"customerSupportId": MARY}, key), online)
        by_id = "/cs-get-customer-support-activity-by-id"
        self.assertEqual(self.data(self.john, by_id, {"customerSupportId": MARY}, key), online)
        self.assertEqual(self.data(self.john, by_id, {"customerSupportId": LIIS}, key),
                         [{"idCode": LIIS, "active": "false", "status": "offline"}])
        self.assertEqual(self.data(self.john, by_id, {"customerSupportId": ADAM}, key), [])
        self.assertEqual(self.response(self.mary, "/backoffice/accounts/customer-support-activity"),
                         online)
        self.refused_all(path, None, self.not_answering())
        self.refused_all(by_id, {"customerSupportId": MARY}, self.not_answering())
        self.refused(self.mary, by_id, {}, (400, "missing_field"))

    def test_presence_is_set_in_both_forms(self):
        """C-24: the seed's, and "true" or "false" of the older client."""
        path, key = "/cs-set-customer-support-activity", "set_customer_support_activity"
        seen = "/cs-get-customer-support-activity"

        for body, row in [
                ({"customerSupportStatus": "false", "customerSupportId": MARY},
                 ("false", "offline")),
                ({"customerSupportStatus": "true", "customerSupportId": MARY}, ("true", "online")),
                ({"customerSupportActive": False, "customerSupportStatus": "idle",
                  "customerSupportId": MARY}, ("false", "idle")),
                ({"customerSupportActive": "true", "customerSupportStatus": "online"},
                 ("true", "online"))]:
            self.assertEqual(self.data(self.mary, path, body, key), [])
            self.assertEqual(self.data(self.mary, seen, None, "get_customer_support_activity"),
                             [{"idCode": MARY, "active": row[0], "status": row[1]}])
        self.assertEqual(self.response(
            self.mary, "/backoffice/accounts/customer-support-activity",
            {"customerSupportStatus": "online"}, "POST"), [])
        body = {"customerSupportStatus": "idle", "customerSupportId": MARY}
        self.refused(self.john, path, body, (403, "role_not_allowed"))
        self.refused(self.mary, path, {"customerSupportStatus": "asleep"},
                     (422, "value_out_of_limits"))
        self.refused(self.mary, path, {}, (400, "missing_field"))
        self.refused(self.administrator, path, {**body, "customerSupportId": ADAM},
                     (404, "agent_not_found"))
        self.refused_all(path, body, self.not_answering())
        self.data(self.administrator, path, {**body, "customerSupportStatus": "online"}, key)

    def test_a_visitor_hears_who_is_there(self):
        """V-07"""
        path = "/get-all-available-customer-support-agents"
        client = self.instance.client()
        for name in (path, "/backoffice/agents/available"):
            rows = self.response(client, name)
            self.assertEqual([row["idCode"] for row in rows], sorted([MARY, JOHN]))
            self.assertEqual(rows[0], {"idCode": JOHN, "active": "true", "status": "online"})
        for agent in (self.mary, self.john):
            agent.ok("/cs-set-customer-support-activity", {"customerSupportStatus": "offline"})
        self.assertEqual(self.response(client, path),
                         "no available customer support agents found")
        for agent in (self.mary, self.john):
            agent.ok("/cs-set-customer-support-activity", {"customerSupportStatus": "online"})
        self.refused(client, path, {}, (405, "method_not_allowed"))

    # ---- lists ----

    def test_agents_are_listed_once_each(self):
        """C-25"""
        rows = self.agents()
        self.assertEqual(rows[MARY], {
            "login": "login-" + MARY.lower(), "firstName": "", "lastName": "", "idCode": MARY,
            "displayName": "Mary", "csaTitle": "", "csaEmail": "",
            "authorities": ["ROLE_CUSTOMER_SUPPORT_AGENT"], "customersupportstatus": "online",
            "customerSupportStatus": "online"})
        self.assertEqual(rows[LIIS]["customersupportstatus"], "offline")
        listed = self.data(self.mary, "/cs-get-customer-support-agents", None,
                           "get_customer_support_agents", "GET")
        self.assertEqual(sorted(row["idCode"] for row in listed), sorted(rows))
        self.assertEqual(self.response(
            self.mary, "/backoffice/accounts/customer-support-agents", {}, "POST"), listed)
        self.refused_all("/cs-get-customer-support-agents", None, self.not_answering())

    def test_administrators_and_managers_list_the_accounts(self):
        """C-26"""
        rows = self.agents("/cs-get-admins", "get_admins")
        self.assertEqual(rows[JOHN], {
            "login": "login-" + JOHN.lower(), "firstName": "", "lastName": "", "idCode": JOHN,
            "displayName": "John", "csaTitle": "", "csaEmail": "",
            "authorities": ["ROLE_SERVICE_MANAGER"]})
        self.data(self.john, "/cs-get-admins", None, "get_admins", "GET")
        self.refused_all("/cs-get-admins", None, [
            *self.not_answering(), (self.mary, (403, "role_not_allowed"))])

    # ---- accounts ----

    def test_an_account_is_added_edited_and_deleted(self):
        """C-27, C-28, C-29: versions, and the password stays when none is given."""
        password = os.urandom(9).hex()
        self.add(ADAM, "ROLE_ANALYST", login="adam", password=password, firstName="Aadam")
        self.assertEqual(self.agents()[ADAM]["firstName"], "Aadam")
        self.data(self.administrator, "/cs-edit-user", user(
            ADAM, "ROLE_CUSTOMER_SUPPORT_AGENT", displayName="Adam", lastName="Tamm",
            csaTitle="Nõustaja", csa_email="adam@example.ee"), "add_roles")
        self.assertEqual(self.agents()[ADAM], {
            "login": "adam", "firstName": "Aadam", "lastName": "Tamm", "idCode": ADAM,
            "displayName": "Adam", "csaTitle": "Nõustaja", "csaEmail": "adam@example.ee",
            "authorities": ["ROLE_CUSTOMER_SUPPORT_AGENT"], "customersupportstatus": "offline",
            "customerSupportStatus": "offline"})
        adam = self.instance.client()
        adam.log_in("adam", password)
        self.data(adam, "/cs-set-customer-support-activity", {"customerSupportStatus": "online"},
                  "set_customer_support_activity")
        before = database.counts(self.instance)
        self.drop(ADAM)
        after = database.counts(self.instance)
        grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        self.assertEqual(grown, {"user": 1, "user_authority": 1, "user_profile_settings": 1,
                                 "customer_support_agent_activity": 1, "event": 1})
        self.assertNotIn(ADAM, self.agents())
        answer = adam.post("/cs-login", {"login": "adam", "password": password})
        self.assertEqual((answer.status, answer.json["error"]["code"]),
                         (401, "invalid_credentials"))
        self.refused(self.administrator, "/cs-delete-user", {"userIdCode": ADAM},
                     (404, "agent_not_found"))
        self.refused(self.administrator, "/cs-edit-user", user(ADAM, "ROLE_ANALYST"),
                     (404, "agent_not_found"))
        self.add(ADAM, "ROLE_ANALYST", login="adam")
        self.drop(ADAM)

    def test_the_same_goes_by_the_names_of_other_clients(self):
        """users (POST, PUT, DELETE), /backoffice/accounts/admin/{add,edit,delete,exists},
        cs-check-if-user-exists"""
        body = {"idCode": EVE, "displayName": "Eve", "csaTitle": "", "csaEmail": "",
                "authorities": ["ROLE_ANALYST"]}
        self.assertEqual(self.response(self.administrator, "/users", body, "POST"), [])
        self.refused(self.administrator, "/users", body, (409, "user_exists"))
        body["authorities"] = ["ROLE_SERVICE_MANAGER"]
        self.assertEqual(self.response(self.administrator, "/users/" + EVE, body, "PUT"), [])
        self.assertEqual(self.agents()[EVE]["authorities"], ["ROLE_SERVICE_MANAGER"])
        self.assertEqual(self.data(self.administrator, "/cs-check-if-user-exists",
                                   {"userIdCode": EVE}, "check_user_exists"), True)
        for client, expected in self.not_administrators():
            self.refused(client, "/users", body, expected)
            self.refused(client, "/users/" + EVE, body, expected, "PUT")
            self.refused(client, "/users/" + EVE, None, expected, "DELETE")
        self.assertEqual(self.response(self.administrator, "/users/" + EVE, None, "DELETE"), [])
        self.refused(self.administrator, "/users/" + EVE, None, (404, "agent_not_found"), "DELETE")
        self.refused(self.administrator, "/users/" + EVE, body, (404, "agent_not_found"), "PUT")
        answer = self.administrator.post("/cs-check-if-user-exists", {"userIdCode": EVE})
        self.assertEqual(answer.json, {"data": {}, "error": None})
        later = "/backoffice/accounts/admin/"
        self.assertEqual(self.response(self.administrator, later + "exists", {"userIdCode": EVE},
                                       "POST"), "false")
        for name in ("add", "edit", "delete"):
            self.assertEqual(self.response(self.administrator, later + name,
                                           user(EVE, "ROLE_ANALYST"), "POST"), [])
        self.refused_all("/cs-check-if-user-exists", {"userIdCode": EVE},
                         self.not_administrators())

    def test_a_browser_may_put_and_delete(self):
        """A-04: the preflight of a path says what it takes."""
        origin = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PUT"}
        answer = self.instance.client().request("OPTIONS", "/users/" + EVE, None, origin)
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.headers["Access-Control-Allow-Methods"],
                         "GET, POST, PUT, DELETE, OPTIONS")
        evil = {"Origin": "https://evil.example"}
        before = database.counts(self.instance)
        answer = self.administrator.request("DELETE", "/users/" + MARY, None, evil)
        self.assertEqual(answer.status, 403)
        self.assertEqual(database.counts(self.instance), before)

    def test_what_is_no_account_is_refused(self):
        """C-27, C-28, C-29: each refusal, and nothing is written."""
        path = "/cs-add-user"
        for body, expected in [
                (user(MARY, "ROLE_ANALYST"), (409, "user_exists")),
                (user(ADAM, "ROLE_ANALYST", login="login-" + MARY.lower()), (409, "login_taken")),
                (user("EE49013106521", "ROLE_ANALYST"), (422, "value_out_of_limits")),
                (user("EE49002306521", "ROLE_ANALYST"), (422, "value_out_of_limits")),
                (user("09003106521", "ROLE_ANALYST"), (422, "value_out_of_limits")),
                (user("mary", "ROLE_ANALYST"), (422, "value_out_of_limits")),
                (user(ADAM, "ROLE_OWNER"), (422, "value_out_of_limits")),
                (user(ADAM), (422, "value_out_of_limits")),
                (user(ADAM, "ROLE_ANALYST", password="short"), (422, "value_out_of_limits")),
                (user(ADAM, "ROLE_ANALYST", displayName=""), (422, "value_out_of_limits")),
                ({"userIdCode": ADAM, "displayName": "A"}, (400, "missing_field"))]:
            with self.subTest(body=body):
                self.refused(self.administrator, path, body, expected)
        self.refused(self.administrator, "/cs-edit-user", user(
            MARY, "ROLE_ANALYST", login="login-" + JOHN.lower()), (409, "login_taken"))
        self.refused(self.administrator, "/cs-delete-user", {}, (400, "missing_field"))
        for name, body in ((path, user(ADAM, "ROLE_ANALYST")),
                           ("/cs-edit-user", user(MARY, *ROLES)),
                           ("/cs-delete-user", {"userIdCode": MARY})):
            self.refused_all(name, body, self.not_administrators())

    def test_the_samples_of_the_original_list_are_accounts(self):
        """seed: EE49003106521 is one already"""
        for id_code in ("EE123Csa1Id", "EE123AdminId"):
            self.add(id_code, "ROLE_CUSTOMER_SUPPORT_AGENT")
            self.drop(id_code)

    # ---- the last administrator ----

    def test_the_last_administrator_stays(self):
        """C-29, C-28: neither deleted nor without the role."""
        own = self.agents("/cs-get-admins", "get_admins")
        first = [row for row in own.values() if "ROLE_ADMINISTRATOR" in row["authorities"]]
        self.assertEqual(len(first), 1)
        id_code = first[0]["idCode"]
        self.refused(self.administrator, "/cs-delete-user", {"userIdCode": id_code},
                     (409, "last_administrator"))
        self.refused(self.administrator, "/cs-edit-user", user(id_code, "ROLE_ANALYST"),
                     (409, "last_administrator"))
        self.add(ADAM, "ROLE_ADMINISTRATOR")
        self.data(self.administrator, "/cs-edit-user", user(ADAM, "ROLE_ANALYST"), "add_roles")
        self.drop(ADAM)

    def test_of_two_deletes_of_the_last_two_one_wins(self):
        """C-29, at the same moment, over and over: there is always an administrator."""
        boss = self.instance.agent(EVE, "Eve", ["ROLE_ADMINISTRATOR"])
        first = [row["idCode"] for row in self.agents().values()
                 if "ROLE_ADMINISTRATOR" in row["authorities"] and row["idCode"] != EVE][0]
        pair = [(boss, first), (self.administrator, EVE)]
        answers = [None, None]

        def edit(index):
            client, id_code = pair[index]
            answers[index] = client.post("/cs-edit-user", user(
                id_code, "ROLE_SERVICE_MANAGER", login="", displayName="N" + id_code)).status

        for _ in range(10):
            threads = [threading.Thread(target=edit, args=(index,)) for index in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            # The loser lost the role before it asked, or is the last one.
            self.assertIn(sorted(answers), [[200, 403], [200, 409]])
            winner = pair[answers.index(200)][0]
            loser = pair[answers.index(200)][1]
            winner.ok("/cs-edit-user", user(loser, "ROLE_ADMINISTRATOR"))
        self.drop(EVE)

    # ---- roles count at once ----

    def test_who_loses_a_role_or_the_account_is_out_at_once(self):
        """A-30, A-31: the roles are those of now, whatever the token says."""
        adam = self.instance.agent(ADAM, "Adam")
        chat_id = self.visitor().chat_id
        self.data(adam, "/cs-get-all-active-chats", None, "get_all_active_chats")
        self.data(self.administrator, "/cs-edit-user", user(ADAM, "ROLE_ANALYST"), "add_roles")
        self.refused(adam, "/cs-get-all-active-chats", None, (403, "role_not_allowed"))
        self.refused(adam, "/cs-claim-chat", {"id": chat_id}, (403, "role_not_allowed"))
        self.data(self.administrator, "/cs-edit-user", user(ADAM, "ROLE_SERVICE_MANAGER"),
                  "add_roles")
        self.drop(ADAM)
        self.refused(adam, "/cs-get-all-active-chats", None, (401, "not_authenticated"))
        self.refused(adam, "/cs-claim-chat", {"id": chat_id}, (401, "not_authenticated"))
        self.assertIsNone(self.data(adam, "/cs-custom-jwt-userinfo", None, "custom_jwt_userinfo"))
        self.assertEqual(adam.post("/cs-logout").status, 200)

    # ---- settings of one's own ----

    def test_settings_are_kept_for_each_agent(self):
        """V-13, V-22: the usual ones first; userId=1 of a client is nobody."""
        get, put = "/cs-get-user-profile-settings", "/cs-set-user-profile-settings"
        self.assertEqual(self.response(self.mary, get), {"userId": MARY, **SETTINGS})
        self.assertEqual(self.response(self.mary, get + "?userId=1"), {"userId": "1", **SETTINGS})
        mine = {"userId": MARY, **SETTINGS, "forwardedChatPopupNotifications": True,
                "newChatEmailNotifications": True, "useAutocorrect": False}
        before = database.counts(self.instance)["user_profile_settings"]
        self.assertIs(self.response(self.mary, put, mine, "POST"), True)
        self.assertEqual(self.response(self.mary, get), mine)
        self.assertEqual(self.response(self.administrator, get + "?userId=" + MARY), mine)
        self.assertEqual(self.response(self.administrator, get, {"userId": MARY}), mine)
        self.assertIs(self.response(self.administrator, "/backoffice/accounts/settings", {
            "userId": MARY, **SETTINGS}, "POST"), False)
        self.assertEqual(self.response(self.mary, "/backoffice/accounts/settings"),
                         {"userId": MARY, **SETTINGS})
        self.assertEqual(database.counts(self.instance)["user_profile_settings"], before + 2)

    def test_settings_of_others_are_the_administrators_business(self):
        """V-13, V-22: refusals"""
        get, put = "/cs-get-user-profile-settings", "/cs-set-user-profile-settings"
        theirs = {"userId": MARY, **SETTINGS}
        self.refused(self.john, get + "?userId=" + MARY, None, (403, "role_not_allowed"), "GET")
        self.refused(self.john, put, theirs, (403, "role_not_allowed"))
        self.refused(self.administrator, put, {**theirs, "userId": ADAM}, (404, "agent_not_found"))
        self.refused(self.mary, put, {**theirs, "useAutocorrect": "maybe"}, (400, "invalid_field"))
        self.refused(self.mary, put, {"userId": MARY}, (400, "missing_field"))
        self.refused_all(put, theirs, self.not_answering())
        for client, expected in self.not_answering():
            self.refused(client, get, None, expected, "GET")

    def test_one_that_is_added_again_begins_anew(self):
        """C-29: the settings go with the account"""
        get, put = "/cs-get-user-profile-settings", "/cs-set-user-profile-settings"
        self.add(ADAM, "ROLE_ANALYST")
        self.response(self.administrator, put, {
            "userId": ADAM, **SETTINGS, "useAutocorrect": False}, "POST")
        self.drop(ADAM)
        self.add(ADAM, "ROLE_ANALYST")
        self.assertEqual(self.response(self.administrator, get + "?userId=" + ADAM),
                         {"userId": ADAM, **SETTINGS})
        self.drop(ADAM)


class LogIn(Endpoint):
    """Of its own, as what is counted here lasts a minute."""

    def test_guesses_are_limited_for_each_login_and_each_address(self):
        """C-17, §3.4: also with the right password, until the minute is over."""
        password = os.urandom(9).hex()
        self.administrator.ok("/cs-add-user", user(MARY, "ROLE_ANALYST", login="mary",
                                                   password=password))
        client = self.instance.client()
        for _ in range(10):
            self.refused(client, "/cs-login", {"login": "mary", "password": "a wrong one"},
                         (401, "invalid_credentials"))
        answer = self.refused(client, "/cs-login", {"login": "mary", "password": password},
                              (429, "too_many_attempts"))
        self.assertEqual(answer.headers["Retry-After"], "60")
        self.refused(client, "/cs-login", {"login": "other", "password": "a wrong one"},
                     (401, "invalid_credentials"))
        for guess in range(60):
            answer = client.post("/cs-login", {"login": f"guess-{guess}", "password": "12345678"})
            if answer.status != 401:
                break
        self.assertEqual((answer.status, answer.json["error"]["code"]), (429, "too_many_attempts"))


class Takeover(Endpoint):
    def test_what_was_changed_is_known_to_the_next_one(self):
        """A-73: accounts, roles, presence and settings after a kill of chat-state."""
        mary = self.instance.agent(MARY, "Mary")
        john = self.instance.agent(JOHN, "John")
        mine = {"userId": MARY, **SETTINGS, "useAutocorrect": False}
        self.response(mary, "/cs-set-user-profile-settings", mine, "POST")
        self.administrator.ok("/cs-delete-user", {"userIdCode": JOHN})
        self.instance.kill("chat-state")
        self.instance.wait_ready("chat-state")
        self.assertEqual(self.response(mary, "/cs-get-user-profile-settings"), mine)
        self.refused(john, "/cs-get-all-active-chats", None, (401, "not_authenticated"))
        self.assertEqual(
            self.data(mary, "/cs-get-customer-support-activity", None,
                      "get_customer_support_activity"),
            [{"idCode": MARY, "active": "true", "status": "online"}])


if __name__ == "__main__":
    unittest.main()
