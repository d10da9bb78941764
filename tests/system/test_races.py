#!/usr/bin/env python3
"""A-74: what two people do to one chat at the same moment, over two connections:
an ended chat never opens again, has exactly one message that ended it, and a
chat has one owner.

KRATT_TEST_ROUNDS=1000 plays each race so often, which is what the contract asks
for and takes some minutes; unless set, it is fewer, so that the test can run
with all the others."""

import os
import threading
import unittest

import database
from endpoint import JOHN, MARY, Endpoint
from kratt import Client, now

ROUNDS = int(os.environ.get("KRATT_TEST_ROUNDS", "200"))
ENDINGS = ("answered", "client-left")


class Races(Endpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")
        cls.john = cls.instance.agent(JOHN, "John")

    # ---- what one of two does; each returns the status ----

    def claim(self, agent, id_code):
        return lambda chat: agent.post("/cs-claim-chat", {
            "id": chat.chat_id, "customerSupportId": id_code}).status

    def redirect(self, agent, id_code):
        return lambda chat: agent.post("/cs-redirect-chat", {
            "id": chat.chat_id, "customerSupportId": id_code}).status

    def end(self, agent):
        return lambda chat: agent.post("/cs-end-chat", {
            "chatId": chat.chat_id, "event": "answered", "authorTimestamp": now()}).status

    def leave(self):
        return lambda chat: chat.post("/end-chat", {
            "chatId": chat.chat_id, "event": "client-left", "authorTimestamp": now()}).status

    def rate(self):
        """On a connection of its own, with the same cookie, as browsers do."""
        def act(chat):
            other = Client(self.instance.url)
            other.cookies = dict(chat.cookies)
            status = other.post("/post-chat-feedback-rating",
                                {"chatId": chat.chat_id, "feedbackRating": 9}).status
            other.close()
            return status
        return act

    # ---- the race ----

    def race(self, *acts, before=None):
        """Plays the rounds. Returns the ids of the chats and what the acts came to."""
        chats, outcomes = [], [[None] * ROUNDS for _ in acts]
        start = threading.Barrier(len(acts) + 1)
        done = threading.Barrier(len(acts) + 1)

        def run(act, mine):
            for i in range(ROUNDS):
                start.wait(60)
                mine[i] = act(chats[i])
                done.wait(60)

        threads = [threading.Thread(target=run, args=pair, daemon=True)
                   for pair in zip(acts, outcomes)]
        for thread in threads:
            thread.start()
        for _ in range(ROUNDS):
            chat = Client(self.instance.url)
            chat.chat_id = chat.open_chat()["id"]
            if before:
                self.assertEqual(before(chat), 200)
            chats.append(chat)
            start.wait(60)
            done.wait(60)
            chat.close()
        for thread in threads:
            thread.join(60)
        return [chat.chat_id for chat in chats], list(zip(*outcomes))

    def check(self, ids, ends=1):
        """What the rows of these chats say; returns the last version of each."""
        names = ", ".join(f"'{id}'" for id in ids)
        versions = {id: [] for id in ids}
        for id, ended, status, owner in database.rows(
                self.instance, "SELECT base_id, ended, status, customer_support_id FROM chat "
                f"WHERE base_id IN ({names}) ORDER BY id"):
            versions[id].append((ended, status, owner))
        counts = dict(database.rows(
            self.instance, "SELECT chat_base_id, COUNT(*) FROM message "
            f"WHERE chat_base_id IN ({names}) AND event IN {ENDINGS} GROUP BY chat_base_id"))
        for id in ids:
            ended = [version[0] for version in versions[id]]
            first = next((moment for moment in ended if moment), None)
            after = ended[ended.index(first):] if first else []
            self.assertEqual(after, [first] * len(after), "an ended chat opened again")
            self.assertEqual(versions[id][-1][1], "ENDED" if ends else "OPEN")
            self.assertEqual(counts.get(id, 0), ends)
        return [versions[id][-1] for id in ids]

    def assert_both_ways(self, outcomes, *expected):
        """Each outcome is one of these."""
        self.assertLessEqual(set(outcomes), set(expected))

    def test_claim_and_end(self):
        """A-74"""
        ids, outcomes = self.race(self.claim(self.john, JOHN), self.end(self.mary))
        last = self.check(ids)
        self.assert_both_ways(outcomes, (200, 200), (409, 200))
        for (claimed, _), (_, _, owner) in zip(outcomes, last):
            self.assertEqual(owner, JOHN if claimed == 200 else "")

    def test_redirect_and_end(self):
        """A-74"""
        ids, outcomes = self.race(self.redirect(self.mary, JOHN), self.leave(),
                                  before=self.claim(self.mary, MARY))
        last = self.check(ids)
        self.assert_both_ways(outcomes, (200, 200), (409, 200))
        for (redirected, _), (_, _, owner) in zip(outcomes, last):
            self.assertEqual(owner, JOHN if redirected == 200 else MARY)

    def test_feedback_and_end(self):
        """A-74, A-20: as the widget's closing dialog sends them, at the same moment."""
        ids, outcomes = self.race(self.rate(), self.leave())
        self.check(ids)
        self.assert_both_ways(outcomes, (200, 200))
        names = ", ".join(f"'{id}'" for id in ids)
        rated = dict(database.rows(
            self.instance, "SELECT base_id, feedback_rating FROM chat "
            f"WHERE base_id IN ({names}) ORDER BY id"))
        self.assertEqual(set(rated.values()), {"9"})

    def test_end_and_end(self):
        """A-74: whoever is late learns that the chat has ended; the end user is not told."""
        ids, outcomes = self.race(self.end(self.mary), self.leave())
        self.check(ids)
        self.assert_both_ways(outcomes, (200, 200), (409, 200))
        ids, outcomes = self.race(self.end(self.mary), self.end(self.john))
        self.check(ids)
        self.assert_both_ways(outcomes, (200, 409), (409, 200))

    def test_claim_and_claim(self):
        """A-74, A-16: one owner, and it is the one who was told so."""
        ids, outcomes = self.race(self.claim(self.mary, MARY), self.claim(self.john, JOHN))
        last = self.check(ids, ends=0)
        self.assert_both_ways(outcomes, (200, 409), (409, 200))
        for (mary, _), (_, _, owner) in zip(outcomes, last):
            self.assertEqual(owner, MARY if mary == 200 else JOHN)


if __name__ == "__main__":
    unittest.main()
