#!/usr/bin/env python3
"""A chat's history by e-mail to the agent who has it (contract V-24, and
cs-send-chat-to-email of the clients), by a real mail server.
"""

import unittest
import uuid

import database
from endpoint import ADAM, JOHN, MARY, ROLES, Endpoint
from kratt import now
from mailserver import is_possible
from test_mail import Mail, address

HISTORY, CLIENT = "/history/cs-send-history-to-email", "/cs-send-chat-to-email"
SENT = "Chat history will be sent"


def messages(agent, chat_id):
    answer = agent.request("POST", "/cs-get-messages-by-chat-id", {"chatId": chat_id})
    return answer.json["data"]["cs_get_messages_by_chat_id"]


class Histories(Mail):
    """Nobody wants a mail of anything else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_profile(cls.mary, MARY, {})


class ToBeSent(Histories):
    """With TLS, and a log-in."""

    tls, password = "starttls", "saladus"

    def talk(self, said):
        """A chat that Mary has, with a word of each."""
        user = self.visitor(said)
        self.mary.ok("/cs-claim-chat", {"id": user.chat_id})
        self.mary.ok("/cs-post-message", {"chatId": user.chat_id, "content": "Kuulan õhinal.",
                                          "authorTimestamp": now()})
        return user

    def test_the_agent_gets_what_was_said_and_the_chat_says_so(self):
        """V-24: the event is of the contract's, and both agents' streams have it."""
        user = self.talk("Tere õhtust!\nKas kuulete?")
        with self.adam.stream(
                f"/events/cs-get-new-messages?chatId={user.chat_id}&lastRead={now()}") as stream:
            self.assertEqual(
                self.response(self.adam, HISTORY, {"chatId": user.chat_id}, "POST"), SENT)
            event = stream.wait_item(lambda row: row.get("event") == "chat_sent_to_csa_email",
                                     "the event")
        self.assertEqual([event[name] for name in ("content", "authorRole", "authorId", "chatId")],
                         ["", "backoffice-user", "", user.chat_id])
        mail = self.wait_mail("Tere õhtust!", "mary")
        self.no_rows_stay()
        self.assertEqual(mail["Subject"], "Vestluse ajalugu")
        lines = mail.get_content().replace("\r\n", "\n").splitlines()
        self.assertEqual(lines[0], f"Vestlus {user.chat_id} (kellaajad on UTC)")
        self.assertEqual(lines[2].partition(" ")[2], "Kasutaja: Tere õhtust!")
        self.assertEqual(lines[3], "    Kas kuulete?")
        self.assertTrue(lines[4].endswith(": Kuulan õhinal."), lines)
        self.assertEqual(list(self.mails("Tere õhtust!")), [address("mary")])

    def test_an_ended_chat_is_sent_and_stays_ended(self):
        """V-24: to whom had it; its end is still its end, once."""
        user = self.talk("Lõpetame")
        self.mary.ok("/cs-end-chat", {"chatId": user.chat_id, "event": "ACCEPTED",
                                      "authorTimestamp": now()})
        for _ in range(2):
            self.response(self.john, HISTORY, {"chatId": user.chat_id}, "POST")
        self.wait_mail("Lõpetame", "mary")
        self.no_rows_stay()
        events = [row["event"] for row in messages(self.mary, user.chat_id)]
        self.assertEqual(events, ["", "", "ACCEPTED"] + 2 * ["chat_sent_to_csa_email"])
        ended = self.data(self.mary, "/cs-get-all-ended-chats", key="cs_get_all_ended_chats")
        self.assertIn(user.chat_id, [row["id"] for row in ended])
        active = self.data(self.mary, "/cs-get-all-active-chats", key="get_all_active_chats")
        self.assertNotIn(user.chat_id, [row["id"] for row in active])

    def test_the_name_of_the_client_takes_a_whole_chat(self):
        """cs-send-chat-to-email sends the row of the list."""
        user = self.talk("Terve rida")
        row = next(row for row in self.data(self.mary, "/cs-get-all-active-chats",
                                            key="get_all_active_chats")
                   if row["id"] == user.chat_id)
        self.assertEqual(self.data(self.mary, CLIENT, row, key="cs_send_chat_to_email"), SENT)
        self.wait_mail("Terve rida", "mary")

    def test_sent_twice_under_one_key_it_is_one_mail(self):
        user = self.talk("Ainult üks")
        sent = self.metric("kratt_mails_sent_total")
        for _ in range(2):
            answer = self.mary.request("POST", HISTORY, {"chatId": user.chat_id},
                                       headers={"Idempotency-Key": user.chat_id})
            self.assertEqual(answer.json, {"response": SENT})
        self.wait_mail("Ainult üks", "mary")
        self.no_rows_stay()
        self.assertEqual(self.metric("kratt_mails_sent_total"), sent + 1)
        self.assertEqual(len(messages(self.mary, user.chat_id)), 3)

    def test_who_may_not_or_what_is_not_there_writes_nothing(self):
        """V-24: each refusal of its row."""
        user = self.talk("Keelatud")
        nobodys = self.visitor("Minul ei ole kedagi")
        deaf = self.hire("EE37001010018", "deaf", {})
        self.administrator.ok("/cs-edit-user", {
            "userIdCode": "EE37001010018", "displayName": "deaf", "csaTitle": "", "csa_email": "",
            "roles": [ROLES[2]]})
        theirs = self.visitor("Aadressita")
        deaf.ok("/cs-claim-chat", {"id": theirs.chat_id})
        analyst = self.instance.agent("EE37001010029", "analyst", [ROLES[4]])
        for path, name in ((HISTORY, "chatId"), (CLIENT, "id")):
            self.refused_all(path, {name: user.chat_id}, [
                (self.instance.client(), (401, "not_authenticated")),
                (user, (401, "not_authenticated")), (analyst, (403, "role_not_allowed"))])
            for body, expected in (({}, (400, "missing_field")),
                                   ({name: "abc"}, (400, "invalid_field")),
                                   ({name: str(uuid.uuid4())}, (404, "chat_not_found")),
                                   ({name: nobodys.chat_id}, (409, "chat_has_no_agent")),
                                   ({name: theirs.chat_id}, (409, "agent_has_no_email"))):
                self.refused_all(path, body, [(self.adam, expected)])
        self.assertNotIn(address("mary"), self.mails("Keelatud"))


class Waiting(Histories):
    """While the mail server is away, and one chat-state after the other dies."""

    most = 2

    def test_it_survives_the_death_of_chat_state_and_says_what_is_so_then(self):
        """V-24: the row names the chat, and nothing of what was said in it."""
        user = self.visitor("Enne surma")
        self.mary.ok("/cs-claim-chat", {"id": user.chat_id})
        self.server.stop()
        self.response(self.mary, HISTORY, {"chatId": user.chat_id}, "POST")
        self.assertEqual(database.rows(self.instance,
                                       "SELECT body FROM deadline WHERE kind = 'history'"),
                         [[f"{address('mary')}\n{user.chat_id}"]])
        self.instance.kill("chat-state")
        user.say(user.chat_id, "Pärast surma")
        self.response(self.mary, HISTORY, {"chatId": user.chat_id}, "POST")
        self.refused(self.mary, HISTORY, {"chatId": user.chat_id}, (503, "too_many_mails"))
        self.assertEqual(self.metric("kratt_mails_waiting"), 2)
        self.server.start()
        self.wait_mail("Pärast surma", "mary")
        self.no_rows_stay()
        for text in ("surma", address("mary"), MARY):
            self.assertNotIn(text, self.log())


class NoServer(Endpoint):
    def test_without_a_mail_server_it_is_said_and_nothing_is_written(self):
        """V-24: 503, as something that is needed is not there."""
        agent = self.instance.agent(JOHN, "John")
        user = self.visitor()
        agent.ok("/cs-claim-chat", {"id": user.chat_id})
        for path, name in ((HISTORY, "chatId"), (CLIENT, "id")):
            self.refused(agent, path, {name: user.chat_id}, (503, "mail_not_configured"))
            self.refused(agent, path, {name: ADAM}, (400, "invalid_field"))


del Mail, Histories

if __name__ == "__main__":
    if not is_possible():
        raise SystemExit("exim4 and openssl are needed")
    unittest.main()
