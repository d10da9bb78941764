#!/usr/bin/env python3
"""The way between the front door and a gateway is silent for a while, and
nobody is told: the streams on it go on, or their readers hear that they ended.
The gateway is in a network namespace, which takes root; without it the test
says that it did not run.
"""

import random
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import network
from actors import Reader, twin
from ground import Ground
from kratt import Instance

FAR = "sse-gateway-3"
HEARTBEAT_MS = 200  # so that there is always something on its way
SHORT = 8  # seconds; TCP tries again 6.2 s after it began, and then at 12.6 s
LONG = 17  # longer than the gateway waits for an acknowledgement


@unittest.skipUnless(network.is_possible(), "needs root for a network namespace")
class Silence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = Instance(gateways=3, KRATT_HEARTBEAT_MS=str(HEARTBEAT_MS))
        cls.addClassCleanup(cls.instance.stop)
        cls.ground = Ground(cls.instance, 3, random.Random(1), None)
        cls.addClassCleanup(cls.ground.remove)

    def visitor_of_far(self):
        """Somebody whose streams the front door leads to the far gateway, the
        chat, and a stream."""
        while True:
            client = self.instance.client()
            chat_id = client.open_chat("first")["id"]
            before = self.instance.metric("kratt_streams_open", FAR)
            stream = client.stream("/sse/get-new-messages",
                                   timeRangeBegin="2020-01-01T00:00:00.000Z")
            stream.wait_said("first")
            if self.instance.metric("kratt_streams_open", FAR) > before:
                self.addCleanup(stream.close)
                return client, chat_id, stream
            stream.close()

    def be_silent(self, seconds):
        """The gateway hears no acknowledgement; what it sends itself is not lost
        on this side of the wire, where TCP would see it at once."""
        self.ground.front_wire.cut(outward=False)
        self.addCleanup(self.ground.front_wire.heal)
        time.sleep(seconds)  # how long the network is away is what this is about
        self.ground.front_wire.heal()

    def test_a_stream_survives_eight_seconds_of_silence(self):
        visitor, chat_id, stream = self.visitor_of_far()
        self.be_silent(SHORT)
        visitor.say(chat_id, "after the silence")
        stream.wait_said("after the silence")
        self.assertFalse(stream.ended)

    def test_after_a_longer_silence_the_reader_hears_that_the_stream_ended(self):
        visitor, chat_id, _ = self.visitor_of_far()
        reader = Reader(twin(visitor), "/events/get-new-messages")
        self.addCleanup(reader.stop)
        reader.wait_until(lambda: "first" in reader.contents, "the first message")
        self.be_silent(LONG)
        visitor.say(chat_id, "after the silence")
        begin = time.monotonic()
        reader.wait_until(lambda: "after the silence" in reader.contents, "what was said last")
        print(f"{time.monotonic() - begin:.1f} s after it")
        self.assertGreater(reader.opened, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
