"""Random faults, one at a time, in an order that a seed decides."""

import os
import resource
import signal
import time
from collections import Counter
from contextlib import contextmanager

from proxy import CuttingProxy

AFTER = 2  # messages that each writer must get acknowledged after a fault

FIRST = (("part", "bus"), ("kill", "chat-state"), ("full", "disk"), ("kill", "postgres"))
SERVICES = ("chat-state", "rest-ingress", "waiting-time", "health", "front")


def plan(gateways, postgres):
    """Every fault there is, as (kind, target); the dangerous ones more often."""
    services = SERVICES + tuple(f"sse-gateway-{n}" for n in range(1, gateways + 1))
    faults = [("kill", name) for name in services + ("chat-state",) * 2]
    faults += [("stop", name) for name in services]
    faults += [("cut", "connections"), ("part", "bus"), ("stall", "readers")] * 2
    if postgres:
        faults += [("kill", "postgres")] * 2 + [("restart", "postgres")]
    else:
        faults += [("full", "disk")] * 2
    return faults


class Nemesis:
    """Does one fault after the other. tell(text) is given a line for each."""

    def __init__(self, instance, gateways, proxies, posters, readers, random, tell):
        self.instance, self.random, self.tell = instance, random, tell
        self.proxy, self.bus = proxies
        self.posters, self.readers = posters, readers
        self.faults = plan(gateways, instance.postgres)
        self.bag = []
        self.done = Counter()

    def next_fault(self):
        """Each fault of the plan comes once before any comes again; those that
        can lose most come first, so that a short run has them."""
        if not self.bag:
            self.bag = list(self.faults)
            self.random.shuffle(self.bag)
            self.bag.sort(key=lambda fault: fault in FIRST)
        return self.bag.pop()

    def run(self, seconds):
        """Raises AssertionError when the system did not recover from one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            kind, target = self.next_fault()
            length, pause = self.random.uniform(0.2, 3), self.random.uniform(0, 0.5)
            self.tell(f"{kind} {target} ({length:.1f} s)")
            getattr(self, "do_" + kind)(target, length)
            self.done[f"{kind} {target}"] += 1
            self.recover(f"{kind} {target}")
            time.sleep(pause)

    def recover(self, what):
        for poster in self.posters:
            try:
                poster.wait_for_more(AFTER)
            except AssertionError as error:
                raise AssertionError(f"after {what}: {error}") from None

    # ---- the faults ----

    def do_kill(self, target, length):
        if target != "postgres":
            self.instance.kill(target)
            return
        self.instance.postgres.do("kill")
        time.sleep(length)
        self.instance.postgres.do("resume")

    def do_restart(self, _target, _length):
        self.instance.postgres.do("restart")

    def do_stop(self, target, length):
        pid = self.instance.pid(target)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(length)
        finally:
            os.kill(pid, signal.SIGCONT)

    def do_cut(self, _target, length):
        self.proxy.begin_cutting()
        time.sleep(length)
        self.proxy.end_cutting()

    def do_part(self, _target, length):
        """What is published meanwhile reaches no gateway, so there is a hole."""
        self.bus.part()
        try:
            time.sleep(length)
        finally:
            self.bus.join()

    def do_stall(self, _target, length):
        stalled = self.random.sample(self.readers, max(1, len(self.readers) // 3))
        for reader in stalled:
            reader.set_attentive(False)
        time.sleep(length)
        for reader in stalled:
            reader.set_attentive(True)

    def do_full(self, _target, length):
        """No file of chat-state may grow, which it sees as a full disk."""
        with no_growth(self.instance.pid("chat-state")):
            time.sleep(length)


def lead_bus(instance, gateways, random):
    """Puts a proxy between chat-state's events and the gateways; returns it."""
    run = instance.dir / "run"
    bus = CuttingProxy(str(run / "events"), random, str(run / "events-by-proxy"))
    for number in range(1, gateways + 1):
        start = run / "start" / f"sse-gateway-{number}"
        start.write_text("export KRATT_EVENTS=ipc://run/events-by-proxy\n" + start.read_text())
        instance.kill(f"sse-gateway-{number}")
    return bus


@contextmanager
def no_growth(pid):
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
