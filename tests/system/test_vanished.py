#!/usr/bin/env python3
"""A browser that vanishes without a word, as when its cable is pulled, is gone
from the gateway within 30 seconds. The browser is in a network namespace of
its own, which takes root; without it the test says that it did not run.
"""

import subprocess
import sys
import time
import unittest

import network
from kratt import Client, Instance


@unittest.skipUnless(network.is_possible(), "needs root for a network namespace")
class Vanished(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = network.Namespace()
        cls.addClassCleanup(cls.namespace.remove)
        cls.wire = cls.namespace.wire()
        cls.instance = Instance(address=cls.wire.here)
        cls.addClassCleanup(cls.instance.stop)

    def streams(self):
        return self.instance.metric("kratt_streams_open", "sse-gateway-1")

    def test_a_client_that_vanished_is_gone_within_30_seconds(self):
        browser = subprocess.Popen(
            self.namespace.command(sys.executable, "-B", __file__, "browse", self.instance.url),
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(browser.wait)
        self.addCleanup(browser.kill)
        self.assertEqual(browser.stdout.readline(), "reading\n")
        self.assertEqual(self.streams(), 2)
        self.wire.cut()
        begin = time.monotonic()
        while self.streams() and time.monotonic() - begin < 31:
            time.sleep(0.1)
        self.assertEqual(self.streams(), 0)
        print(f"gone after {time.monotonic() - begin:.1f} s")


def browse(url):
    """What the browser does: opens a chat and reads both doors, for ever."""
    client = Client(url)
    client.open_chat()
    streams = [client.stream("/sse/get-chat-by-id"), client.stream("/events/get-chat-by-id")]
    for stream in streams:
        stream.first()
    print("reading", flush=True)
    streams[0].thread.join()


if __name__ == "__main__":
    if sys.argv[1:2] == ["browse"]:
        browse(sys.argv[2])
    else:
        unittest.main(verbosity=2)
