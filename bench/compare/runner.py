"""Runs jobs round by round and records what they print."""

import dataclasses
import json
import pathlib
import sys
import tempfile
import time

import job
from compare import machine
from compare.workloads import Unreadable

MOST_FAILURES = 5  # then the comparison ends: something is wrong with more than a job
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
    budget: float = float("inf")  # seconds; no round is begun that would not end within it

    def jobs(self):
        """(round, workload, configuration): within a round all configurations of a workload follow each
        other, so that what changes slowly touches each of them."""
        for round_number in range(1, self.rounds + 1):
            for workload, configuration in self.jobs_of_a_round():
                yield round_number, workload, configuration

    def jobs_of_a_round(self):
        names = [each.name for each in self.configurations]
        return [(workload, each) for workload in self.workloads for each in self.configurations
                if workload.runs_over(each.name, names)]


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


def transport(configuration, workload, encrypted, device):
    """Settings of a job over `device` (UCX's choice if empty); `encrypted` is that of crypto_tcp."""
    if workload.group == "duel":
        return duel_transport(configuration, encrypted, device)
    settings = dict(encrypted.settings if configuration.encrypted else job.CLEAR)
    settings.pop("UCX_NET_DEVICES", None)
    settings.update(configuration.settings)
    settings["UCX_TLS"] = configuration.tls + (",sm,self" if workload.ranks_per_host > 1 else "")
    if device:
        settings["UCX_NET_DEVICES"] = device
    # Ranks of several to a host share processors with each other and with a tunnel's daemon.
    settings["OMPI_MCA_mpi_yield_when_idle"] = "1" if workload.ranks_per_host > 1 else "0"
    return job.Transport(configuration.name, settings, encrypted.launcher if configuration.encrypted else [])


def duel_transport(configuration, encrypted, device):
    """A duel is no MPI program over UCX: its processes may use tcp in clear, and it names both transports."""
    settings = dict(encrypted.settings if configuration.encrypted else {})
    for name in ("UCX_TLS", "UCX_NET_DEVICES"):
        settings.pop(name, None)
    if device:
        settings["UCX_NET_DEVICES"] = device
    settings["OMPI_MCA_mpi_yield_when_idle"] = "0"
    return job.Transport(configuration.name, settings)


class Bed:
    """Two hosts of scripts/bed for each job, with a tunnel where the configuration has one."""

    def __init__(self, plan, scratch):
        self._plan = plan
        self._scratch = pathlib.Path(scratch)
        self._encrypted = None
        if any(each.encrypted for each in plan.configurations):
            self._encrypted = job.encrypted(plan.build, str(self._scratch / "keys"))

    @staticmethod
    def machine():
        return machine.describe()

    @staticmethod
    def lacks(configuration):
        return configuration.lacks()

    def lacks_program(self, workload):
        path = self._plan.build / "bench" / workload.program
        if not path.exists():
            raise Error(f"expected the program {path}, found none: build it first")
        return ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, configuration, workload):
        """(surroundings of the job, its standard output)"""
        over = transport(configuration, workload, self._encrypted, "tun0" if configuration.tunnel else "eth0")
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            program, *arguments = workload.command(configuration)
            command = [str(TUNNEL), configuration.tunnel or "none", f"{folder}/tunnel", *over.launcher,
                       "mpirun", "-np", str(2 * workload.ranks_per_host),
                       str(self._plan.build / "bench" / program), *arguments]
            bed = ["--ranks-per-host", str(workload.ranks_per_host)]
            bed += ["--rate", self._plan.rate] if self._plan.rate else []
            outcome = job.run(over, command, workload.timeout, bed, launches=True)
        told = outcome.lines("# job ")
        if outcome.status != 0 or len(told) != 1:
            raise Error(f"{workload.name} over {configuration.name} failed, {outcome}")
        surroundings = json.loads(told[0][len("# job "):])
        surroundings["yields"] = over.settings["OMPI_MCA_mpi_yield_when_idle"] == "1"
        return {**surroundings, "seconds": round(outcome.seconds, 2)}, outcome.out


def trimmed(plan, place, write):
    """Takes out of the plan what the place lacks; says and records why."""
    for kind, lacks, each in ([("configuration", place.lacks, each) for each in plan.configurations] +
                              [("workload", place.lacks_program, each) for each in plan.workloads]):
        reason = lacks(each)
        if reason:
            print(f"compare: left out {each.name}: {reason}", file=sys.stderr)
            write({"kind": "skipped", kind: each.name, "reason": reason})
            (plan.configurations if kind == "configuration" else plan.workloads).remove(each)
    if not plan.jobs_of_a_round():
        raise Error("expected something that can run here, found nothing")


def another_round_fits(budget, start, round_start, now):
    """Whether a round as long as the last one ends within the budget."""
    return now - start + (now - round_start) <= budget


def run(plan, place, write):
    """Returns the number of jobs that failed: the others are worth their figures."""
    progress = Progress(plan.rounds * len(plan.jobs_of_a_round()))
    begun = failed = 0
    start = round_start = time.monotonic()
    try:
        for round_number, workload, configuration in plan.jobs():
            if round_number != begun:
                now = time.monotonic()
                if begun and not another_round_fits(plan.budget, start, round_start, now):
                    print(f"compare: ended after {begun} of {plan.rounds} rounds: another would take longer than "
                          f"{plan.budget:.0f} s in all", file=sys.stderr)
                    break
                begun, round_start = round_number, now
            progress.show(f"round {round_number}: {workload.name} over {configuration.name}")
            load = machine.load()
            common = {"round": round_number, "configuration": configuration.name, "workload": workload.name}
            try:
                surroundings, text = place.run(configuration, workload)
                entries = workload.entries(text)
            except (Error, Unreadable) as error:
                failed += 1
                progress.end()
                print(f"compare: {error}", file=sys.stderr)
                write({"kind": "failed", **common, "reason": str(error)})
                if failed == MOST_FAILURES:
                    raise Error(f"expected jobs to end well, found that {failed} failed: see above") from error
                continue
            write({"kind": "job", **common, "load": load, **surroundings})
            for entry in entries:
                write({**common, **entry})
    finally:
        progress.end()
    return failed
