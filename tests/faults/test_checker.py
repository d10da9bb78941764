#!/usr/bin/env python3
"""The checker finds each thing it is there to find, and a seed makes a plan
in which every kind of fault comes soon."""

import itertools
import random
import sys
import unittest
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import checker
import plan


def row(number, chat_id="a", content=None):
    return {"id": f"{chat_id}{number}", "chatId": chat_id, "event": "",
            "content": content or f"message {number}"}


WRITTEN = [["message 0", "message 1", "message 2"]]
ROWS = [row(n) for n in range(3)]


class Checker(unittest.TestCase):
    def verdict(self, stored=None, seen=None, written=None):
        stored = ROWS if stored is None else stored
        written = WRITTEN if written is None else written
        verdict = checker.Verdict()
        checker.check_stored(verdict, "a", stored, written)
        checker.check_reader(verdict, "reader", stored, written,
                             stored if seen is None else seen)
        return verdict

    def test_what_was_acknowledged_stored_and_seen_once_in_order_holds(self):
        verdict = self.verdict()
        self.assertTrue(verdict.holds)
        self.assertEqual((verdict.acknowledged, verdict.delivered), (3, 3))

    def test_nothing_acknowledged_does_not_hold(self):
        self.assertFalse(self.verdict(stored=[], written=[]).holds)

    def test_an_acknowledged_message_that_is_not_stored_is_lost(self):
        self.assertEqual(self.verdict(stored=ROWS[:2], seen=ROWS[:2]).counts["lost"], 2)

    def test_a_message_that_did_not_arrive_is_lost(self):
        verdict = self.verdict(seen=[ROWS[0], ROWS[2]])
        self.assertEqual(verdict.counts, {"lost": 1})
        self.assertEqual(verdict.delivered, 2)

    def test_what_is_stored_of_no_writer_has_to_arrive_too(self):
        stored = ROWS + [row(3, content="greeting")]
        self.assertEqual(self.verdict(stored=stored, seen=ROWS).counts, {"lost": 1})

    def test_a_message_that_arrived_twice_is_doubled(self):
        self.assertEqual(self.verdict(seen=ROWS + ROWS[1:2]).counts, {"doubled": 1})

    def test_a_message_that_is_stored_twice_is_doubled(self):
        again = row(7, content="message 1")
        self.assertEqual(self.verdict(stored=ROWS + [again]).counts["doubled"], 1)

    def test_messages_that_arrived_in_another_order_are_reordered(self):
        self.assertEqual(self.verdict(seen=[ROWS[1], ROWS[0], ROWS[2]]).counts, {"reordered": 1})

    def test_messages_of_a_writer_stored_in_another_order_are_reordered(self):
        stored = [ROWS[0], ROWS[2], ROWS[1]]
        self.assertEqual(self.verdict(stored=stored).counts, {"reordered": 1})

    def test_what_arrived_and_is_not_stored_is_a_phantom(self):
        self.assertEqual(self.verdict(seen=ROWS + [row(9)]).counts, {"phantom": 1})

    def test_another_chats_message_is_foreign(self):
        self.assertEqual(self.verdict(seen=ROWS + [row(1, "b")]).counts, {"foreign": 1})
        verdict = checker.Verdict()
        checker.check_stranger(verdict, "stranger", "a", [row(0), row(1, "b")])
        self.assertEqual(verdict.counts, {"foreign": 1})


