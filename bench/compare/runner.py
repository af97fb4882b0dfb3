"""Runs jobs round by round and records what they print."""

import dataclasses
import json
import pathlib
import sys
import tempfile
import time

import job
from compare import machine
from compare.configurations import BY_NAME

TUNNEL = pathlib.Path(__file__).resolve().parent / "tunnel.py"


class Error(Exception):
    """A job failed: the message is for the user."""


@dataclasses.dataclass
class Plan:
    build: pathlib.Path
    configurations: list
    workloads: list
    rounds: int
    rate: str = ""

    def jobs(self):
        """(round, workload, configuration): within a round all configurations of a workload follow each
        other, so that what changes slowly touches each of them."""
        for round_number in range(1, self.rounds + 1):
            for workload in self.workloads:
                for configuration in self.configurations:
                    yield round_number, workload, configuration


class Progress:
    """One line that is written over, on a terminal only."""

    def __init__(self, total, stream=sys.stderr):
        self._stream, self._total, self._done = stream, total, 0
        self._shown = stream.isatty()
        self._start = time.monotonic()

    def show(self, what):
        if self._shown:
            elapsed = time.monotonic() - self._start
            left = f", about {elapsed / self._done * (self._total - self._done):.0f} s left" if self._done else ""
            self._stream.write(f"\r\033[K[{self._done}/{self._total}] {what}{left}")
            self._stream.flush()
        self._done += 1

    def end(self):
        if self._shown:
            self._stream.write("\r\033[K")
            self._stream.flush()


class Bed:
    """Two hosts of scripts/bed for each job, with a tunnel where the configuration has one."""

    place = "two hosts on one machine (scripts/bed)"

    def __init__(self, plan, scratch):
        self._plan = plan
        self._scratch = pathlib.Path(scratch)
        self._encrypted = None
        if any(each.encrypted for each in plan.configurations):
            self._encrypted = job.encrypted(plan.build, str(self._scratch / "keys"))

    def over(self, configuration, workload):
        """The job's settings, and a command in front of mpirun."""
        settings = dict(self._encrypted.settings if configuration.encrypted else job.CLEAR)
        settings.update(configuration.settings)
        settings["UCX_TLS"] = configuration.tls + (",sm,self" if workload.ranks_per_host > 1 else "")
        settings["UCX_NET_DEVICES"] = "tun0" if configuration.tunnel else "eth0"
        # Ranks of several to a host share processors with each other and with a tunnel's daemon.
        settings["OMPI_MCA_mpi_yield_when_idle"] = "1" if workload.ranks_per_host > 1 else "0"
        return job.Transport(configuration.name, settings,
                             self._encrypted.launcher if configuration.encrypted else [])

    def run(self, configuration, workload):
        """(surroundings of the job, its standard output)"""
        over = self.over(configuration, workload)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            command = [str(TUNNEL), configuration.tunnel or "none", f"{folder}/tunnel", *over.launcher,
                       "mpirun", "-np", str(2 * workload.ranks_per_host),
                       str(self._plan.build / "bench" / workload.program), *workload.arguments]
            bed = ["--ranks-per-host", str(workload.ranks_per_host)]
            bed += ["--rate", self._plan.rate] if self._plan.rate else []
            outcome = job.run(over, command, workload.timeout, bed, launches=True)
        told = outcome.lines("# job ")
        if outcome.status != 0 or len(told) != 1:
            raise Error(f"{workload.name} over {configuration.name} failed, {outcome}")
        surroundings = json.loads(told[0][len("# job "):])
        surroundings["yields"] = over.settings["OMPI_MCA_mpi_yield_when_idle"] == "1"
        return {**surroundings, "seconds": round(outcome.seconds, 2)}, outcome.out


def runnable(names, write):
    """Configurations of these names that this machine can run; says and records what it leaves out."""
    found = []
    for name in names:
        reason = BY_NAME[name].lacks()
        if reason:
            print(f"compare: left out {name}: {reason}", file=sys.stderr)
            write({"kind": "skipped", "configuration": name, "reason": reason})
        else:
            found.append(BY_NAME[name])
    return found


def run(plan, place, write):
    progress = Progress(plan.rounds * len(plan.workloads) * len(plan.configurations))
    try:
        for round_number, workload, configuration in plan.jobs():
            progress.show(f"round {round_number}: {workload.name} over {configuration.name}")
            load = machine.load()
            surroundings, text = place.run(configuration, workload)
            common = {"round": round_number, "configuration": configuration.name, "workload": workload.name}
            write({"kind": "job", **common, "load": load, **surroundings})
            for metric, size, value in workload.figures(text):
                write({"kind": "figure", **common, "metric": metric, "size": size, "value": value})
    finally:
        progress.end()
