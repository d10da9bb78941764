#!/usr/bin/env python3
"""Exact resume and several topics on one stream, on both stores and with the
recent events in the gateways' memory or in the log alone: every version
comes once and in order, however often and wherever the stream breaks.
"""

import http.client
import json
import random
import unittest
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from kratt import PATIENCE, Instance, with_query

SEED = 20  # of what happens and where streams break; the same every time
POSTS = 60
CUTS = 20  # at least
IMPATIENCE = 0.3  # seconds without a byte, after which a stream is cut as well
ALL_OF_IT = 1 << 20


class Block:
    """What stands between two empty lines: a whole event, as a client sees it."""

    def __init__(self, text):
        self.id = self.event = None
        self.data = ""
        for line in text.split("\n"):
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                setattr(self, name, value)

    @property
    def json(self):
        return json.loads(self.data)

    def __repr__(self):
        return f"<{self.event} {self.id} {self.data[:200]}>"


def subscription(topics, cursor=None):
    query = [("subscribe", topic) for topic in topics]
    if cursor:
        query.append(("lastEventId", cursor))
    return "/events?" + urllib.parse.urlencode(query)


def numbers(event_id):
    """An id as what it is ordered by."""
    seq, _, part = event_id.partition(".")
    return int(seq), int(part or 3)


class Reading:
    """A stream that is read by hand, and closed after any byte."""

    def __init__(self, client, path):
        headers = {}
        client._add_cookies(headers)
        self.connection = http.client.HTTPConnection(client.url.hostname, client.url.port or 80,
                                                     timeout=PATIENCE)
        self.connection.request("GET", path, headers=headers)
        self.socket = self.connection.sock  # http.client forgets it
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.text = b""

    def take(self, size):
        """Takes at most so many bytes more, as they come; returns whether any came."""
        data = self.answer.read1(size)
        self.text += data
        return bool(data)

    def cut_after(self, pieces, size):
        """Reads so many pieces of at most so many bytes, while they come."""
        self.socket.settimeout(IMPATIENCE)
        try:
            while pieces and self.take(size):
                pieces -= 1
        except TimeoutError:
            pass

    def until(self, matches):
        """Reads on to the block that matches; returns all of them."""
        while not any(matches(block) for block in self.blocks()):
            if not self.take(ALL_OF_IT):
                raise AssertionError(f"ended: {self.blocks()[-5:]}")
        return self.blocks()

    def blocks(self):
        return [Block(text) for text in self.text.decode(errors="ignore").split("\n\n")[:-1]]

    def close(self):
        self.answer.close()
        self.connection.close()