class Pages(unittest.TestCase):
    def counts(self, *visits, is_exact=True):
        verdict = checker.Verdict()
        checker.check_page(verdict, "page", ROWS, visits, is_exact)
        self.repeated, self.overtaken = verdict.repeated, verdict.overtaken
        return dict(verdict.counts)

    def test_a_page_that_goes_on_where_it_was_loaded_holds(self):
        self.assertEqual(self.counts((ROWS[:1], ROWS[1:], [])), {})

    def test_a_hole_at_a_batch_is_a_loss(self):
        self.assertEqual(self.counts((ROWS[:1], ROWS[2:], [])), {"lost": 1})
        self.assertEqual(self.counts(([], [ROWS[0], ROWS[2]], []), is_exact=False), {"lost": 1})

    def test_one_that_begins_at_its_own_clock_may_miss_what_was_before(self):
        self.assertEqual(self.counts((ROWS[:1], ROWS[2:], []), is_exact=False), {})

    def test_a_hole_in_what_was_loaded_is_a_loss(self):
        self.assertEqual(self.counts((ROWS[::2], [], [])), {"lost": 1})

    def test_a_page_that_does_not_reach_the_end_has_lost_it(self):
        self.assertEqual(self.counts((ROWS[:1], ROWS[1:2], [])), {"lost": 1})
        self.assertEqual(self.counts((ROWS, [], []), (ROWS[:2], [], [])), {"lost": 1})

    def test_what_streams_bring_twice_is_doubled(self):
        for is_exact in (True, False):
            counts = self.counts((ROWS[:1], ROWS[1:] + ROWS[2:], []), is_exact=is_exact)
            self.assertEqual(counts, {"doubled": 1})

    def test_what_was_loaded_and_came_is_repeated(self):
        self.assertEqual(self.counts((ROWS[:2], ROWS[1:], [])), {})
        self.assertEqual(self.repeated, 1)

    def test_only_what_is_newer_than_its_bound_was_asked_for_again_by_a_page(self):
        old = {"id": "a", "updated": "2026-01-01T10:00:00.000+00:00"}
        ahead = {"id": "b", "updated": "2026-01-01T11:00:00.000+00:00"}
        rest = checker.without_asked_again([old, ahead], "2026-01-01T10:30:00.000Z", {"a", "b"})
        self.assertEqual(rest, [old])
        rest = checker.without_asked_again([old, ahead], "2026-01-01T10:30:00.000Z", {"a"})
        self.assertEqual(rest, [old, ahead])
        for minutes, left in ((29, [old]), (31, [])):
            rest = checker.without_asked_again([old, ahead], "2026-01-01T10:30:00.000Z",
                                               {"a", "b"}, timedelta(minutes=minutes))
            self.assertEqual(rest, left)

    def test_what_was_overtaken_is_not_lost(self):
        self.assertEqual(self.counts((ROWS[:1], ROWS[2:], ROWS[1:2])), {})
        self.assertEqual(self.overtaken, 1)

    def test_another_chats_row_is_foreign_and_one_not_stored_a_phantom(self):
        self.assertEqual(self.counts((ROWS, [row(1, "b"), row(9)], [])),
                         {"foreign": 1, "phantom": 1})


class Plan(unittest.TestCase):
    faults = plan.possible(3, True)

    def first(self, count, seed=1):
        return list(itertools.islice(plan.waves(self.faults, random.Random(seed)), count))

    def test_the_same_seed_makes_the_same_plan_and_another_another(self):
        self.assertEqual(self.first(50), self.first(50))
        self.assertNotEqual(self.first(50), self.first(50, seed=2))

    def test_there_is_one_of_each_kind_after_as_many_waves(self):
        kinds = plan.kinds(self.faults)
        for seed in range(50):
            faults = sum(self.first(len(kinds), seed), [])
            self.assertEqual({fault.kind for fault in faults}, kinds)

    def test_every_service_is_killed_and_stopped_and_its_clock_set(self):
        names = set(self.faults)
        for service in plan.SERVICES + ("sse-gateway-1", "sse-gateway-2", "sse-gateway-3"):
            self.assertLessEqual({(kind, service) for kind in ("kill", "stop", "clock")}, names)
        self.assertLessEqual({(kind, target) for kind in ("kill", "stop")
                              for target in ("front", "postgres")}, names)

    def test_a_target_has_one_fault_at_a_time(self):
        for wave in self.first(500):
            targets = [fault.target for fault in wave]
            self.assertEqual(len(targets), len(set(targets)))
            self.assertFalse({"postgres", "disk"} <= set(targets))


if __name__ == "__main__":
    unittest.main(verbosity=2)
