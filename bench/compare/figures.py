"""Medians, their spread, and ratios within a round. A sample is one figure of one run:
(round, configuration, workload, metric, size) and its value."""

import dataclasses
import math
import statistics

from compare import workloads
from compare.configurations import CONTROL, REFERENCE


@dataclasses.dataclass(frozen=True)
class Spread:
    """Median of several figures, the lowest and the highest of them."""
    median: float
    low: float
    high: float
    count: int

    @staticmethod
    def of(values):
        values = list(values)
        return Spread(statistics.median(values), min(values), max(values), len(values))

    def text(self, number):
        """"2 (1 to 3)", by `number`, which writes one figure; what has been measured once has no range."""
        median = number(self.median)
        once = self.count == 1 and self.low == self.high
        return median if once else f"{median} ({number(self.low)} to {number(self.high)})"


class Samples:
    """All figures of a record, by what they measure and by round."""

    def __init__(self):
        self._values = {}  # (workload, metric, size) -> configuration -> round -> value

    def add(self, round_number, configuration, key, value):
        by_round = self._values.setdefault(key, {}).setdefault(configuration, {})
        if round_number in by_round:
            raise ValueError(f"expected one figure of {key} over {configuration} in round {round_number}, found two")
        by_round[round_number] = value

    def keys(self):
        return sorted(self._values, key=lambda key: (key[0], key[1], -1 if key[2] is None else key[2]))

    def configurations(self):
        return {name for found in self._values.values() for name in found}

    def spread(self, key, configuration):
        """None if that was not measured."""
        found = self._values.get(key, {}).get(configuration)
        return Spread.of(found.values()) if found else None

    def ratio(self, key, configuration, reference=REFERENCE):
        """`configuration` to `reference`, pair by pair of one round; None without such a pair."""
        of, to = (self._values.get(key, {}).get(name, {}) for name in (configuration, reference))
        ratios = [of[each] / to[each] for each in of if each in to]
        return Spread.of(ratios) if ratios else None

    def nas_ratio(self, configuration, reference):
        """Of the geometric means of one round, over the benchmarks that both ran; of the rounds in which
        both ran all of these. None without one."""
        of, to = ({key[0]: found[name] for key, found in self._values.items() if key[1] == "time" and name in found}
                  for name in (configuration, reference))
        both = sorted(set(of) & set(to))
        rounds = set.intersection(*(set(of[name]) & set(to[name]) for name in both)) if both else set()
        if not rounds:
            return None
        return Spread.of(geometric_mean(of[name][each] / to[name][each] for name in both) for each in rounds)

    def resolution(self, key):
        """The largest difference of the control from 1, as a share; None without a control."""
        control = self.ratio(key, CONTROL)
        return None if control is None else max(abs(control.low - 1), abs(control.high - 1))


def worse(metric, ratio):
    """Whether a figure `ratio` times as large is a worse one."""
    return ratio > 1 if workloads.METRICS[metric].better == workloads.LOWER else ratio < 1


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


@dataclasses.dataclass(frozen=True)
class Slower:
    key: tuple
    configuration: str
    before: Spread
    after: Spread
    noise: float  # share of the figure

    @property
    def ratio(self):
        return self.after.median / self.before.median


def slower(before, after):
    """What got worse by more than its noise: no figure of `after` is as good as any of `before`, and the
    medians are further apart than the control was from its reference in either."""
    found = []
    for key in after.keys():
        noise = max((share for share in (before.resolution(key), after.resolution(key)) if share is not None),
                    default=0.0)
        for configuration in sorted(after.configurations()):
            old, new = before.spread(key, configuration), after.spread(key, configuration)
            if old is None or new is None or old.count < 3 or new.count < 3:
                continue
            ratio = new.median / old.median
            apart = new.low > old.high if worse(key[1], 2) else new.high < old.low
            # As a slowdown, whichever way the metric points.
            slowdown = ratio if worse(key[1], 2) else 1 / ratio
            if apart and slowdown > 1 + noise:
                found.append(Slower(key, configuration, old, new, noise))
    return found
