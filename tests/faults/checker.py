"""Compares what was acknowledged, what is stored and what arrived. Pure: it
knows no socket and no clock.
"""

from collections import Counter

EXAMPLES = 10  # that are told of each kind
KINDS = ("lost", "doubled", "reordered", "phantom", "foreign")


class Verdict:
    """counts by kind, and a few examples of each."""

    def __init__(self):
        self.acknowledged = 0
        self.delivered = 0
        self.counts = Counter()
        self.examples = []

    def add(self, kind, where, what):
        self.counts[kind] += 1
        if self.counts[kind] <= EXAMPLES:
            self.examples.append(f"{kind}: {where}: {what}")

    @property
    def holds(self):
        return self.acknowledged > 0 and not any(self.counts.values())

    def __str__(self):
        return (f"acknowledged {self.acknowledged}, delivered {self.delivered}, " +
                ", ".join(f"{kind} {self.counts[kind]}" for kind in KINDS))


def label(row):
    return (row.get("content") or row.get("event") or "")[:40]


def out_of_order(places):
    """How many stand before one that should have come earlier."""
    newest = -1
    late = 0
    for place in places:
        late += place < newest
        newest = max(newest, place)
    return late


def check_order(verdict, where, places):
    late = out_of_order(places)
    for _ in range(late):
        verdict.add("reordered", where, f"{late} late")


def check_stored(verdict, chat_id, stored, written):
    """written: for each writer, what was acknowledged to it, in order."""
    places = {}
    for place, row in enumerate(stored):
        if row["content"] in places and row["content"]:
            verdict.add("doubled", f"{chat_id} database", label(row))
        places.setdefault(row["content"], place)
    for ident, count in Counter(row["id"] for row in stored).items():
        for _ in range(count - 1):
            verdict.add("doubled", f"{chat_id} database", ident)
    for acknowledged in written:
        verdict.acknowledged += len(acknowledged)
        for content in acknowledged:
            if content not in places:
                verdict.add("lost", f"{chat_id} database", content[:40])
        check_order(verdict, f"{chat_id} database",
                    [places[content] for content in acknowledged if content in places])


def check_reader(verdict, where, chat_id, stored, written, rows):
    """An entitled reader gets all that is stored, and that alone."""
    place_of = {row["id"]: place for place, row in enumerate(stored)}
    acknowledged = {content for writer in written for content in writer}
    seen = set()
    places = []
    for row in rows:
        if row["chatId"] != chat_id:
            verdict.add("foreign", where, label(row))
        elif row["id"] in seen:
            verdict.add("doubled", where, label(row))
        elif row["id"] not in place_of:
            verdict.add("phantom", where, label(row))
        else:
            places.append(place_of[row["id"]])
        seen.add(row["id"])
    got = {row["content"] for row in rows if row["chatId"] == chat_id}
    verdict.delivered += len(acknowledged & got)
    for content in sorted(acknowledged - got):
        verdict.add("lost", where, content[:40])
    for row in stored:
        if row["id"] not in seen and row["content"] not in acknowledged:
            verdict.add("lost", where, label(row))
    check_order(verdict, where, places)


def check_stranger(verdict, where, own_chat_id, rows):
    """Whatever was asked for, only the own chat's messages may come."""
    for row in rows:
        if row["chatId"] != own_chat_id:
            verdict.add("foreign", where, label(row))
