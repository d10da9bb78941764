#!/usr/bin/env python3
"""A browser that vanishes without a word, as when its cable is pulled, is gone
from the gateway within 30 seconds. The browser is in a network namespace of
its own, which takes root; without it the test says that it did not run.
"""

import os
import subprocess
import sys
import time
import unittest

from kratt import Client, Instance

NAMESPACE = f"kratt{os.getpid()}"
NEAR, FAR = f"near{os.getpid()}", f"far{os.getpid()}"
HERE, THERE = "10.213.77.1", "10.213.77.2"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


@unittest.skipUnless(os.geteuid() == 0, "needs root for a network namespace")
class Vanished(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ip("netns", "add", NAMESPACE)
        cls.addClassCleanup(ip, "netns", "del", NAMESPACE)
        ip("link", "add", NEAR, "type", "veth", "peer", "name", FAR,
           "netns", NAMESPACE)
        cls.addClassCleanup(ip, "link", "del", NEAR)
        ip("addr", "add", HERE + "/30", "dev", NEAR)
        ip("link", "set", NEAR, "up")
        ip("-n", NAMESPACE, "addr", "add", THERE + "/30", "dev", FAR)
        ip("-n", NAMESPACE, "link", "set", FAR, "up")
        cls.instance = Instance(address=HERE)
        cls.addClassCleanup(cls.instance.stop)

    def streams(self):
        return self.instance.metric("kratt_streams_open", "sse-gateway-1")

    def test_a_client_that_vanished_is_gone_within_30_seconds(self):
        browser = subprocess.Popen(
            ["ip", "netns", "exec", NAMESPACE, sys.executable, "-B", __file__, "browse",
             self.instance.url], stdout=subprocess.PIPE, text=True)
        self.addCleanup(browser.wait)
        self.addCleanup(browser.kill)
        self.assertEqual(browser.stdout.readline(), "reading\n")
        self.assertEqual(self.streams(), 2)
        ip("-n", NAMESPACE, "link", "set", FAR, "down")
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
