#!/usr/bin/env python3
"""The network between the services is cut, and mended: every stream catches up
by itself. chat-state, the gateways and the rest are in network namespaces of
their own, over tcp with keys. That takes root; without it the test says that it
did not run.

    this test ──┬── rest: rest-ingress, waiting-time, health ──┐
                └── gateways: two sse-gateways ────────────────┼── switch
                    store: chat-state ─────────────────────────┘
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import network
from actors import Poster, twin
from kratt import PATIENCE, ROOT, Client

BUILD = Path(os.environ.get("KRATT_BUILD", ROOT / "build"))
BUS = {"store": "10.213.78.1", "rest": "10.213.78.2", "gateways": "10.213.78.3"}
BINDS = {"COMMANDS": ("store", 5571), "EVENTS": ("store", 5572), "WAITING": ("rest", 5573),
         "WAITING_EVENTS": ("rest", 5574), "HEALTH": ("rest", 5575),
         "HEALTH_EVENTS": ("rest", 5576), "HEARTBEATS": ("rest", 5577)}
CUT = 6  # seconds
PACE = 0.05  # seconds between two messages


class Network:
    """Three namespaces, each wired to this one and, over a switch, to the others."""

    def __init__(self):
        self.switch = network.Switch()
        self.spaces = {name: network.Namespace() for name in BUS}
        self.front = {name: space.wire().there for name, space in self.spaces.items()}
        self.ports = {name: self.switch.join(space, BUS[name] + "/24")
                      for name, space in self.spaces.items()}

    def cut(self, name, way):
        self.switch.cut(self.ports[name], way)

    def mend(self, name):
        self.switch.mend(self.ports[name])

    def remove(self):
        for space in (*self.spaces.values(), self.switch):
            space.remove()


class Cluster:
    """The five programs, a gateway twice, each in its namespace."""

    def __init__(self, joined):
        self.network = joined
        self.dir = Path(tempfile.mkdtemp(prefix="kratt-partition-"))
        self.running = {}
        subprocess.run([ROOT / "deploy/keys", self.dir / "bus-keys"], check=True)
        self.password = os.urandom(12).hex()
        self._start("chat-state", "store", 9000, KRATT_DATABASE=self.dir / "kratt.db",
                    KRATT_ADMIN_LOGIN="admin", KRATT_ADMIN_PASSWORD=self.password)
        self._start("health", "rest", 9001)
        self._start("waiting-time", "rest", 9002)
        self._start("rest-ingress", "rest", 9003, KRATT_HTTP=self.network.front["rest"] + ":8080",
                    KRATT_COOKIE_SECURE=0)
        for i in (1, 2):
            self._start("sse-gateway", "gateways", 9003 + i,
                        KRATT_HTTP=f"{self.network.front['gateways']}:{8080 + i}")
        self.rest = f"http://{self.network.front['rest']}:8080"
        self.gateways = [f"http://{self.network.front['gateways']}:{8080 + i}" for i in (1, 2)]
        for address in list(self.running):
            self._wait_ready(address)

    def _start(self, service, name, port, **settings):
        address = f"{self.network.front[name]}:{port}"
        bus = {f"KRATT_{place}": f"tcp://{'0.0.0.0' if home == name else BUS[home]}:{number}"
               for place, (home, number) in BINDS.items()}
        if service not in ("chat-state", "waiting-time", "health"):
            bus = {key: value.replace("0.0.0.0", BUS[name]) for key, value in bus.items()}
        environment = {"PATH": os.environ["PATH"], "KRATT_MONITOR": address, **bus,
                       "KRATT_CURVE_DIR": self.dir / "bus-keys" / service,
                       **{key: str(value) for key, value in settings.items()}}
        with (self.dir / f"{service}-{port}.log").open("w") as log:
            self.running[address] = subprocess.Popen(
                self.network.spaces[name].command(BUILD / "bin" / service),
                cwd=self.dir, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _wait_ready(self, address):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://{address}/readyz", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"{address} does not get ready\n{self.logs()}")

    def logs(self):
        return "\n".join(f"==> {path.name}\n" + "\n".join(path.read_text().splitlines()[-10:])
                         for path in sorted(self.dir.glob("*.log")))

    def stop(self):
        """Fails when a process ended before, or a sanitizer had something to say."""
        ended = [address for address, process in self.running.items()
                 if process.poll() is not None]
        for process in reversed(list(self.running.values())):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        said = [line for path in self.dir.glob("*.log") for line in path.read_text().splitlines()
                if "Sanitizer" in line or "runtime error" in line]
        shutil.rmtree(self.dir)
        if ended or said:
            raise AssertionError(f"ended: {ended}; said: {said}")


def contents(stream):
    return [row["content"] for frame in stream.frames for row in frame.items if row["content"]]


@unittest.skipUnless(network.is_possible(), "needs root for network namespaces")
class Partition(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.remove)
        cls.cluster = Cluster(cls.network)
        cls.addClassCleanup(cls.cluster.stop)

    def begin(self):
        """A chat, and its streams on both gateways and through both doors."""
        self.visitor = Client(self.cluster.rest)
        self.addCleanup(self.visitor.close)
        self.chat = self.visitor.open_chat("message first")["id"]
        doors = [(url, door) for url in self.cluster.gateways for door in ("events", "sse")]
        self.streams = [twin(self.visitor, url).stream(f"/{door}/get-new-messages",
                                                       timeRangeBegin="2020-01-01T00:00:00.000Z")
                        for url, door in doors]
        for stream in self.streams:
            self.addCleanup(stream.close)
            stream.wait_said("message first")

    def wait_all(self, said):
        """Until each stream has all, once and in order; returns how long it took."""
        begin = time.monotonic()
        for stream in self.streams:
            stream.wait_said(said[-1])
        took = time.monotonic() - begin
        for stream in self.streams:
            self.assertEqual(contents(stream), ["message first"] + said)
            self.assertFalse(stream.ended)
        return took

    def cut_gateways(self, way):
        self.begin()
        writer = Poster(twin(self.visitor), self.chat, pause=PACE)
        self.addCleanup(writer.stop)
        writer.wait_until(lambda: len(writer.acknowledged) > 10, "ten messages")
        self.network.cut("gateways", way)
        self.addCleanup(self.network.mend, "gateways")
        time.sleep(CUT)
        before = len(writer.acknowledged)
        self.network.mend("gateways")
        begin = time.monotonic()
        behind = len(writer.acknowledged) - len(contents(self.streams[0]))
        for stream in self.streams:
            stream.wait_said(writer.acknowledged[before - 1])
        caught_up = time.monotonic() - begin
        writer.stop()
        self.wait_all(writer.acknowledged)
        self.assertGreater(before, 2 * CUT)  # it went on meanwhile
        self.assertGreater(behind, CUT)      # and the streams knew nothing of it
        self.assertLess(caught_up, 5)
        print(f"{way} for {CUT} s: {behind} messages behind, "
              f"caught up {caught_up:.2f} s after it was mended")

    def test_a_gateway_that_was_unplugged_catches_up(self):
        self.cut_gateways("unplugged")

    def test_a_gateway_whose_packets_were_lost_catches_up(self):
        self.cut_gateways("lost")

    def post(self):
        """Returns the answer to a post, and how long it took."""
        begin = time.monotonic()
        answer = self.visitor.post("/post-message", {
            "chatId": self.chat, "content": "cut off", "authorRole": "end-user",
            "authorTimestamp": "2026-01-01T00:00:00.000Z"})
        return answer, time.monotonic() - begin

    def test_with_chat_state_out_of_reach_a_post_gets_503_and_works_again_later(self):
        self.begin()
        self.network.cut("rest", "lost")
        self.addCleanup(self.network.mend, "rest")
        begin = time.monotonic()
        took = []
        while time.monotonic() - begin < 10:
            answer, seconds = self.post()
            took.append(seconds)
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
            self.assertLess(seconds, 5.5)
            time.sleep(0.2)
        self.assertLess(took[-1], 0.5)  # nobody waits for what is known to be away
        self.network.mend("rest")
        begin = time.monotonic()
        while (answer := self.post()[0]).status == 503 and time.monotonic() - begin < 10:
            time.sleep(0.05)
        self.assertEqual(answer.status, 200)
        mended = time.monotonic() - begin
        print(f"503 after {took[0]:.2f} s at first, {took[-1] * 1000:.0f} ms later; "
              f"200 again {mended:.2f} s after it was mended")
        self.assertLess(mended, 5)
        self.wait_all(["cut off"])  # and it was stored once


if __name__ == "__main__":
    unittest.main(verbosity=2)
