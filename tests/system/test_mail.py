#!/usr/bin/env python3
"""The e-mails to agents about chats (contract §2.1 item 7, C-04): who gets one
and what it says, by a real mail server; and that a dead one harms no chat.
"""

import re
import socket
import time
import unittest

import database
from endpoint import ADAM, JOHN, MARY, ROLES, Endpoint
from kratt import PATIENCE, instant, now
from mailserver import DOMAIN, MailServer, is_possible

PROFILE = {"forwardedChatPopupNotifications": False, "forwardedChatSoundNotifications": True,
           "forwardedChatEmailNotifications": False, "newChatPopupNotifications": False,
           "newChatSoundNotifications": True, "newChatEmailNotifications": False,
           "useAutocorrect": True}
NEW, FORWARDED = "newChatEmailNotifications", "forwardedChatEmailNotifications"
RETRY_MS = 200


def address(name):
    return f"{name}@{DOMAIN}"


class Mail(Endpoint):
    """Three agents: Mary wants to know of new chats, John of those sent on to
    him, Adam of nothing."""

    tls, password = "", ""
    most = 100

    @classmethod
    def setUpClass(cls):
        cls.server = MailServer(cls.tls, cls.password)
        cls.addClassCleanup(cls.server.remove)
        cls.addClassCleanup(cls.server.stop)
        cls.environment = {
            "KRATT_SMTP_URL": cls.server.url, "KRATT_SMTP_SENDER": "kratt@example.ee",
            "KRATT_SMTP_TLS": "starttls" if cls.tls == "starttls" else "none",
            "KRATT_SMTP_CA": str(cls.server.certificate), "KRATT_SMTP_RETRY_MS": str(RETRY_MS),
            "KRATT_SMTP_WAITING_MAX": str(cls.most)}
        if cls.password:
            cls.environment |= {"KRATT_SMTP_USER": cls.server.name,
                                "KRATT_SMTP_PASSWORD": cls.password}
        super().setUpClass()
        cls.mary = cls.hire(MARY, "mary", {NEW: True})
        cls.john = cls.hire(JOHN, "john", {FORWARDED: True})
        cls.adam = cls.hire(ADAM, "adam", {})

    @classmethod
    def hire(cls, id_code, name, profile):
        client = cls.instance.agent(id_code, name)
        cls.administrator.ok("/cs-edit-user", {
            "userIdCode": id_code, "displayName": name, "csaTitle": "",
            "csa_email": address(name), "roles": [ROLES[2]]})
        cls.set_profile(client, id_code, profile)
        return client

    @staticmethod
    def set_profile(client, id_code, profile):
        answer = client.request("POST", "/cs-set-user-profile-settings",
                                {"userId": id_code, **PROFILE, **profile})
        assert answer.status == 200, answer

    @staticmethod
    def be(client, id_code, status):
        client.ok("/cs-set-customer-support-activity",
                  {"customerSupportId": id_code, "customerSupportStatus": status,
                   "customerSupportActive": status != "offline"})

    def mails(self, said):
        """Those that say this, by their receivers."""
        return {mail["To"].strip("<>"): mail for mail in self.server.messages
                if said in mail.get_content()}

    def wait_mail(self, said, name, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while address(name) not in self.mails(said):
            self.assertLess(time.monotonic(), end, f"no mail for {name}")
            time.sleep(0.02)
        return self.mails(said)[address(name)]

    def wait_metric(self, name, value):
        end = time.monotonic() + PATIENCE
        while (is_now := self.metric(name)) != value:
            self.assertLess(time.monotonic(), end, f"{name} is {is_now}, not {value}")
            time.sleep(0.02)

    def metric(self, name):
        return self.instance.metric(name, "chat-state")

    def log(self):
        return (self.instance.dir / "log/chat-state.log").read_text()

    def no_rows_stay(self):
        self.wait_metric("kratt_mails_waiting", 0)
        self.assertEqual(database.rows(
            self.instance, "SELECT id FROM deadline WHERE kind IN ('mail', 'notice')"), [])


class Encrypted(Mail):
    """STARTTLS, and the server wants a log-in."""

    tls, password = "starttls", "saladus"

    def test_who_wants_to_know_of_new_chats_is_told(self):
        """A-10, P-01: the text is that of contract §2.1, and the stream has
        the chat all the same."""
        with self.adam.stream("/events/cs-get-all-active-chats") as stream:
            user = self.visitor("Kas õun on küps?\nPalun vastake.")
            stream.wait_item(lambda row: row.get("id") == user.chat_id, "the chat")
        mail = self.wait_mail("õun", "mary")
        self.assertEqual((mail["Subject"], mail["From"]), ("Avati uus vestlus",
                                                           "kratt@example.ee"))
        text = mail.get_content().replace("\r\n", "\n")
        match = re.fullmatch(r"Veebileht: https://www\.example\.ee/\nOperatsioonisüsteem: Linux\n"
                             r"Aeg: (\S+)\nSõnum: Kas õun on küps\?\nPalun vastake\.\n+", text)
        self.assertTrue(match, text)
        self.assertLess(abs(instant(match[1]) - instant(now())), PATIENCE * 1000)
        self.no_rows_stay()
        self.assertEqual(list(self.mails("õun")), [address("mary")])

    def test_who_is_away_is_not_told_and_who_is_idle_is(self):
        """V-07: at work is who is online or idle."""
        sole = self.hire("EE1", "sole", {NEW: True})
        self.be(self.mary, MARY, "offline")
        self.be(sole, "EE1", "idle")
        self.visitor("Kes on siin?")
        self.wait_mail("Kes on siin?", "sole")
        self.no_rows_stay()
        self.assertEqual(list(self.mails("Kes on siin?")), [address("sole")])
        self.be(self.mary, MARY, "online")
        self.set_profile(sole, "EE1", {})
        self.visitor("Ja nüüd?")
        self.wait_mail("Ja nüüd?", "mary")
        self.no_rows_stay()
        self.assertEqual(list(self.mails("Ja nüüd?")), [address("mary")])

    def test_who_gets_a_chat_from_another_agent_is_told_if_wanted(self):
        """C-04: to the one who has it now."""
        user = self.visitor("Minu küsimus")
        self.wait_mail("Minu küsimus", "mary")
        self.mary.ok("/cs-claim-chat", {"id": user.chat_id})
        for to in (JOHN, ADAM):
            self.mary.ok("/cs-redirect-chat", {"id": user.chat_id, "customerSupportId": to,
                                               "customerSupportDisplayName": "",
                                               "forwardedToCsa": to})
        mail = self.wait_mail("Minu küsimus", "john")
        self.assertEqual(mail["Subject"], "Teile on suunatud vestlus!")
        self.no_rows_stay()
        self.assertEqual(sorted(self.mails("Minu küsimus")), [address("john"), address("mary")])
        self.assertNotIn(address("adam"), self.mails(""))

    def test_a_mail_is_sent_once(self):
        before = len(self.server.messages), self.metric("kratt_mails_sent_total")
        for i in range(10):
            self.visitor(f"Korduv {i}")
        for i in range(10):
            self.wait_mail(f"Korduv {i}", "mary")
        self.no_rows_stay()
        self.assertEqual(len(self.server.messages), before[0] + 10)
        self.assertEqual(self.metric("kratt_mails_sent_total"), before[1] + 10)


class Dead(Mail):
    """By TLS from the start; a mail server that comes and goes, and room for
    few mails."""

    tls = "smtps"
    most = 8

    def setUp(self):
        self.no_rows_stay()
        self.server.stop()

    def open_quickly(self, said):
        """A second is far less than any time that a mail may take."""
        began = time.monotonic()
        user = self.visitor(said)
        self.assertLess(time.monotonic() - began, 1)
        return user

    def test_a_dead_server_changes_nothing_for_the_chat(self):
        """A-10: the chat is answered as ever, and the mail comes later."""
        failed = self.metric("kratt_mails_failed_total")
        user = self.open_quickly("Kas keegi kuuleb?")
        self.wait_metric("kratt_mails_waiting", 1)
        while self.metric("kratt_mails_failed_total") < failed + 2:
            self.open_said(user)
        self.server.start()
        self.wait_mail("Kas keegi kuuleb?", "mary")
        self.no_rows_stay()

    def open_said(self, user):
        user.say(user.chat_id, "Halloo")

    def test_a_server_that_says_nothing_changes_nothing_for_the_chat(self):
        """Mails wait for it, and nothing else does."""
        with socket.create_server(("127.0.0.1", self.server.port)):
            for i in range(self.most - 1):
                self.open_said(self.open_quickly(f"Vaikus {i}."))
            self.wait_metric("kratt_mails_waiting", self.most - 1)
        self.server.start()
        for i in range(self.most - 1):
            self.wait_mail(f"Vaikus {i}.", "mary")
        self.no_rows_stay()

    def test_mails_that_wait_survive_the_death_of_chat_state(self):
        self.visitor("Enne surma")
        self.wait_metric("kratt_mails_waiting", 1)
        self.instance.kill("chat-state")
        self.visitor("Pärast surma")
        self.wait_metric("kratt_mails_waiting", 2)
        self.server.start()
        self.wait_mail("Enne surma", "mary")
        self.wait_mail("Pärast surma", "mary")
        self.no_rows_stay()

    def test_there_is_room_for_so_many_mails_and_others_are_dropped(self):
        lost = self.metric("kratt_mails_given_up_total")
        for i in range(self.most + 2):
            self.visitor(f"Palju {i}.")
        self.wait_metric("kratt_mails_given_up_total", lost + 2)
        self.assertEqual(self.metric("kratt_mails_waiting"), self.most)
        self.server.start()
        for i in range(self.most):
            self.wait_mail(f"Palju {i}.", "mary")
        self.no_rows_stay()
        self.assertEqual(len([mail for mail in self.server.messages
                              if "Palju" in mail.get_content()]), self.most)

    def test_that_the_server_is_away_and_back_is_logged_once_and_nothing_personal(self):
        away, back = "the mail server takes no mails", "the mail server takes mails again"
        before = [self.log().count(text) for text in (away, back)]
        failed = self.metric("kratt_mails_failed_total")
        self.visitor("Salajane")
        self.wait_metric("kratt_mails_failed_total", failed + 3)
        self.server.start()
        self.wait_mail("Salajane", "mary")
        self.no_rows_stay()
        self.assertEqual([self.log().count(text) for text in (away, back)],
                         [count + 1 for count in before])
        for text in ("Salajane", DOMAIN, MARY):
            self.assertNotIn(text, self.log())


class Refused(Mail):
    """In plain text; what one receiver's mail meets is not that of others."""

    def test_a_mail_that_is_refused_keeps_no_other_from_going(self):
        self.hire("EE2", "stranger", {NEW: True})
        self.administrator.ok("/cs-edit-user", {
            "userIdCode": "EE2", "displayName": "stranger", "csaTitle": "",
            "csa_email": "stranger@elsewhere.ee", "roles": [ROLES[2]]})
        for said in ("Esimene", "Teine"):
            self.visitor(said)
            self.wait_mail(said, "mary")
        self.wait_metric("kratt_mails_sent_total", 2)
        self.assertGreaterEqual(self.metric("kratt_mails_failed_total"), 1)
        self.wait_metric("kratt_mails_waiting", 2)
        self.assertEqual(self.log().count("the mail server refuses a mail"), 1)
        self.assertNotIn("the mail server takes no mails", self.log())
        self.assertNotIn("elsewhere.ee", self.log())


if __name__ == "__main__":
    if not is_possible():
        raise SystemExit("exim4 and openssl are needed")
    unittest.main()
