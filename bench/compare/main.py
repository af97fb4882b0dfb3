"""scripts/compare."""

import argparse
import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import job
from compare import duels, figures, hosts, machine, plots, record, report, runner, workloads
from compare.configurations import ALL, BY_NAME

ROOT = pathlib.Path(__file__).resolve().parents[2]
USAGE, FAILED = 2, 1
QUICK_ROUNDS, FULL_ROUNDS = 3, 5
# NAS classes: W takes a second or so a benchmark, A up to a minute.
FULL_CLASS = "A"
QUICK_SECONDS, FULL_SECONDS = 170, 3500


def listed(known):
    def parse(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"expected some of {','.join(known)}, found '{','.join(unknown)}'")
        return names
    return parse


def two_hosts(text):
    names = text.split(",")
    if len(names) != 2 or not all(names):
        raise argparse.ArgumentTypeError(f"expected two names, found '{text}'")
    return names


def pairs(text):
    known = [hosts.LINK, hosts.ADAPTER, *(each.name for each in ALL if each.tunnel)]
    found = dict(each.partition("=")[::2] for each in text.split(","))
    wrong = [name for name, device in found.items() if name not in known or not device]
    if wrong:
        raise argparse.ArgumentTypeError(f"expected NAME=DEVICE with a name of {','.join(known)}, found '{text}'")
    return found


def program(text):
    if shutil.which(text) is None:
        raise argparse.ArgumentTypeError(f"expected a program, found '{text}'")
    return text


