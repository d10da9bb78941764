#!/usr/bin/env python3
"""The checker finds each thing it is there to find."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import checker


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
        checker.check_reader(verdict, "reader", "a", stored, written,
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
