"""Whether something that is measured over time stays where it is."""

import math


def slope(times, values):
    """Least squares: the slope, and its standard error. What is measured soon
    after one another is alike, which the usual error does not know: it counts
    as so many independent values as its correlation leaves (n (1-r)/(1+r))."""
    count = len(times)
    middle, mean = sum(times) / count, sum(values) / count
    spread = sum((t - middle) ** 2 for t in times)
    rise = sum((t - middle) * (v - mean) for t, v in zip(times, values)) / spread
    rest = [v - mean - rise * (t - middle) for t, v in zip(times, values)]
    squares = sum(r * r for r in rest)
    if squares == 0:
        return rise, 0.0
    alike = sum(a * b for a, b in zip(rest, rest[1:])) / squares
    alike = min(max(alike, 0), 0.99)
    variance = squares / (count - 2) * (1 + alike) / (1 - alike)
    return rise, math.sqrt(variance / spread)


def verdict(rise, error, limit):
    """flat: it surely rises by less than the limit; growing: surely by more;
    None: the values scatter too much to tell. Surely: three standard errors."""
    if rise - 3 * error > limit:
        return "growing"
    return "flat" if rise + 3 * error <= limit else None