class Subscribing:
    postgres = False
    ring = {}  # settings

    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=2, postgres=cls.postgres, **cls.ring)
        cls.addClassCleanup(cls.instance.stop)
        cls.agent = cls.instance.agent("EE49003106521", "Mary")

    def setUp(self):
        self.user = self.instance.client()
        self.chat_id = self.user.open_chat("first")["id"]
        self.agent.ok("/cs-claim-chat", {"id": self.chat_id})
        self.other = self.instance.client()
        self.other_id = self.other.open_chat("of the other chat")["id"]
        self.both = self.instance.client()  # a browser that has both cookies
        self.both.cookies = {**self.user.cookies, **self.agent.cookies}

    def open(self, client, path):
        reading = Reading(client, path)
        self.addCleanup(reading.close)
        return reading

    def topics(self):
        return ["get-new-messages", "get-chat-by-id",
                f"cs-get-new-messages?chatId={self.other_id}", "estimated-waiting-time"]

    def start(self, client, topics):
        """Opens a stream; returns it and the id that its states end with."""
        reading = self.open(client, subscription(topics))
        self.assertEqual(reading.status, 200)
        blocks = reading.until(lambda block: block.id)
        return reading, next(block.id for block in blocks if block.id)

    # ---- one topic ----

    def test_each_version_comes_once_and_exactly(self):
        path = "/events/get-chat-by-id"
        watcher = self.open(self.user, path)
        first = watcher.until(lambda block: block.id)[0].id
        for number in range(8):
            self.user.say(self.chat_id, f"version {number}")
        live = watcher.until(lambda block: '"version 7"' in block.data)
        for start in (block.id for block in live if block.id):
            again = self.open(self.user, with_query(path, {"lastEventId": start}))
            expected = [(block.id, block.data) for block in live
                        if block.id and numbers(block.id) > numbers(start)]
            if expected:
                blocks = again.until(lambda block: '"version 7"' in block.data)
                self.assertEqual([(b.id, b.data) for b in blocks if b.data], expected)
            again.close()
        self.assertTrue(numbers(first) < numbers(live[-1].id))

    def test_a_cursor_that_is_no_good_is_told_with_where_the_state_is(self):
        for cursor in ("garbage", "-1", "9007199254740991", "1.7", ""):
            reading = self.open(self.user, with_query("/events/get-new-messages",
                                                      {"lastEventId": cursor}))
            blocks = reading.until(lambda block: block.id)
            reset = next(block for block in blocks if block.data)
            self.assertEqual(reset.event, "reset", cursor)
            self.assertIsNone(reset.id)
            self.assertEqual(reset.json["reason"], "unknown-cursor")
            self.assertGreater(reset.json["firstSeq"], 0)
            self.assertEqual(self.user.get(reset.json["state"]).status, 200)
            self.assertIn('"first"', blocks[-1].data + blocks[-2].data)
            reading.close()

    # ---- several ----

    def test_several_topics_come_on_one_stream(self):
        topics = self.topics() + ["cs-get-all-active-chats", "cs-get-components-healthz-status"]
        reading, _ = self.start(self.both, topics)
        self.user.say(self.chat_id, "in three parts")
        blocks = reading.until(lambda block: block.data and "in three parts" in block.data and
                               "cs-get-all-active-chats" in block.data)
        parts = [block for block in blocks if "in three parts" in block.data]
        self.assertEqual([part.json["topic"] for part in parts],
                         ["get-new-messages", "get-chat-by-id", "cs-get-all-active-chats"])
        self.assertEqual([numbers(part.id)[1] for part in parts], [1, 2, 3])
        self.assertEqual(len({numbers(part.id)[0] for part in parts}), 1)
        self.assertEqual({block.json["topic"] for block in blocks
                          if block.data and block.event is None}, set(topics))
        seq = numbers(parts[0].id)[0]
        again = self.open(self.both, subscription(topics[:2], f"{seq}.1"))
        rest = again.until(lambda block: block.id)
        self.assertEqual([(b.id, b.data) for b in rest if b.id], [(parts[1].id, parts[1].data)])

    def test_topics_are_authorised_one_by_one(self):
        nobody = self.instance.client()
        cases = [
            (nobody, ["estimated-waiting-time", "cs-get-components-healthz-status"], 200, ""),
            (nobody, ["estimated-waiting-time", "get-new-messages"], 401, "get-new-messages"),
            (self.user, ["get-new-messages", "cs-get-all-active-chats"], 401,
             "cs-get-all-active-chats"),
            (self.agent, ["cs-get-all-active-chats", "get-chat-by-id"], 401, "get-chat-by-id"),
            (self.agent, ["cs-get-new-messages"], 400, "cs-get-new-messages"),
            (self.agent, ["nothing"], 404, "nothing"),
            (self.both, self.topics(), 200, ""),
        ]
        for client, topics, status, named in cases:
            reading = self.open(client, subscription(topics))
            self.assertEqual(reading.status, status, topics)
            if named:
                error = json.loads(reading.answer.read())["error"]
                self.assertTrue(error["message"].startswith(named + ": "), error)

    def test_who_loses_its_role_loses_its_streams(self):
        client = self.instance.agent("EE49003106599", "Liis")
        account = {"userIdCode": "EE49003106599", "displayName": "Liis", "csaTitle": "",
                   "csa_email": ""}
        streams = [client.stream("/events/cs-get-all-active-chats"),
                   client.stream("/events?subscribe=cs-get-all-active-chats")]
        old = client.stream("/sse/cs-get-all-active-chats")
        for stream in streams + [old]:
            self.addCleanup(stream.close)
            stream.first()
        self.instance.administrator().ok("/cs-edit-user", {**account, "roles": ["ROLE_ANALYST"]})
        for stream in streams:
            frame = stream.wait(lambda frame: frame.event == "revoked", "its end")
            self.assertEqual(frame.json, {"reason": "role-lost"})
        old.wait(lambda frame: frame.json["body"] == {"data": {}, "error": None}, "nothing")
        for path in ("/events/cs-get-all-active-chats", "/events?subscribe=cs-get-all-active-chats"):
            self.assertEqual(client.get(path).status, 403)

    # ---- breaks ----

    def happen(self, chance):
        """Something that one of the topics, or none of them, shows."""
        for number in range(POSTS):
            what = chance.randrange(4)
            text = "x" * chance.randrange(200)
            if what == 0:
                self.user.say(self.chat_id, f"user {number} {text}")
            elif what == 1:
                self.agent.answer(self.chat_id, f"agent {number} {text}")
            elif what == 2:
                self.other.say(self.other_id, f"other {number} {text}")
            else:
                self.bystander.say(self.bystander_id, "of no interest")
        self.user.say(self.chat_id, "the last")  # which all topics show

    def test_breaks_at_any_byte_neither_lose_nor_double_nor_reorder(self):
        chance = random.Random(SEED)
        self.bystander = self.instance.client()
        self.bystander_id = self.bystander.open_chat("of no interest")["id"]
        topics = self.topics()

        def is_end(block):
            return "the last" in block.data and "get-chat-by-id" in block.data

        reference, begin = self.start(self.both, topics)
        seen, cursor = [], begin
        with ThreadPoolExecutor(1) as pool:
            events = pool.submit(self.happen, random.Random(SEED + 1))
            cuts, is_last = 0, False
            while not is_last:
                is_last = events.done() and cuts >= CUTS
                reading = self.open(self.both, subscription(topics, cursor))
                self.assertEqual(reading.status, 200)
                if is_last:
                    events.result()
                    if not (seen and is_end(Block("data: " + seen[-1][1]))):
                        reading.until(is_end)
                else:
                    reading.cut_after(chance.randrange(1, 4), chance.randrange(1, 3000))
                    cuts += 1
                blocks = [block for block in reading.blocks() if block.data and block.id]
                self.assertNotIn("reset", [block.event for block in reading.blocks()])
                seen += [(block.id, block.data) for block in blocks]
                cursor = blocks[-1].id if blocks else cursor
                reading.close()
        told = [(block.id, block.data) for block in reference.until(is_end)
                if block.id and block.data]
        self.assertEqual(seen, told)
        order = [numbers(event_id) for event_id, _ in seen]
        self.assertEqual(order, sorted(set(order)))
        self.assertGreater(len(order), POSTS // 2)


class FromMemoryOnSqlite(Subscribing, unittest.TestCase):
    pass


class FromTheLogOnSqlite(Subscribing, unittest.TestCase):
    ring = {"KRATT_RING_BYTES": "1"}

    def test_the_list_begins_anew_after_a_cursor_that_memory_has_lost(self):
        first = self.open(self.agent, "/events/cs-get-all-active-chats")
        cursor = first.until(lambda block: block.id)[-1].id
        for number in range(3):
            self.agent.answer(self.chat_id, f"change {number}")
        first.until(lambda block: '"change 2"' in block.data)
        again = self.open(self.agent, with_query("/events/cs-get-all-active-chats",
                                                 {"lastEventId": cursor}))
        blocks = again.until(lambda block: block.event == "snapshot-end")
        reset = next(block for block in blocks if block.data)
        self.assertEqual((reset.event, reset.json["reason"]), ("reset", "too-old"))
        self.assertEqual(self.agent.get(reset.json["state"]).status, 200)
        self.assertTrue(any('"change 2"' in block.data for block in blocks))


class FromTheLogOnPostgres(FromTheLogOnSqlite):
    postgres = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
