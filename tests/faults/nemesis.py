"""Does the faults of a plan, and sees how long the system takes to recover."""

import heapq
import os
import signal
import time
from collections import Counter
from contextlib import contextmanager

from ground import CLOCK_MOST

AFTER = 2  # messages that each writer must get acknowledged after a wave


class Nemesis:
    """tell(text) is given a line for each wave. talks: as talk.py
    has them; waves: as plan.py makes them."""

    def __init__(self, ground, proxy, talks, waves, tell):
        self.ground, self.instance, self.proxy = ground, ground.instance, proxy
        self.talks, self.tell = talks, tell
        self.waves = waves
        self.done = Counter()
        self.slowest = {}  # kind: (alone, in company), in seconds
        self.unseen_jumps = 0

    def run(self, seconds, kinds):
        """So long, and until each of kinds was done. Raises AssertionError when
        the system did not recover."""
        end = time.monotonic() + seconds
        while time.monotonic() < end or kinds - {name.split()[0] for name in self.done}:
            wave = next(self.waves)
            self.tell("; ".join(str(fault) for fault in wave))
            over = self.perform(wave)
            self.done.update(fault.name for fault in wave)
            self.recover(wave, over)

    # ---- a wave ----

    def perform(self, wave):
        """Begins and ends each fault at its time; returns when the last one
        was taken away."""
        began = over = time.monotonic()
        steps = [(fault.begin, place) for place, fault in enumerate(wave)]
        under_way = {}
        try:
            while steps:
                at, place = heapq.heappop(steps)
                time.sleep(max(0, began + at - time.monotonic()))
                over = time.monotonic()
                if place in under_way:
                    under_way.pop(place).__exit__(None, None, None)
                else:
                    fault = wave[place]
                    under_way[place] = getattr(self, "do_" + fault.kind)(fault)
                    under_way[place].__enter__()
                    heapq.heappush(steps, (fault.begin + fault.length, place))
        finally:
            for fault in under_way.values():
                fault.__exit__(None, None, None)
        return over

    def recover(self, wave, over):
        """Until each writer goes on, and what was then said is read."""
        names = " and ".join(fault.name for fault in wave)
        longest = (0, None)
        now = over
        try:
            for talk in self.talks:
                for actor in talk.go_on(AFTER):
                    before, now = now, time.monotonic()
                    longest = max(longest, (now - before, str(actor)))
        except AssertionError as error:
            raise AssertionError(f"after {names}: {error}") from None
        took = now - over
        self.tell(f"    recovered in {took:.1f} s, {longest[1]} last")
        for fault in wave:
            times = self.slowest.setdefault(fault.kind, [0, 0])
            in_company = len(wave) > 1
            times[in_company] = max(times[in_company], took)

    # ---- the faults ----

    def pids(self, target):
        if target == "postgres":
            return self.instance.postgres.pids()
        return [self.instance.pid(target)]

    @contextmanager
    def do_kill(self, fault):
        if fault.target == "postgres":
            self.instance.postgres.kill()
            yield
            self.instance.postgres.do("resume")
            return
        pid = self.instance.pid(fault.target)
        os.kill(pid, signal.SIGKILL)
        yield
        self.instance.wait_for_another(fault.target, pid)

    @contextmanager
    def do_restart(self, _fault):
        self.instance.postgres.do("restart")
        yield

    @contextmanager
    def do_stop(self, fault):
        pids = self.pids(fault.target)
        send(signal.SIGSTOP, pids)
        yield
        send(signal.SIGCONT, pids)

    @contextmanager
    def do_clock(self, fault):
        """Forward or back, and then to the true time again."""
        seconds = round((2 * fault.portion - 1) * CLOCK_MOST) or 1
        self.ground.set_clock(fault.target, seconds)
        yield
        if not self.ground.clock_is(fault.target, seconds):
            self.unseen_jumps += 1
        self.ground.set_clock(fault.target, 0)

    @contextmanager
    def do_net(self, fault):
        """Cut both ways, or one alone; nobody is told."""
        wire = self.ground.bus_wire if fault.target == "bus" else self.ground.front_wire
        wire.cut(inward=fault.portion < 0.75, outward=fault.portion > 0.25)
        yield
        wire.heal()

    @contextmanager
    def do_cut(self, _fault):
        self.proxy.begin_cutting()
        yield
        self.proxy.end_cutting()

    @contextmanager
    def do_part(self, _fault):
        """What is published meanwhile reaches no near gateway: there is a hole."""
        self.ground.events.part()
        yield
        self.ground.events.join()

    @contextmanager
    def do_stall(self, fault):
        """Every third reader, from one on."""
        readers = [reader for talk in self.talks for reader in talk.readers]
        stalled = readers[int(3 * fault.portion)::3]
        for reader in stalled:
            reader.set_attentive(False)
        yield
        for reader in stalled:
            reader.set_attentive(True)

    @contextmanager
    def do_full(self, _fault):
        self.ground.disk.fill()
        yield
        self.ground.disk.free()


def send(number, pids):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # ended by itself meanwhile
