"""Ratios of a few percent by bench/duel: blocks of both configurations alternate within one pair of
processes, and each ratio has a control of its own."""

import dataclasses
import json
import statistics

from compare.configurations import BY_NAME
from compare.figures import Spread
from compare.workloads import Unreadable, Workload

# What a process of UCX can be without a tunnel, and what it is compared with.
REFERENCES = ("tcp", "tcp64k")
DUELLISTS = ("tcp64k", "crypto_tcp", "crypto_tcp128")
QUICK_DUELLISTS = ("crypto_tcp",)
KEPT = ("test", "unit", "control", "a", "b", "size", "a_median", "b_median", "ratio", "low", "high", "blocks")


@dataclasses.dataclass(frozen=True)
class Duel(Workload):
    """Its configuration against `reference`."""
    reference: str = "tcp"
    duellists: tuple = DUELLISTS

    def runs_over(self, configuration, names):
        return configuration in self.duellists and configuration != self.reference and self.reference in names

    def command(self, configuration):
        return self.program, self.reference, configuration.name, *self.arguments

    def entries(self, text):
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        if not any(row["control"] for row in found) or all(row["control"] for row in found):
            raise Unreadable(f"{self.name}: expected a control and ratios on standard output, found: {text[-2000:]}")
        return [{"kind": "duel", **{name: row[name] for name in KEPT}} for row in found]


def duels(quick):
    """Of latency, bandwidth and puts, against each reference; a block of 64 messages of 1 MiB is long enough
    for fewer of them to do."""
    stream = ("-W", "16", "--blocks", "20") if quick else ("-W", "64", "--blocks", "40")
    tests = (("lat", ("-m", "8,1024,65536", "--blocks", "40" if quick else "200")),
             ("bw", ("-m", "1048576", *stream)), ("put", ("-m", "1048576", *stream)))
    return [Duel(f"duel_{test}.{reference}", "duel", "duel/duel", (), ("-t", test, *words, "--json"),
                 reference=reference, duellists=QUICK_DUELLISTS if quick else DUELLISTS)
            for reference in (REFERENCES[:1] if quick else REFERENCES) for test, words in tests]


@dataclasses.dataclass(frozen=True)
class Result:
    """What the rounds found for one pair, test and size."""
    a: str
    b: str
    test: str
    unit: str
    size: int
    a_median: float
    b_median: float
    ratio: Spread  # median over the rounds; from the lowest end of an interval to the highest
    control: Spread

    @property
    def resolution(self):
        """The largest difference of the control from 1, as a share."""
        return max(abs(self.control.low - 1), abs(self.control.high - 1))


def results(entries):
    """Of a record's entries of kind `duel`. Each row of a pair was preceded by its control's."""
    rows = {}
    for entry in entries:
        name = entry["configuration"]  # the pair's B, of the control too
        of = rows.setdefault((entry["a"], name, entry["test"], entry["size"]), {True: [], False: []})
        of[entry["control"]].append(entry)
    found = []
    for (a, b, test, size), of in rows.items():
        if of[True] and of[False]:
            found.append(Result(a, b, test, of[False][0]["unit"], size, median(of[False], "a_median"),
                                median(of[False], "b_median"), spread(of[False]), spread(of[True])))
    names, tests = list(BY_NAME), ("lat", "bw", "put")
    return sorted(found, key=lambda each: (names.index(each.b), names.index(each.a), tests.index(each.test), each.size))


def median(rows, name):
    return statistics.median(row[name] for row in rows)


def spread(rows):
    return Spread(median(rows, "ratio"), min(row["low"] for row in rows), max(row["high"] for row in rows), len(rows))
