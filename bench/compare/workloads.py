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

    def brief(self):
        """The same with a tenth of the iterations, or of a duel's blocks."""
        words = list(self.arguments)
        for at, word in enumerate(words[:-1]):
            if word in ("-i", "-x", "--blocks"):
                words[at + 1] = str(max(1, int(words[at + 1]) // 10))
        return dataclasses.replace(self, arguments=tuple(words))

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


def point_to_point(program, group, metric, sizes, iterations, *more):
    return Workload(program, group, f"osu/{program}", (metric,),
                    ("-m", sizes, *more, "-i", str(iterations), "-x", str(iterations // 10 + 1)))


def osu(quick):
    """Large messages by fewer iterations, as OSU's own default has it: a VPN takes minutes for as many of them."""
    if quick:
        found = [point_to_point("osu_latency", "latency", LATENCY, "1:65536", 150),
                 point_to_point("osu_bw", "bandwidth", BANDWIDTH, "1024:1048576", 4, "-W", "16")]
    else:
        found = [point_to_point("osu_latency", "latency", LATENCY, "1:8192", 2000),
                 point_to_point("osu_latency", "latency", LATENCY, "16384:1048576", 100),
                 point_to_point("osu_bw", "bandwidth", BANDWIDTH, "1:16384", 20, "-W", "64"),
                 point_to_point("osu_bw", "bandwidth", BANDWIDTH, "32768:4194304", 4, "-W", "64")]
    jitter = 500 if quick else 5000
    return found + [Workload("osu_jitter", "jitter", "osu/osu_jitter", tuple(JITTER),
                             ("-m", "4:4096", "-i", str(jitter), "-x", str(jitter // 10)))]


def collectives():
    return [Workload(name, "collectives", f"osu/{name}", (LATENCY,), ("-m", "4:65536", "-i", "500", "-x", "50"),
                     ranks_per_host=2) for name in ("osu_allreduce", "osu_alltoall")]


def nas_kernels(problem_class):
    return [Workload(f"{kernel}.{problem_class}", "nas", f"npb/npb_{kernel}", (TIME,),
                     ("--class", problem_class, "--json"), ranks_per_host=2, timeout=600) for kernel in KERNELS]
