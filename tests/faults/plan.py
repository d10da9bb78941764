"""Which fault comes when: made from a seed, and from nothing else. Pure.

Faults come in waves. Those of a wave overlap; a wave begins when the system
has recovered from the one before it.
"""

from dataclasses import dataclass

SERVICES = ("chat-state", "rest-ingress", "waiting-time", "health")
SIZES = (1, 1, 2, 2, 3)  # faults in a wave
MOST_BEGIN = 1.5  # seconds after the first of a wave
SHORT, LONG = (0.2, 3), (3, 8)  # seconds that a fault lasts
SELDOM = 0.15  # how often it lasts long


@dataclass(frozen=True)
class Fault:
    """begin and length are seconds, begin from that of the wave; portion, from
    0 to 1, decides whatever else there is to decide."""

    kind: str
    target: str
    begin: float
    length: float
    portion: float

    @property
    def name(self):
        return f"{self.kind} {self.target}"

    def __str__(self):
        return f"{self.name} at {self.begin:.1f} for {self.length:.1f} s"


def possible(gateways, postgres, without=()):
    """Every fault there is, as (kind, target); the dangerous ones more often.
    without: kinds that cannot be done here."""
    services = SERVICES + tuple(f"sse-gateway-{n}" for n in range(1, gateways + 1))
    faults = [(kind, name) for kind in ("kill", "stop") for name in services + ("front",)]
    faults += [("clock", name) for name in services]
    faults += [("kill", "chat-state"), ("full", "disk"), ("net", "bus"), ("net", "front")]
    faults += [("cut", "connections"), ("part", "events"), ("stall", "readers")] * 2
    if postgres:
        faults += [("kill", "postgres"), ("stop", "postgres"), ("restart", "postgres")]
    return [fault for fault in faults if fault[0] not in without]


def kinds(faults):
    return {kind for kind, _ in faults}


def waves(faults, random, sizes=SIZES):
    """Yields lists of Faults for ever. Each of faults comes once before any
    comes again; the first ones are one of each kind. sizes: of a wave."""
    bag = _shuffled(faults, random)
    seen = set()
    first = [fault for fault in bag if not (fault[0] in seen or seen.add(fault[0]))]
    for fault in first:
        bag.remove(fault)
    bag += first
    while True:
        wave = []
        for _ in range(random.choice(sizes)):
            bag = bag or _shuffled(faults, random)
            place = _last_that_fits(bag, wave)
            if place is not None:
                wave.append(_fault(*bag.pop(place), not wave, random))
        yield wave


def _shuffled(faults, random):
    return random.sample(faults, len(faults))


def _last_that_fits(bag, wave):
    """One target has one fault at a time, and a database that is to start
    needs room on the disk."""
    taken = {fault.target for fault in wave}
    if taken & {"postgres", "disk"}:
        taken |= {"postgres", "disk"}
    return next((place for place in reversed(range(len(bag))) if bag[place][1] not in taken), None)


def _fault(kind, target, is_first, random):
    begin = 0 if is_first else random.uniform(0, MOST_BEGIN)
    length = random.uniform(*(LONG if random.random() < SELDOM else SHORT))
    portion = random.random()
    if kind in ("kill", "restart") and target != "postgres":
        length = 0
    return Fault(kind, target, begin, length, portion)
