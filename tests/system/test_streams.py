#!/usr/bin/env python3
"""What a stream lives through: silence behind a proxy that is impatient, the
end of another gateway, the end of chat-state.
"""

import shutil
import subprocess
import tempfile
import unittest
import urllib.parse
from pathlib import Path

from actors import twin
from endpoint import MARY, Endpoint
from kratt import PATIENCE, free_port

HEARTBEAT_MS = 300
IMPATIENCE_MS = 2000  # after which the proxy ends a connection that says nothing
HEARTBEATS = 21  # three times as long

PROXY = """
defaults
    mode http
    option http-no-delay
    timeout connect 1s
    timeout client {impatience}ms
    timeout server {impatience}ms
listen proxy
    bind 127.0.0.1:{port}
    server kratt {kratt}
"""


class Proxy:
    """An HAProxy of its own before the front door."""

    def __init__(self, url):
        self.dir = Path(tempfile.mkdtemp(prefix="kratt-proxy-"))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        path = self.dir / "haproxy.cfg"
        path.write_text(PROXY.format(impatience=IMPATIENCE_MS, port=port,
                                     kratt=urllib.parse.urlsplit(url).netloc))
        # As a daemon: it listens when this returns.
        subprocess.run(["haproxy", "-D", "-f", path, "-p", self.dir / "pid"], check=True)

    def stop(self):
        subprocess.run(["kill", (self.dir / "pid").read_text().strip()], check=True)
        shutil.rmtree(self.dir)


class Streams(Endpoint):
    gateways = 2
    environment = {"KRATT_HEARTBEAT_MS": str(HEARTBEAT_MS)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mary = cls.instance.agent(MARY, "Mary")

    def gateway(self, number):
        return "http://" + self.instance.address(f"sse-gateway-{number}", "KRATT_HTTP")

    def open(self, user, url, door):
        stream = twin(user, url).stream(f"/{door}/get-new-messages",
                                        timeRangeBegin="2020-01-01T00:00:00.000Z")
        self.addCleanup(stream.close)
        stream.wait_said("Tere!")
        return stream

    def wait_for(self, stream, holds):
        with stream.changed:
            self.assertTrue(stream.changed.wait_for(holds, PATIENCE))

    def test_a_stream_lives_through_silence_behind_an_impatient_proxy(self):
        """A-42: comments on the native door, frames on the other."""
        proxy = Proxy(self.instance.url)
        self.addCleanup(proxy.stop)
        user = self.visitor()
        sse, native = (self.open(user, proxy.url, door) for door in ("sse", "events"))
        self.wait_for(native, lambda: native.comments >= HEARTBEATS)
        self.wait_for(sse, lambda: len(sse.frames) >= HEARTBEATS)
        user.say(user.chat_id, "after the silence")
        for stream in (sse, native):
            stream.wait_said("after the silence")
            self.assertFalse(stream.ended)

    def test_both_gateways_deliver_and_the_end_of_one_is_not_that_of_the_other(self):
        """A-45"""
        user = self.visitor()
        first, second = (self.open(user, self.gateway(number), "events") for number in (1, 2))
        user.say(user.chat_id, "to both")
        for stream in (first, second):
            stream.wait_said("to both")
        self.instance.kill("sse-gateway-1")
        user.say(user.chat_id, "to one")
        second.wait_said("to one")
        self.assertFalse(second.ended)
        self.wait_for(first, lambda: first.ended)
        self.instance.wait_ready("sse-gateway-1")

    def test_streams_stay_open_while_chat_state_is_started_again(self):
        """A-45, A-73: and catch up with what is said after it."""
        user = self.visitor()
        streams = [self.open(user, self.gateway(number), door)
                   for number in (1, 2) for door in ("sse", "events")]
        self.instance.kill("chat-state")
        self.mary.ok("/cs-post-message", {"chatId": user.chat_id, "content": "after it"})
        for stream in streams:
            stream.wait_said("after it")
            self.assertFalse(stream.ended)


if __name__ == "__main__":
    unittest.main(verbosity=2)
