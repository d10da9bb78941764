"""Network namespaces, wires to them and a switch between them that can be cut.
Takes root."""

import itertools
import os
import subprocess

_numbers = itertools.count()


def run(*words):
    subprocess.run(words, check=True, stderr=subprocess.PIPE)


def is_possible():
    return os.geteuid() == 0


class Wire:
    """Two ends, here and in the namespace, with an address each. A cut wire is
    silent: nobody is told that what he sent was lost."""

    def __init__(self, namespace, name, network):
        self.namespace = namespace
        self.near, self.far = f"{name}n", f"{name}f"
        self.here, self.there = (f"{network[0]}.{network[1] + n}" for n in (1, 2))
        run("ip", "link", "add", self.near, "type", "veth", "peer", "name", self.far,
            "netns", namespace.name)
        run("ip", "addr", "add", self.here + "/30", "dev", self.near)
        run("ip", "link", "set", self.near, "up")
        run("ip", "-n", namespace.name, "addr", "add", self.there + "/30", "dev", self.far)
        run("ip", "-n", namespace.name, "link", "set", self.far, "up")

    def cut(self, inward=True, outward=True):
        """inward: what goes into the namespace is lost; outward: what comes from it."""
        if inward:
            run("tc", "qdisc", "replace", "dev", self.near, "root", "pfifo", "limit", "0")
        if outward:
            run("tc", "-n", self.namespace.name, "qdisc", "replace", "dev", self.far, "root",
                "pfifo", "limit", "0")

    def heal(self):
        for words in (("tc", "qdisc", "del", "dev", self.near, "root"),
                      ("tc", "-n", self.namespace.name, "qdisc", "del", "dev", self.far, "root")):
            subprocess.run(words, check=False, stderr=subprocess.DEVNULL)  # not cut: nothing to do


class Namespace:
    """Its name and its addresses are this process's own."""

    def __init__(self):
        self.number = next(_numbers)
        self.name = f"kratt{os.getpid()}-{self.number}"
        self.wires = []
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")

    def wire(self):
        """Another one; up to 8 to each of the first 8 namespaces of a process."""
        place = self.number * 8 + len(self.wires)
        name = f"k{os.getpid()}w{place}"
        network = f"10.{100 + os.getpid() // 256 % 100}.{os.getpid() % 256}", 4 * place
        self.wires.append(Wire(self, name, network))
        return self.wires[-1]

    def command(self, *words):
        """The words that run this in the namespace."""
        return ["ip", "netns", "exec", self.name, *words]

    def remove(self):
        """The wires go with it, once its last process has ended."""
        for wire in self.wires:
            run("ip", "link", "del", wire.near)
        run("ip", "netns", "del", self.name)


class Switch(Namespace):
    """Joins namespaces by a link each, there called bus."""

    def __init__(self):
        super().__init__()
        self.ports = []
        self._ip("link", "add", "bridge", "type", "bridge")
        self._ip("link", "set", "bridge", "up")

    def _ip(self, *words):
        run("ip", "-n", self.name, *words)

    def join(self, namespace, address):
        """address: with the length of its prefix. Returns the port."""
        port = f"port{len(self.ports)}"
        self.ports.append(port)
        self._ip("link", "add", port, "type", "veth", "peer", "name", "bus",
                 "netns", namespace.name)
        run("ip", "-n", namespace.name, "addr", "add", address, "dev", "bus")
        run("ip", "-n", namespace.name, "link", "set", "bus", "up")
        self.mend(port)
        return port

    def cut(self, port, way):
        """unplugged: the link is down. lost: what is sent disappears."""
        self._ip("link", "set", port, *(["down"] if way == "unplugged" else ["nomaster"]))

    def mend(self, port):
        self._ip("link", "set", port, "master", "bridge", "up")
