#!/usr/bin/env python3
"""Kratt over tcp with keys: a chat goes through; whoever has no key, or bytes
that mean nothing, is turned away and counted, and nobody else notices.
"""

import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from kratt import PATIENCE, ROOT, Instance, free_port

PLACES = ("COMMANDS", "EVENTS", "WAITING", "WAITING_EVENTS", "HEALTH", "HEALTH_EVENTS",
          "HEARTBEATS")
NULL_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
CURVE_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47)


def make_keys(folder):
    subprocess.run([ROOT / "deploy/keys", folder], check=True)


def bus_on_tcp():
    return {f"KRATT_{place}": f"tcp://127.0.0.1:{free_port()}" for place in PLACES}


class Curve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.mkdtemp(prefix="kratt-keys-")
        cls.addClassCleanup(shutil.rmtree, cls.keys)
        make_keys(cls.keys)
        cls.bus = bus_on_tcp()
        cls.instance = Instance(gateways=2, KRATT_CURVE_DIR=cls.keys, **cls.bus)
        cls.addClassCleanup(cls.instance.stop)

    def attack(self, place, data):
        """Sends data to a socket of the bus, and waits until it hangs up."""
        port = int(self.bus[f"KRATT_{place}"].rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
            try:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(4096):
                    pass
            except OSError:
                pass

    def refused(self, service):
        return self.instance.metric("kratt_bus_handshakes_failed_total", service)

    def wait_refused(self, service, count):
        end = time.monotonic() + PATIENCE
        while self.refused(service) < count:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_a_chat_goes_through(self):
        visitor = self.instance.client()
        chat = visitor.open_chat()
        agent = self.instance.administrator()
        with visitor.stream("/events/get-new-messages") as stream, \
                agent.stream("/events/cs-get-new-messages", chatId=chat["id"]) as theirs, \
                visitor.stream("/events/cs-get-components-healthz-status") as health:
            visitor.say(chat["id"], "Kas olete seal?")
            theirs.wait_said("Kas olete seal?")
            agent.answer(chat["id"], "Jah")
            stream.wait_said("Jah")
            health.wait(lambda frame: '"version":""' not in frame.data, "every part up")

    def test_each_service_has_its_own_folder_and_keys(self):
        for name in ("chat-state", "sse-gateway-2"):
            script = (self.instance.dir / "run/start" / name).read_text()
            folder = f"{self.keys}/{name.replace('-2', '')}"
            self.assertIn(f"KRATT_CURVE_DIR={folder}\n", script)

    def test_a_peer_without_keys_is_refused_and_counted(self):
        for service, place in (("chat-state", "COMMANDS"), ("chat-state", "EVENTS"),
                               ("waiting-time", "WAITING"), ("health", "HEARTBEATS")):
            before = self.refused(service)
            self.attack(place, NULL_GREETING + b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB")
            self.wait_refused(service, before + 1)

    def test_garbage_harms_nobody(self):
        dice = random.Random(4)
        pids = {name: self.instance.pid(name) for name in ("chat-state", "waiting-time", "health")}
        for turn in range(140):
            start = (b"", CURVE_GREETING[:dice.randrange(64)], CURVE_GREETING)[turn % 3]
            self.attack(PLACES[turn % len(PLACES)], start + dice.randbytes(dice.randrange(1, 2000)))
        self.test_a_chat_goes_through()
        for name, pid in pids.items():
            self.assertEqual(self.instance.pid(name), pid)

    def test_no_log_has_a_key(self):
        self.test_a_peer_without_keys_is_refused_and_counted()
        keys = {line for path in Path(self.keys).glob("*/*") for line in
                path.read_text().splitlines()}
        logs = "".join(path.read_text() for path in (self.instance.dir / "log").glob("*.log"))
        self.assertIn("connection refused", logs)
        self.assertFalse([key for key in keys if key[:20] in logs])


class Start(unittest.TestCase):
    """What keeps a service from starting."""

    def complaints(self, **environment):
        """What the instance says that does not come up."""
        with self.assertRaises(RuntimeError) as raised:
            Instance(KRATT_START_SECONDS="2", **environment).stop()
        return re.findall(r'"setting refused","why":"([^"]*)"', str(raised.exception))

    def test_without_keys_no_socket_is_open_to_the_network(self):
        said = self.complaints(KRATT_COMMANDS="tcp://0.0.0.0:5571")
        self.assertIn("KRATT_COMMANDS leaves this machine, which needs keys: see KRATT_CURVE_DIR",
                      said)

    def test_a_secret_that_others_may_read_is_refused(self):
        with tempfile.TemporaryDirectory() as keys:
            make_keys(keys)
            secret = Path(keys, "chat-state/secret")
            secret.chmod(0o644)
            said = self.complaints(KRATT_CURVE_DIR=keys, **bus_on_tcp())
            self.assertIn(f"{secret} may be read or written by others; it needs mode 0600", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
