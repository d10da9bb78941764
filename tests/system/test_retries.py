#!/usr/bin/env python3
"""Posts that come twice, as browsers and networks make them: one message,
the same answer; and a chat-state that is killed in the middle of many posts
costs their senders a wait.
"""

import os
import signal
import threading
import unittest
import uuid

from actors import twin
from kratt import PATIENCE, Instance, now

ROUNDS = 20
AT_ONCE = 50  # posts in flight when chat-state is killed


def together(*calls):
    """Calls them from threads that start at the same moment; returns what
    they returned."""
    gate = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(index, call):
        gate.wait(PATIENCE)
        results[index] = call()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


class Retries:
    postgres = False

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=1, postgres=cls.postgres)
        cls.addClassCleanup(cls.instance.stop)
        cls.agent = cls.instance.agent("EE49003106521", "Mary")

    def setUp(self):
        self.user = self.client()
        self.chat_id = self.user.open_chat("first")["id"]
        self.agent.ok("/cs-claim-chat", {"id": self.chat_id})

    def client(self):
        client = self.instance.client()
        self.addCleanup(client.close)
        return client

    def twin(self, client):
        other = twin(client)
        self.addCleanup(other.close)
        return other

    def body(self, content, moment=None, **more):
        return {"chatId": self.chat_id, "content": content, "authorRole": "end-user",
                "authorTimestamp": moment or now(), **more}

    def stored(self):
        rows = self.agent.ok("/cs-get-messages-by-chat-id", {"chatId": self.chat_id})
        return [row["content"] for row in rows][1:]

    def assert_reused(self, answer):
        self.assertEqual((answer.status, answer.json["error"]["code"]),
                         (409, "idempotency_key_reused"), answer)

    def post_twice(self, path, clients, content, key):
        body, headers = self.body(content), {"Idempotency-Key": key} if key else {}
        one, other = together(*(
            lambda c=client: c.request("POST", path, body, headers) for client in clients))
        self.assertEqual((one.status, other.status), (200, 200), (one, other))
        self.assertEqual(one.body, other.body)
        again = clients[0].request("POST", path, body, headers)
        self.assertEqual((again.status, again.body), (200, one.body))
        self.assert_reused(clients[0].request("POST", path, {**body, "content": "x"}, headers))

    def test_double_posts_store_one_message_and_get_one_answer(self):
        pairs = {"/post-message": [self.user, self.twin(self.user)],
                 "/cs-post-message": [self.agent, self.twin(self.agent)]}
        expected = []
        for number in range(ROUNDS):
            for path, clients in pairs.items():
                for key in ("", str(uuid.uuid4())):
                    expected.append(f"{path} {number} {key}")
                    self.post_twice(path, clients, expected[-1], key)
        self.assertEqual(self.stored(), expected)

    def test_an_agent_and_an_end_user_may_write_in_the_same_millisecond(self):
        moment = now()
        self.user.ok("/post-message", self.body("mine", moment))
        self.agent.ok("/cs-post-message", self.body("yours", moment))
        self.user.ok("/post-message", self.body("", moment, event="message-read"))
        self.assertEqual(self.stored(), ["mine", "yours", ""])

    def test_what_was_posted_before_the_end_is_answered_after_it(self):
        body = self.body("last words")
        first = self.agent.post("/cs-post-message", body)
        end = {"chatId": self.chat_id, "event": "answered", "authorTimestamp": now()}
        ended = self.agent.post("/cs-end-chat", end)
        again = self.agent.post("/cs-post-message", body)
        self.assertEqual((again.status, again.body), (200, first.body))
        again = self.agent.post("/cs-end-chat", end)
        self.assertEqual((again.status, again.body), (200, ended.body))
        self.assertEqual(self.agent.post("/cs-post-message", self.body("late")).status, 409)
        self.assertEqual(self.stored(), ["last words", ""])

    def test_double_posts_are_known_after_a_restart(self):
        body = self.body("before")
        first = self.agent.post("/cs-post-message", body)
        os.kill(self.instance.pid("chat-state"), signal.SIGKILL)
        again = self.agent.post("/cs-post-message", body)
        self.assertEqual((again.status, again.body), (200, first.body))
        self.assert_reused(self.agent.post("/cs-post-message", {**body, "content": "x"}))
        self.assertEqual(self.stored(), ["before"])

    def test_chat_state_may_be_killed_while_many_posts_are_in_flight(self):
        posts = [self.body(f"post {number}", f"2023-01-18T12:56:52.{number:03}Z")
                 for number in range(AT_ONCE)]
        for post in posts[::2]:
            del post["authorTimestamp"]  # resent under an id that nobody could derive
        clients = [self.twin(self.user) for _ in posts]
        pid = self.instance.pid("chat-state")
        kill = [lambda: os.kill(pid, signal.SIGKILL)]
        answers = together(*(lambda c=client, b=body: c.post("/post-message", b)
                             for client, body in zip(clients, posts)), *kill)[:-1]
        stored = self.stored()
        acknowledged = 0
        for body, answer in zip(posts, answers):
            self.assertTrue(answer.status == 200 or answer.status >= 500, answer)
            times = stored.count(body["content"])
            self.assertIn(times, (1,) if answer.status == 200 else (0, 1), body)
            acknowledged += answer.status == 200
        print(f"{acknowledged} of {AT_ONCE} acknowledged over a kill -9")
        self.assertGreater(acknowledged, 0)


class OnSqlite(Retries, unittest.TestCase):
    pass


class OnPostgresql(Retries, unittest.TestCase):
    postgres = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
