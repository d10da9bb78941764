"""What some faults need around a Kratt before it runs: a small disk, wires to
a network namespace, clocks that can be set, a proxy before the events.
"""

import os
import re
import struct
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import network
from kratt import PATIENCE, ROOT
from proxy import CuttingProxy

CLOCKED = ("chat-state", "rest-ingress", "waiting-time", "health")
DISK_BYTES = 2 << 30  # of memory, as far as it is used
CLOCK_MOST = 3600  # seconds that a clock jumps; a session is longer than that
CLOCK_EXACT = 1  # second
MARGIN_BYTES = 64 << 10  # left free on a full disk, for what is used meanwhile

# What is bound on the bus, and its port where the bus is tcp.
ENDPOINTS = {"commands": 5551, "events": 5552, "waiting": 5553, "waiting-events": 5554,
             "health": 5555, "health-events": 5556, "heartbeats": 5557}


def setting_of(endpoint):
    return "KRATT_" + endpoint.upper().replace("-", "_")


def read(url):
    """What a GET is answered with, or "" when it is not answered well."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.read().decode()
    except OSError:
        return ""


class Disk:
    """A file system in memory that can be made full. Takes root."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="kratt-disk-")
        self._mount("-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=711", "kratt", self.path)

    def _mount(self, *words):
        subprocess.run(["mount", *words], check=True)

    def _resize(self, size):
        self._mount("-o", f"remount,size={size}", self.path)

    def fill(self):
        """It may grow past the margin meanwhile; then the size is refused."""
        for margin in (MARGIN_BYTES, 4 * MARGIN_BYTES, 64 * MARGIN_BYTES):
            about = os.statvfs(self.path)
            try:
                self._resize((about.f_blocks - about.f_bfree) * about.f_frsize + margin)
                return
            except subprocess.CalledProcessError:
                continue
        raise RuntimeError("the disk cannot be made full")

    def free(self):
        self._resize(DISK_BYTES)

    def remove(self):
        subprocess.run(["umount", self.path], check=True)
        os.rmdir(self.path)


def sanitizer_of(program):
    """The library that has to be before all others; [] for a plain program."""
    libraries = subprocess.run(["ldd", program], check=True, stdout=subprocess.PIPE, text=True)
    return re.findall(r"=> (\S*/libasan\.\S*)", libraries.stdout)


