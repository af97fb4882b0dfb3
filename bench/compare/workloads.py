"""What is run, and how its output becomes figures."""

import dataclasses
import json

LOWER, HIGHER = "lower", "higher"  # which is better


class Unreadable(Exception):
    """A program ended well but printed none of what it promises."""


@dataclasses.dataclass(frozen=True)
class Metric:
    name: str
    unit: str
    better: str


LATENCY = Metric("latency", "us", LOWER)
BANDWIDTH = Metric("bandwidth", "MB/s", HIGHER)
TIME = Metric("time", "s", LOWER)
JITTER = [Metric(name, "us", LOWER) for name in ("min", "p50", "p99", "p99_9", "max")]
METRICS = {each.name: each for each in [LATENCY, BANDWIDTH, TIME, *JITTER]}


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    group: str
    program: str  # below the build's bench folder
    metrics: tuple
    arguments: tuple
    ranks_per_host: int = 1
    timeout: int = 300  # seconds

    def runs_over(self, configuration, names):
        """Whether a run with the configurations `names` has a job of this one."""
        return configuration in names

    def command(self, configuration):
        """Program, below the build's bench folder, and arguments."""
        del configuration
        return self.program, *self.arguments

    def entries(self, text):
        """Those of the record, of what the program printed."""
        return [{"kind": "figure", "metric": metric, "size": size, "value": value}
                for metric, size, value in self.figures(text)]

    def figures(self, text):
        """[(metric's name, size in bytes or None, value)] of what the program printed."""
        found = nas(text) if self.group == "nas" else columns(text, self.metrics)
        if not found:
            raise Unreadable(f"{self.name}: expected figures on standard output, found: {text[-2000:]}")
        return found


def columns(text, metrics):
    """Rows of OSU's output: a size, then a figure for each metric."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words or not words[0].isdigit():
            continue
        if len(words) != 1 + len(metrics):
            raise Unreadable(f"expected a size and {len(metrics)} figures, found '{line}'")
        for metric, word in zip(metrics, words[1:]):
            if float(word) <= 0:
                raise Unreadable(f"expected a figure above 0, found '{line}'")
            found.append((metric.name, int(words[0]), float(word)))
    return found


def nas(text):
    """The time of a NAS benchmark's JSON result, if its verification succeeded."""
    for line in text.splitlines():
        if line.startswith("{"):
            result = json.loads(line)
            if not result["verified"]:
                raise Unreadable(f"expected a verified result, found: {line}")
            return [(TIME.name, None, float(result["seconds"]))]
    return []


GROUPS = ("latency", "bandwidth", "jitter", "duel", "collectives", "nas")
QUICK_GROUPS = ("latency", "bandwidth", "jitter", "duel")
KERNELS = ("ep", "is", "cg", "mg", "ft", "lu", "bt", "sp")


def osu(quick):
    def count(few, many):  # timed iterations; a tenth as many before them
        chosen = few if quick else many
        return "-i", str(chosen), "-x", str(chosen // 10 + 1)

    return [
        Workload("osu_latency", "latency", "osu/osu_latency", (LATENCY,),
                 ("-m", "1:65536" if quick else "1:1048576", *count(150, 3000))),
        Workload("osu_bw", "bandwidth", "osu/osu_bw", (BANDWIDTH,),
                 ("-m", "1024:1048576" if quick else "1:4194304", "-W", "16" if quick else "64", *count(4, 20))),
        Workload("osu_jitter", "jitter", "osu/osu_jitter", tuple(JITTER), ("-m", "4:4096", *count(500, 20000))),
    ]


def collectives():
    return [Workload(name, "collectives", f"osu/{name}", (LATENCY,), ("-m", "4:65536", "-i", "500", "-x", "50"),
                     ranks_per_host=2) for name in ("osu_allreduce", "osu_alltoall")]


def nas_kernels(problem_class):
    return [Workload(f"{kernel}.{problem_class}", "nas", f"npb/npb_{kernel}", (TIME,),
                     ("--class", problem_class, "--json"), ranks_per_host=2, timeout=600) for kernel in KERNELS]
