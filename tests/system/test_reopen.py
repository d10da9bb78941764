#!/usr/bin/env python3
"""A-41: a message posted between closing and reopening a stream is never missed:
1,000 rounds through each door, with three gateways.

KRATT_TEST_ROUNDS: how many rounds, 1000 without it.
"""

import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from kratt import Instance, Stream, now, with_query

ROUNDS = int(os.environ.get("KRATT_TEST_ROUNDS", "1000"))
QUIET = 1.5  # seconds, after a batch
HELD_UP = 4
HELD_UP_MESSAGES = 40


class Reopening(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=3)
        cls.addClassCleanup(cls.instance.stop)
        cls.agent = cls.instance.agent("EE49003106521", "Mary")

    def setUp(self):
        self.begin_chat()
        self.poster = ThreadPoolExecutor(1)
        self.addCleanup(self.poster.shutdown)

    def begin_chat(self):
        """Of a reader that no gateway knows."""
        self.user = self.instance.client()
        self.chat_id = self.user.open_chat("first")["id"]
        self.agent.ok("/cs-claim-chat", {"id": self.chat_id})

    def post(self, number):
        return self.poster.submit(self.agent.answer, self.chat_id, f"message {number}")

    def round(self, number, stream, close, reopen):
        """Posts around the gap, each round at another moment of it."""
        posted = None
        if number % 3 == 0:  # while it closes, or any time after
            posted = self.post(number)
        close(stream)
        if number % 3 == 1:  # certainly in the gap
            self.post(number).result()
        elif number % 3 == 2:  # while it opens
            posted = self.post(number)
        opened = reopen()
        if not any(row.get("content") == f"message {number}"
                   for frame in stream.frames for row in frame.items):
            opened.wait_said(f"message {number}")
        if posted:
            posted.result()
        return opened

    def test_on_the_native_door_nothing_is_missed_or_doubled(self):
        seen = []
        last_event_id = None

        def reopen():
            stream = self.user.stream("/events/get-new-messages", last_event_id)
            self.assertEqual(stream.status, 200)
            return stream

        def close(stream):
            nonlocal last_event_id
            stream.close()
            last_event_id = stream.last_event_id
            seen.extend(frame.json["content"] for frame in stream.frames
                        if frame.event == "message")

        stream = reopen()
        stream.wait_said("first")
        for number in range(ROUNDS):
            stream = self.round(number, stream, close, reopen)
        close(stream)
        self.assertEqual(seen, ["first"] + [f"message {n}" for n in range(ROUNDS)])

    def test_on_the_compatible_door_nothing_is_missed(self):
        """As the widget does it: after each frame that is not empty it takes
        its own clock for the next timeRangeBegin, and opens anew."""
        begin = now()

        def reopen():
            return self.open_widget(begin)

        stream = reopen()
        self.post("of the beginning")
        stream.wait_said("message of the beginning")
        for number in range(ROUNDS):
            begin = now()
            stream = self.round(number, stream, lambda old: old.close(), reopen)
        stream.close()

    def open_widget(self, begin, reading=True):
        path = with_query("/sse/get-new-messages",
                          {"chatId": self.chat_id, "timeRangeBegin": begin})
        stream = Stream(self.user, path, reading=reading)
        self.assertEqual(stream.status, 200)
        return stream

    def take_batch(self, stream):
        """As the widget: what came behind the first batch is thrown away."""
        batch = stream.wait(lambda frame: frame.items, "a batch").items
        stream.close()
        return [row["content"] for row in batch]

    def test_a_page_that_is_held_up_gets_each_message_once_and_in_order(self):
        stream = self.open_widget(now())
        self.agent.answer(self.chat_id, "before")
        self.assertEqual(self.take_batch(stream), ["before"])
        stream = self.open_widget(now(), reading=False)
        contents = [f"message {number}" for number in range(HELD_UP_MESSAGES)]
        for content in contents:
            self.agent.answer(self.chat_id, content)
            time.sleep(HELD_UP / HELD_UP_MESSAGES)
        stream.set_reading(True)
        seen = self.take_batch(stream)
        while contents[-1] not in seen:
            seen += self.take_batch(self.open_widget(now()))
        self.assertEqual(seen, contents)

    def gateway_of_reader(self):
        for number in range(1, 4):
            name = f"sse-gateway-{number}"
            if self.instance.metric("kratt_streams_open", name) > 0:
                return name
        raise AssertionError("no gateway has the stream")

    def test_a_reader_whose_gateway_died_between_two_streams_misses_nothing(self):
        stream = self.open_widget(now())
        self.agent.answer(self.chat_id, "before")
        gateway = self.gateway_of_reader()
        self.assertEqual(self.take_batch(stream), ["before"])
        self.agent.answer(self.chat_id, "in the gap")
        self.instance.kill(gateway)
        stream = self.open_widget(now())
        stream.wait_said("in the gap")
        stream.close()
        self.instance.wait_front(4)

    def test_what_is_said_while_the_token_is_extended_comes_once(self):
        """The widget extends its token every 30 s; its next stream has another
        cookie, and what was handed out is known all the same."""
        seen = []
        stream = self.open_widget(now())
        for number in range(20):
            self.agent.answer(self.chat_id, f"message {number}")
            seen += self.take_batch(stream)
            self.agent.answer(self.chat_id, f"between {number}")
            self.user.ok("/custom-jwt-extend")
            stream = self.open_widget(now())
            seen += self.take_batch(stream)
            stream = self.open_widget(now())
        stream.close()
        self.assertEqual(seen, [f"{what} {number}" for number in range(20)
                                for what in ("message", "between")])

    def test_a_reader_that_does_not_close_gets_what_comes_later_soon(self):
        stream = self.open_widget(now())
        self.agent.answer(self.chat_id, "message 0")
        stream.wait_said("message 0")
        for number in range(1, 3):
            began = time.monotonic()
            self.agent.answer(self.chat_id, f"message {number}")
            stream.wait_said(f"message {number}")
            self.assertLess(time.monotonic() - began, 2 * QUIET)
        stream.close()

    def test_what_was_written_after_the_next_bound_was_made_comes_again(self):
        """A gateway that stood still, or whose network did, writes the next
        batch to a stream that its client has left already."""
        for is_closed_first in (True, False):
            with self.subTest(is_closed_first=is_closed_first):
                self.begin_chat()
                stream = self.open_widget(now())
                self.agent.answer(self.chat_id, "seen")
                stream.wait_said("seen")
                self.agent.answer(self.chat_id, "written in vain")
                begin = now()
                stream.wait_said("written in vain")
                if is_closed_first:
                    stream.close()
                opened = self.open_widget(begin)
                stream.close()
                opened.wait_said("written in vain")
                opened.close()
                said = [row["content"] for frame in opened.frames for row in frame.items]
                self.assertEqual(said, ["written in vain"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
