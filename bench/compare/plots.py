"""Plots of a record by gnuplot, as SVG and PNG: figures against size, NAS times and slowdowns, jitter."""

import shutil
import subprocess

from compare import report, workloads
from compare.configurations import CONTROL, REFERENCE

COLOURS = {
    "tcp": "#000000", "control": "#999999", "tcp64k": "#666666", "crypto_tcp": "#d55e00", "crypto_tcp128": "#e69f00",
    "rc": "#550088", "crypto_rc": "#cc79a7",
    "openvpn": "#0072b2", "openvpn-cbc": "#56b4e9", "openvpn-tuned": "#004466", "wireguard": "#009e73",
}


def quoted(text):
    return '"' + text.replace("_", "\\\\_").replace('"', "") + '"'


def lines_plot(samples, workload, metric, names, logarithmic):
    """Against size, with the spread of the rounds as bars; None if that was not measured."""
    blocks, curves = [], []
    for name in names:
        rows = [(key[2], samples.spread(key, name)) for key in samples.keys() if key[:2] == (workload, metric)]
        rows = [f"{size} {found.median} {found.low} {found.high}" for size, found in rows if found]
        if rows:
            block = f"$data{len(blocks)}"
            blocks.append(f"{block} << END\n" + "\n".join(rows) + "\nEND")
            curves.append(f"{block} using 1:2:3:4 with yerrorlines title {quoted(name)} "
                          f"linecolor rgb '{COLOURS[name]}' pointtype 7 pointsize 0.4")
    if not curves:
        return None
    unit = workloads.METRICS[metric].unit
    axes = "set logscale x 2\nset format x '%.0f'\nset xtics rotate by -45\n" + (
        "set logscale y\n" if logarithmic else "set yrange [0:*]\n")
    return (f"set title {quoted(f'{workload}, {metric}: median, lowest and highest round')}\n"
            f"set xlabel 'message size [B]'\nset ylabel '{metric} [{unit}]'\nset key outside right\n{axes}" +
            "\n".join(blocks) + "\nplot " + ", ".join(curves))


def bars_plot(title, axis, groups, names, value):
    """Bars for each group and configuration; value(group, name) may be None."""
    rows = []
    for group in groups:
        found = [value(group, name) for name in names]
        if any(found):
            rows.append(" ".join([f'"{group[0]}"', *("NaN" if each is None else str(each.median) for each in found)]))
    if not rows or not names:
        return None
    bars = ", ".join(f"$data using {column}:xtic(1) title {quoted(name)} linecolor rgb '{COLOURS[name]}'"
                     for column, name in enumerate(names, 2))
    return (f"set title {quoted(title)}\nset ylabel '{axis}'\nset yrange [0:*]\nset key outside right\n"
            "set style data histograms\nset style fill solid 0.8\n$data << END\n" + "\n".join(rows) +
            "\nEND\nplot " + bars)


def scripts(record):
    """Name and gnuplot commands of each plot that the record has figures for."""
    samples = record.samples()
    names = report.order(samples.configurations())
    times = [key for key in samples.keys() if key[1] == "time"]
    found = {
        "latency": lines_plot(samples, "osu_latency", "latency", names, True),
        "bandwidth": lines_plot(samples, "osu_bw", "bandwidth", names, False),
        "jitter": lines_plot(samples, "osu_jitter", "p99", names, True),
        "jitter_p99_9": lines_plot(samples, "osu_jitter", "p99_9", names, True),
        "allreduce": lines_plot(samples, "osu_allreduce", "latency", names, True),
        "alltoall": lines_plot(samples, "osu_alltoall", "latency", names, True),
        "nas_time": bars_plot("NAS Parallel Benchmarks: median time", "time [s]", times, names, samples.spread),
        "nas_slowdown": bars_plot(f"NAS Parallel Benchmarks: time to that of {REFERENCE}", "slowdown", times,
                                  [name for name in names if name not in (REFERENCE, CONTROL)], samples.ratio),
    }
    return {name: script for name, script in found.items() if script}


def draw(record, folder):
    """Files in `folder`; returns lines for the user."""
    gnuplot = shutil.which("gnuplot")
    if not gnuplot:
        return ["left out the plots: expected gnuplot, found none: install it with scripts/setup --compare"]
    told = []
    for name, script in scripts(record).items():
        for kind, terminal in (("svg", "svg size 900,560 enhanced"), ("png", "pngcairo size 900,560 enhanced")):
            text = f"set terminal {terminal}\nset output '{name}.{kind}'\nset grid\n{script}\n"
            done = subprocess.run([gnuplot], check=False, input=text, text=True, capture_output=True, cwd=folder,
                                  timeout=60)
            if done.returncode != 0 or not (folder / f"{name}.{kind}").exists():
                told.append(f"no plot {name}.{kind}: expected gnuplot to draw it, found: {done.stderr.strip()}")
    return told