class Ground:
    """Changes how the services of an instance start, and starts them again.
    far: those that run in the namespace; without: kinds that cannot be."""

    def __init__(self, instance, gateways, random, disk):
        self.instance, self.gateways, self.disk = instance, gateways, disk
        self.names = CLOCKED + tuple(f"sse-gateway-{n}" for n in range(1, gateways + 1))
        self.run = instance.dir / "run"
        self.keys = instance.dir / "keys-of-bus"
        self.without = set()
        self.far = ()
        self.namespace = self.events = None
        self.bus_wire = self.front_wire = None
        try:
            self._prepare(random)
        except BaseException:
            self.remove()
            raise

    def _prepare(self, random):
        if not self.disk:
            self.without.add("full")
        if network.is_possible():
            self._lay_wires(f"sse-gateway-{self.gateways}")
        else:
            self.without.add("net")
        self._find_clock()
        self._stand_before_events(random)
        self.near_gateways = [name for name in self.names
                                 if name.startswith("sse-gateway") and name not in self.far]
        for name in self.names:
            self._change_start(name)
        self._change_front()
        self._start_again()

    def _lay_wires(self, gateway):
        self.namespace = network.Namespace()
        self.bus_wire, self.front_wire = self.namespace.wire(), self.namespace.wire()
        self.far = ("rest-ingress", gateway)
        subprocess.run([ROOT / "deploy/keys", self.keys], check=True, stdout=subprocess.DEVNULL)

    def _find_clock(self):
        """What a build of the tests has besides the programs."""
        program = Path(self._start_of("health").read_text().split()[-1])
        library = program.parents[1] / "lib/libwallclock.so"
        self.preloaded = ":".join(sanitizer_of(program) + [str(library)])
        if not library.exists():
            self.without.add("clock")

    def _start_again(self):
        """With what was changed; until all are ready."""
        for name in self.names + ("front",):
            self.instance.kill(name)
        doors = [self.monitor(name) + "/readyz" for name in self.names]
        doors.append(self.instance.url.removeprefix("http://") + "/healthz")
        end = time.monotonic() + PATIENCE
        while doors and time.monotonic() < end:
            doors = [door for door in doors if not read("http://" + door)]
            time.sleep(0.05)
        if doors:
            raise RuntimeError(f"not ready: {', '.join(doors)}\n{self.instance.logs()}")

    def monitor(self, name):
        return self.instance.address(name, "KRATT_MONITOR")

    def gateway_url(self, turn):
        """Of a near gateway, whatever the front door would choose."""
        name = self.near_gateways[turn % len(self.near_gateways)]
        return "http://" + self.instance.address(name, "KRATT_HTTP")

    # ---- how they start ----

    def _start_of(self, name):
        return self.run / "start" / name

    def _change_start(self, name):
        *lines, command = self._start_of(name).read_text().splitlines()
        lines += [f"export {key}={value}" for key, value in self._endpoints(name)]
        program = command.removeprefix("exec ")
        if self.far:
            lines.append(f"export KRATT_CURVE_DIR={self.keys / Path(program).name}")
        words = self.namespace.command() if name in self.far else []
        if "clock" not in self.without:
            self.set_clock(name, 0)
            words += ["env", f"LD_PRELOAD={self.preloaded}",
                      f"KRATT_WALLCLOCK={self._clock_of(name)}"]
        text = "\n".join(lines + ["exec " + " ".join(words + [program])]) + "\n"
        if name in self.far:
            text = self._moved(text)
        self._start_of(name).write_text(text)

    def _stand_before_events(self, random):
        """With wires the bus is tcp, and else local sockets."""
        if self.far:
            target = self.bus_wire.here, ENDPOINTS["events"]
            self.events = CuttingProxy(target, random)
            self.events_by_proxy = "tcp://" + self.events.address
        else:
            path = str(self.run / "events-by-proxy")
            self.events = CuttingProxy(str(self.run / "events"), random, path)
            self.events_by_proxy = "ipc://run/events-by-proxy"

    def _endpoints(self, name):
        """The near gateways hear the events through the proxy."""
        for endpoint, port in ENDPOINTS.items():
            if endpoint == "events" and name in self.near_gateways:
                yield setting_of(endpoint), self.events_by_proxy
            elif self.far:
                yield setting_of(endpoint), f"tcp://{self.bus_wire.here}:{port}"

    def _moved(self, text):
        """The addresses that it listens on are those of the namespace."""
        return re.sub(r"^(export KRATT_(?:HTTP|MONITOR)=)[0-9.]+:",
                      rf"\g<1>{self.front_wire.there}:", text, flags=re.M)

    def _change_front(self):
        path = self.run / "haproxy.cfg"
        lines = path.read_text().splitlines()
        for place, line in enumerate(lines):
            if any(re.match(rf"\s+server {name}(-unready)? ", line) for name in self.far):
                lines[place] = re.sub(r"[0-9.]+(?=:\d)", self.front_wire.there, line, count=1)
        path.write_text("\n".join(lines) + "\n")

    # ---- clocks ----

    def _clock_of(self, name):
        return self.run / f"clock-{name}"

    def set_clock(self, name, seconds):
        """The wall clock of a service, seconds away from the true one."""
        with open(self._clock_of(name), "r+b" if self._clock_of(name).exists() else "wb") as file:
            file.write(struct.pack("q", seconds * 1000))

    @contextmanager
    def tokens_of_before(self):
        """What logs in meanwhile was not in the future for any clock to come,
        for a token of the future is refused."""
        if "clock" in self.without:
            yield
            return
        self.set_clock("rest-ingress", -CLOCK_MOST)
        yield
        self.set_clock("rest-ingress", 0)

    def clock_is(self, name, seconds):
        """Whether the service says that its wall clock is so far away."""
        found = re.search(r'"serverTime":\s*(\d+)',
                          read(f"http://{self.monitor(name)}/healthz"))
        return found and abs(int(found[1]) / 1000 - time.time() - seconds) < CLOCK_EXACT

    # ---- the end ----

    def remove(self):
        """When the instance has ended."""
        if self.events:
            self.events.stop()
        if self.namespace:
            self.namespace.remove()
