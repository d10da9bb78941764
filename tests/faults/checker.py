"""Compares what was acknowledged, what is stored and what arrived. Pure: it
knows no socket and no clock.
"""

from collections import Counter
from datetime import datetime, timedelta

EXAMPLES = 10  # that are told of each kind
KINDS = ("lost", "doubled", "reordered", "phantom", "foreign")


class Verdict:
    """counts by kind, and a few examples of each. Of pages of today's
    clients: asked_again, rows that came again because the page asked for
    them; repeated, others that came although they were loaded; overtaken,
    rows that it threw away unseen."""

    def __init__(self):
        self.acknowledged = 0
        self.delivered = 0
        self.repeated = 0
        self.asked_again = 0
        self.overtaken = 0
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
                ", ".join(f"{kind} {self.counts[kind]}" for kind in KINDS) +
                f"; on /sse/ pages repeated {self.repeated}, asked again {self.asked_again}, "
                f"overtaken {self.overtaken}")


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


def check_rows(verdict, where, stored, rows):
    """What came once to one that reads: nothing of another chat, nothing that
    is not stored, nothing again, in order. Returns the places that came."""
    place_of = {row["id"]: place for place, row in enumerate(stored)}
    chat_ids = {row["chatId"] for row in stored}
    places = {}
    for row in rows:
        if row["chatId"] not in chat_ids:
            verdict.add("foreign", where, label(row))
        elif row["id"] not in place_of:
            verdict.add("phantom", where, label(row))
        elif place_of[row["id"]] not in places:
            places[place_of[row["id"]]] = row
        else:
            verdict.add("doubled", where, label(row))
    check_order(verdict, where, list(places))
    return list(places)


def check_reader(verdict, where, stored, written, rows):
    """An entitled reader gets all that is stored, and that alone."""
    acknowledged = {content for writer in written for content in writer}
    places = set(check_rows(verdict, where, stored, rows))
    got = {stored[place]["content"] for place in places}
    verdict.delivered += len(acknowledged & got)
    for content in sorted(acknowledged - got):
        verdict.add("lost", where, content[:40])
    for place, row in enumerate(stored):
        if place not in places and row["content"] not in acknowledged:
            verdict.add("lost", where, label(row))


def without_asked_again(rows, bound, seen, repeated=timedelta(0)):
    """Leaves out what a page has seen and asked for again, because it is newer
    than the bound it gave, its own clock: it was written while the page was
    loading, or a clock of Kratt's was ahead when it was written. A gateway that
    was started or stood still since then does not know what was handed out,
    and repeats rather than loses: the one that was started, all of the time
    repeated before the bound."""
    begin = datetime.fromisoformat(bound) - repeated
    return [row for row in rows
            if row["id"] not in seen or datetime.fromisoformat(row["updated"]) <= begin]


def check_page(verdict, where, stored, visits, is_exact):
    """A page of today's clients. Each visit is (loaded, streamed, overtaken):
    what was read when the page was loaded, what its streams brought until one
    broke, which may begin before the end of what was loaded, and what they had
    brought besides when the page closed them, which it never saw. is_exact: they are
    asked for what is after the newest message that the page has, so nothing
    may be missing between what was loaded and what came; otherwise they begin
    at the page's clock, and only what came has to be without a hole. The last
    visit has to reach the end."""
    reached = -1
    for number, (loaded, streamed, overtaken) in enumerate(visits):
        here = f"{where} visit {number}"
        before = check_rows(verdict, here, stored, loaded)
        after = check_rows(verdict, here, stored, streamed)
        after += check_rows(verdict, here, stored, overtaken)
        verdict.overtaken += len(overtaken)
        verdict.repeated += len(set(before) & set(after))
        check_holes(verdict, here, stored, before, 0)
        first = min(after, default=0)
        if is_exact:
            first = min(first, len(before))
        check_holes(verdict, here, stored, after, first)
        reached = max(before + after, default=-1)
    for row in stored[reached + 1:]:
        verdict.add("lost", f"{where} at the end", label(row))


def check_holes(verdict, where, stored, places, first):
    """From first to the newest of places, all have to be there."""
    for place in sorted(set(range(first, max(places, default=-1) + 1)) - set(places)):
        verdict.add("lost", where, f"{stored[place].get('created')} {label(stored[place])}")


def check_stranger(verdict, where, own_chat_id, rows):
    """Whatever was asked for, only the own chat's messages may come."""
    for row in rows:
        if row["chatId"] != own_chat_id:
            verdict.add("foreign", where, label(row))
