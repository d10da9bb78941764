#!/usr/bin/env python3
"""What the soak takes for growth."""

import random
import unittest

import flat

TIMES = [number / 30 for number in range(450)]  # 15 minutes, a sample every 2 s


def wander(dice, step):
    """Each value is near the one before, and comes back in the end."""
    value = 0
    for _ in TIMES:
        value = value * 0.9 + dice.gauss(0, step)
        yield value


class Flat(unittest.TestCase):
    def judge(self, values, limit=15):
        return flat.verdict(*flat.slope(TIMES, list(values)), limit)

    def test_the_slope_of_a_line_is_exact(self):
        rise, error = flat.slope(TIMES, [7 + 3 * at for at in TIMES])
        self.assertAlmostEqual(rise, 3)
        self.assertAlmostEqual(error, 0)

    def test_what_stays_is_flat(self):
        self.assertEqual(self.judge([100] * len(TIMES)), "flat")

    def test_what_wanders_and_comes_back_is_flat(self):
        for seed in range(20):
            self.assertEqual(self.judge(wander(random.Random(seed), 10)), "flat")

    def test_a_leak_is_growth_though_it_wanders(self):
        for seed in range(20):
            values = wander(random.Random(seed), 10)
            leak = [40 * at + value for at, value in zip(TIMES, values)]
            self.assertEqual(self.judge(leak), "growing")

    def test_what_scatters_too_much_is_hardly_ever_judged(self):
        found = [self.judge(wander(random.Random(seed), 3000)) for seed in range(20)]
        self.assertGreaterEqual(found.count(None), 18, found)

    def test_values_that_are_alike_count_as_fewer(self):
        dice = random.Random(1)
        loose = [dice.gauss(0, 23) for _ in TIMES]
        self.assertGreater(flat.slope(TIMES, list(wander(random.Random(1), 10)))[1],
                           2 * flat.slope(TIMES, loose)[1])


if __name__ == "__main__":
    unittest.main()
