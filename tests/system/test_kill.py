#!/usr/bin/env python3
"""kill -9 of each service in turn while a chat goes on: it is started again,
the story ends well, and every acknowledged message is in the database once
and reached the streams once, in order.
"""

import os
import signal
import threading
import time
import unittest
import uuid

from kratt import PATIENCE, Instance, Stream, now

SERVICES = ["chat-state", "rest-ingress", "sse-gateway-1", "waiting-time", "health", "front"]
AROUND = 20  # messages acknowledged before each kill, and after it


class Reader:
    """An EventSource: when the stream ends it comes back with what it saw
    last. Keeps each message it was given."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.ids, self.events = [], []
        self.cursor = None
        self.changed = threading.Condition()
        self.stopped = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped:
            try:
                stream = Stream(self.client, self.path, self.cursor)
            except OSError:
                time.sleep(0.05)  # the pause of an EventSource, made short
                continue
            if stream.status == 200:
                self._follow(stream)
            stream.close()

    def _follow(self, stream):
        taken = 0
        while not self.stopped:
            with stream.changed:
                if not stream.ended and taken == len(stream.frames):
                    stream.changed.wait(0.5)
                frames, taken = stream.frames[taken:], len(stream.frames)
                ended = stream.ended
                self.cursor = stream.last_event_id or self.cursor
            with self.changed:
                for frame in frames:
                    self.ids.append(frame.json["id"])
                    self.events.append(frame.json["event"])
                self.changed.notify_all()
            if ended and not frames:
                return

    def wait_until(self, holds, what):
        with self.changed:
            if not self.changed.wait_for(holds, PATIENCE):
                raise AssertionError(f"{self.path} never showed {what}")

    def stop(self):
        self.stopped = True
        self.thread.join(PATIENCE)


class Poster:
    """Posts one message after the other, each until it is acknowledged, as a
    client does that sends its Idempotency-Key again."""

    def __init__(self, client, chat_id):
        self.client, self.chat_id = client, chat_id
        self.acknowledged = []
        self.changed = threading.Condition()
        self.stopped = False
        self.refused = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped and not self.refused:
            self._post(f"message {len(self.acknowledged)}", str(uuid.uuid4()))

    def _post(self, content, key):
        body = {"chatId": self.chat_id, "content": content, "authorRole": "end-user",
                "authorTimestamp": now()}
        while not self.stopped:
            try:
                answer = self.client.request("POST", "/post-message", body,
                                             {"Idempotency-Key": key})
            except OSError:
                self.client.close()
                continue
            if answer.status == 200:
                with self.changed:
                    self.acknowledged.append(content)
                    self.changed.notify_all()
                return
            if answer.status < 500:
                self.refused = answer
                return

    def wait_for_more(self, count):
        goal = len(self.acknowledged) + count
        with self.changed:
            if not self.changed.wait_for(
                    lambda: self.refused or len(self.acknowledged) >= goal, 2 * PATIENCE):
                raise AssertionError(f"no {count} more acknowledged")
        if self.refused:
            raise AssertionError(f"a post was refused: {self.refused}")

    def stop(self):
        self.stopped = True
        self.thread.join(PATIENCE)


class Killing:
    postgres = False

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=1, postgres=cls.postgres)
        cls.addClassCleanup(cls.instance.stop)
        cls.agent = cls.instance.agent("EE49003106521", "Mary")

    def kill(self, name):
        """Returns when another process has taken its place."""
        before = self.instance.pid(name)
        os.kill(before, signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.instance.pid(name) != before:
                    return
            except (FileNotFoundError, ValueError):
                pass
            time.sleep(0.01)
        raise AssertionError(f"{name} was not started again")

    def test_each_service_may_be_killed_while_a_chat_goes_on(self):
        user = self.instance.client()
        chat_id = user.open_chat("first")["id"]
        self.agent.ok("/cs-claim-chat", {"id": chat_id})
        readers = [Reader(user, "/events/get-new-messages"),
                   Reader(self.agent, f"/events/cs-get-new-messages?chatId={chat_id}")]
        poster = Poster(self.twin(user), chat_id)
        try:
            for name in SERVICES:
                poster.wait_for_more(AROUND)
                self.kill(name)
                poster.wait_for_more(AROUND)
            poster.stop()
            self.end(chat_id, readers)
            self.compare(chat_id, poster, readers)
        finally:
            poster.stop()
            for reader in readers:
                reader.stop()

    def twin(self, client):
        """The same browser on a connection for another thread."""
        twin = self.instance.client()
        twin.cookies.update(client.cookies)
        return twin

    def end(self, chat_id, readers):
        chat = self.agent.ok("/cs-end-chat", {"chatId": chat_id, "event": "ACCEPTED",
                                              "authorTimestamp": now()})
        self.assertEqual(chat["status"], "ENDED")
        for reader in readers:
            reader.wait_until(lambda r=reader: "ACCEPTED" in r.events, "the end")

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