def positive(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, found '{text}'")
    return int(text)


def options():
    parser = argparse.ArgumentParser(
        prog="scripts/compare", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures MPI between two hosts on this machine (scripts/bed) in clear, over crypto_tcp and "
                    "through VPNs,\nround by round, and writes a record (JSON lines), tables (Markdown) and plots "
                    "(SVG, PNG).",
        epilog="configurations:\n" + "\n".join(f"  {each.name:14} {each.meaning}" for each in ALL) +
        "\n\nWhat a configuration lacks, or gnuplot, scripts/setup --compare installs; it is left out otherwise.\n"
        "Exit status: 0 all of it ran; 1 a job failed, or files do not belong together; 2 wrong usage.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="below 3 minutes, without collectives and nas (default)")
    size.add_argument("--brief", action="store_true",
                      help="as --quick with a tenth of the iterations: shows that all of it runs, its figures mean little")
    size.add_argument("--full", action="store_true", help="below 60 minutes: all sizes, and NAS benchmarks of class A")
    parser.add_argument("--configurations", type=listed(BY_NAME), metavar="A,B,..", help="some of those below (all)")
    parser.add_argument("--workloads", type=listed(workloads.GROUPS), metavar="A,B,..",
                        help=f"some of {','.join(workloads.GROUPS)}")
    parser.add_argument("--rounds", type=positive, help=f"{QUICK_ROUNDS}, or {FULL_ROUNDS} with --full")
    parser.add_argument("--nas-class", choices=list("SWABC"), default=None, help=f"class of nas ({FULL_CLASS}; quick: W)")
    parser.add_argument("--rate", default="", help="limits the link, as tc writes it: 10gbit, 1gbit (unlimited)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="(build/release)")
    parser.add_argument("--output", type=pathlib.Path, help="folder of the results (build/compare/TIME)")
    parser.add_argument("--report", type=pathlib.Path, nargs="+", metavar="FILE",
                        help="measures nothing: tables and plots of these records together")
    parser.add_argument("--baseline", type=pathlib.Path, metavar="FILE",
                        help="an earlier record: prints what got slower by more than its noise")
    parser.add_argument("--hosts", type=two_hosts, metavar="A,B",
                        help="two existing machines with the build at one path, instead of a bed; what they lack "
                        "is left out")
    parser.add_argument("--rsh", type=program, default="ssh", help="program that runs a command on one of --hosts (ssh)")
    parser.add_argument("--devices", type=pairs, default={}, metavar="NAME=DEVICE,..",
                        help="with --hosts: network device of a configuration's tunnel there, of adapter, the RDMA "
                        "adapter (mlx5_0:1), and of link, what all others cross")
    chosen = parser.parse_args()
    if chosen.hosts and chosen.rate:
        parser.error("--rate: expected a bed, found --hosts")
    if chosen.devices and not chosen.hosts:
        parser.error("--devices: expected --hosts, found none")
    return chosen


def plan_of(chosen):
    groups = chosen.workloads or (workloads.GROUPS if chosen.full else workloads.QUICK_GROUPS)
    known = workloads.osu(not chosen.full) + duels.duels(not chosen.full) + workloads.collectives()
    known += workloads.nas_kernels(chosen.nas_class or (FULL_CLASS if chosen.full else "W"))
    return runner.Plan(
        build=chosen.build.resolve(), configurations=[BY_NAME[name] for name in chosen.configurations or BY_NAME],
        workloads=[each.brief() if chosen.brief else each for each in known if each.group in groups],
        rounds=chosen.rounds or (FULL_ROUNDS if chosen.full else QUICK_ROUNDS), rate=chosen.rate,
        # Whoever asks for a number of rounds gets them.
        budget=float("inf") if chosen.rounds else FULL_SECONDS if chosen.full else QUICK_SECONDS)


def measure(chosen, path):
    """Returns the number of jobs that failed."""
    plan = plan_of(chosen)
    with tempfile.TemporaryDirectory() as scratch, place_of(chosen, plan, scratch) as place:
        head = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": place.machine(),
            "versions": machine.versions(), "commit": machine.commit(ROOT),
            "place": f"hosts {' and '.join(chosen.hosts)}" if chosen.hosts else "two hosts of one machine (scripts/bed)",
            "profile": "full" if chosen.full else "brief" if chosen.brief else "quick", "rate": chosen.rate, "rounds": plan.rounds,
            "programs": [[each.program, *each.arguments] for each in plan.workloads],
        }
        with contextlib.closing(record.Writer(path, head)) as writer:
            runner.trimmed(plan, place, writer.write)
            return runner.run(plan, place, writer.write)


def place_of(chosen, plan, scratch):
    if chosen.hosts:
        return hosts.Hosts(plan, scratch, chosen.hosts, chosen.rsh, chosen.devices)
    return runner.Bed(plan, scratch)


def make(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise record.Error(f"--output: expected a folder, or a place for one, found: {error}") from error


def deliver(found, folder):
    """Writes tables and plots, prints the tables."""
    text = report.markdown(found)
    (folder / "report.md").write_text(text, encoding="utf-8")
    print(text)
    for line in plots.draw(found, folder):
        print(f"compare: {line}", file=sys.stderr)
    print(f"compare: results are in {folder}", file=sys.stderr)


def compare_with(baseline, found):
    before = record.read(baseline)
    record.refuse_unlike(before, found)
    fewest = min(before.rounds(), found.rounds())
    if fewest < 3:
        raise record.Error(f"--baseline: expected at least 3 rounds in both records, found {fewest}: "
                           "the noise of fewer is not known")
    print("\n".join(report.slower_lines(figures.slower(before.samples(), found.samples()))))


def main():
    # Ends as by an exception, which ends the job's bed and takes keys away.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    chosen = options()
    failed = 0
    folder = chosen.output or ROOT / "build" / "compare" / time.strftime("%Y%m%d-%H%M%S")
    try:
        if chosen.report:
            found = record.joined([record.read(path) for path in chosen.report])
            make(folder)
        else:
            make(folder)
            path = folder / "record.jsonl"
            failed = measure(chosen, path)
            found = record.read(path)
        deliver(found, folder)
        if chosen.baseline:
            compare_with(chosen.baseline, found)
    except (job.Error, record.Error, runner.Error, workloads.Unreadable) as error:
        print(f"compare: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return FAILED if failed else 0
