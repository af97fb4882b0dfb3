"""Tables in Markdown of a record."""

from compare import duels, summary, workloads
from compare.configurations import ALL, BY_NAME, CONTROL, PAIRS, REFERENCE

# What the tables show of a workload's sizes: all would be unreadable; the plots and the record have all.
SHOWN_SIZES = (4, 8, 64, 1024, 4096, 65536, 1048576, 4194304)
SHOWN_METRICS = ("latency", "bandwidth", "p50", "p99", "time")


def number(value):
    digits = 0 if abs(value) >= 1000 else 2 if abs(value) >= 0.1 else 4
    return f"{value:.{digits}f}"


def spread(found):
    return "-" if found is None else found.text(number)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def named(key):
    workload, metric, size = key
    metric = workloads.METRICS[metric]
    return f"{workload} {metric.name}" + ("" if size is None else f", {size} B") + f" [{metric.unit}]"


def order(names):
    return [each.name for each in ALL if each.name in names]


def shown(keys):
    return [key for key in keys if key[1] in SHOWN_METRICS and (key[2] is None or key[2] in SHOWN_SIZES)]


def surroundings(record):
    head = record.head
    machine = head["machine"]
    versions = ", ".join(f"{name}: {text}" for name, text in head["versions"].items() if text)
    loads = [entry["load"] for entry in record.jobs]
    mtus = {entry["configuration"]: entry["mtu"] for entry in record.jobs}
    cpus = record.jobs[0]["cpus"] if record.jobs else {}
    vector = [flag for flag in machine["cpu_flags"]
              if flag in ("aes", "vaes", "pclmulqdq", "vpclmulqdq", "avx2", "avx512f", "pmull")]
    return [
        f"- {head['place']}, link {head['rate'] or 'unlimited'}, {record.rounds()} "
        f"{'round' if record.rounds() == 1 else 'rounds'} ({head['profile']}), commit {head['commit']}",
        f"- {machine['cpu']}, {len(machine['cpus'])} processors ({', '.join(vector)}), Linux {machine['kernel']}",
        "- processors: " + ", ".join(f"{host} {share}" for host, share in cpus.items()) +
        "; a VPN's daemon shares its host's with the ranks",
        "- MTU: " + ", ".join(f"{name} {mtus[name] or 'unknown'}" for name in order(mtus)),
        f"- load when jobs started: {min(loads):.1f} to {max(loads):.1f}" if loads else "- no jobs",
        f"- {versions}",
        "",
    ]


def noise(samples):
    found = [(samples.resolution(key), key) for key in shown(samples.keys())]
    found = sorted(each for each in found if each[0] is not None)
    if not found:
        return [f"No control was run ({CONTROL}): how much of a difference is noise is not known.", ""]
    median, most = found[len(found) // 2], found[-1]
    return [f"Noise: {REFERENCE} against itself differed by {median[0]:.0%} (median of the table's rows; "
            f"{most[0]:.0%} at most, {named(most[1])}). A ratio nearer to 1 than its row's control says nothing.", ""]


def means(samples, names):
    """Geometric mean of the slowdown of NAS benchmarks."""
    rows = [[name, spread(samples.nas_ratio(name, REFERENCE))] for name in names]
    rows = [row for row in rows if row[1] != "-"]
    return ["## NAS, geometric mean of the slowdown", "", *table(["", f"to {REFERENCE}"], rows)] if rows else []


def summarized(samples, results):
    head, rows = summary.table(samples, results)
    if not rows:
        return []
    return ["## Summary", "", *table(head, rows),
            "Ratios of one round: median (lowest to highest round); of latency and time less is better, of "
            "bandwidth more. By duel: median (all rounds' 95 % intervals). * no further from 1 than the control: no "
            "difference was seen.", ""]


DUELLED = {"lat": "latency", "bw": "bandwidth", "put": "bandwidth of puts"}


def duelled(results):
    if not results:
        return []
    rows = [[f"{each.b} to {each.a}: {DUELLED[each.test]}, {each.size} B [{each.unit}]", number(each.a_median),
             number(each.b_median), summary.marked(each.ratio, each.control, 3), summary.ratio(each.control, 3)]
            for each in results]
    return ["## By duel: blocks of both alternate within one pair of processes", "",
            *table(["B to A", "A", "B", "B / A", "control: A / A"], rows)]


def markdown(record):
    samples = record.samples()
    names = order(samples.configurations())
    keys = shown(samples.keys())
    results = duels.results(record.duels)
    lines = ["# What encryption costs", "", *summarized(samples, results), "## Run", "", *surroundings(record)]
    lines += [f"- {name}: {BY_NAME[name].meaning}" for name in names]
    lines += [f"- left out {entry.get('configuration') or entry['workload']}: {entry['reason']}"
              for entry in record.skipped]
    lines += [f"- failed in round {entry['round']}: {entry['workload']} over {entry['configuration']}"
              for entry in record.failed]
    lines += ["", *duelled(results)]
    if not keys:
        return "\n".join(lines) + "\n"
    lines += [*noise(samples), "## Median (lowest to highest round)", ""]
    lines += table(["", *names], [[named(key), *(spread(samples.spread(key, name)) for name in names)]
                                  for key in keys])
    lines += paired(samples, keys)
    others = [name for name in names if name != REFERENCE]
    if not others or REFERENCE not in names:
        return "\n".join(lines) + "\n"
    lines += [f"## Ratio to {REFERENCE} of the same round: median (lowest to highest)", ""]
    lines += table(["", *others], [[named(key), *(spread(samples.ratio(key, name)) for name in others)]
                                   for key in keys])
    return "\n".join(lines + means(samples, others)) + "\n"


def paired(samples, keys):
    """Of configurations that run over something else than the reference."""
    lines = []
    for name, below in PAIRS:
        rows = [[named(key), spread(samples.ratio(key, name, below))] for key in keys]
        rows = [row for row in rows if row[1] != "-"]
        if rows:
            lines += [f"## Ratio of {name} to {below} of the same round: median (lowest to highest)", "",
                      *table(["", name], rows)]
    return lines


def slower_lines(found):
    if not found:
        return ["nothing got slower by more than its noise"]
    return [f"slower: {named(each.key)} over {each.configuration}: {spread(each.before)} before, "
            f"{spread(each.after)} now, {each.ratio:.2f} times (noise of the control {each.noise:.0%})"
            for each in found]
