#!/usr/bin/env python3
"""kill -9 of each service in turn while a chat goes on: it is started again,
the story ends well, and every acknowledged message is in the database once
and reached the streams once, in order (A-73); and no chat is there without its
first message, or a message without its chat (A-71).
"""

import unittest

import database
from actors import Opener, Poster, Reader, twin
from kratt import Instance, now

SERVICES = ["chat-state", "rest-ingress", "sse-gateway-1", "waiting-time", "health", "front"]
AROUND = 20  # messages acknowledged before each kill, and after it


class Killing:
    postgres = False

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=1, postgres=cls.postgres)
        cls.addClassCleanup(cls.instance.stop)
        cls.agent = cls.instance.agent("EE49003106521", "Mary")

    def test_each_service_may_be_killed_while_a_chat_goes_on(self):
        user = self.instance.client()
        chat_id = user.open_chat("first")["id"]
        self.agent.ok("/cs-claim-chat", {"id": chat_id})
        readers = [Reader(user, "/events/get-new-messages"),
                   Reader(self.agent, f"/events/cs-get-new-messages?chatId={chat_id}")]
        poster = Poster(twin(user), chat_id)
        opener = Opener(self.instance.url)
        try:
            for name in SERVICES:
                poster.wait_for_more(AROUND)
                self.instance.kill(name)
                poster.wait_for_more(AROUND)
            poster.stop()
            opener.stop()
            self.compare_opened(opener)
            self.end(chat_id, readers)
            self.compare(chat_id, poster, readers)
        finally:
            opener.stop()
            poster.stop()
            for reader in readers:
                reader.stop()

    def end(self, chat_id, readers):
        chat = self.agent.ok("/cs-end-chat", {"chatId": chat_id, "event": "ACCEPTED",
                                              "authorTimestamp": now()})
        self.assertEqual(chat["status"], "ENDED")
        for reader in readers:
            reader.wait_until(lambda r=reader: "ACCEPTED" in r.events, "the end")

    def compare_opened(self, opener):
        chats = {row[0] for row in database.rows(self.instance, "SELECT base_id FROM chat")}
        begun = {row[0] for row in database.rows(
            self.instance, "SELECT chat_base_id FROM message")}
        self.assertEqual(chats, begun)
        self.assertLessEqual(set(opener.opened), chats)
        self.assertGreater(len(opener.opened), len(SERVICES))

    def compare(self, chat_id, poster, readers):
        stored = self.agent.ok("/cs-get-messages-by-chat-id", {"chatId": chat_id})
        posted = [row["content"] for row in stored if row["content"].startswith("message ")]
        self.assertEqual(posted, poster.acknowledged, "each acknowledged message, once, in order")
        for reader in readers:
            self.assertEqual(reader.ids, [row["id"] for row in stored], reader.path)
        print(f"{len(posted)} acknowledged, 0 lost, 0 doubled, {len(SERVICES)} kills")


class OnSqlite(Killing, unittest.TestCase):
    pass


class OnPostgresql(Killing, unittest.TestCase):
    postgres = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
