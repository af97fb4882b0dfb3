"""The report's head: what crypto_tcp's figures are to those of each configuration, and how small a difference
the run could have seen."""

from compare import duels
from compare.configurations import ALL, CONTROL, REFERENCE

SUBJECT = "crypto_tcp"
SAMPLED = (("8 B latency", ("osu_latency", "latency", 8)), ("64 KiB latency", ("osu_latency", "latency", 65536)),
           ("1 MiB bandwidth", ("osu_bw", "bandwidth", 1048576)))
NAS = "NAS time, geometric mean"
DUELLED = {"8 B latency": ("lat", 8), "64 KiB latency": ("lat", 65536), "1 MiB bandwidth": ("bw", 1048576)}


def ratio(found, digits):
    return "-" if found is None else found.text(lambda value: f"{value:.{digits}f}")


def marked(found, control, digits):
    """With a star where the control was as far from 1."""
    seen = found is None or control is None or abs(found.median - 1) > max(abs(control.low - 1), abs(control.high - 1))
    return ratio(found, digits) + ("" if seen else " *")


def sampled_rows(samples, columns):
    """Of whole runs: a row for each configuration, and what tcp was to itself."""
    def of(name, reference):
        return [samples.nas_ratio(name, reference) if column == NAS else
                samples.ratio(dict(SAMPLED)[column], name, reference) for column in columns]

    control = of(CONTROL, REFERENCE)
    rows = []
    for each in ALL:
        found = of(SUBJECT, each.name)
        if each.name not in (SUBJECT, CONTROL) and any(found):
            rows.append([each.name, *(marked(*pair, 2) for pair in zip(found, control))])
    if rows:
        rows.append([f"control: {REFERENCE} to itself", *(ratio(each, 2) for each in control)])
    return rows


def duelled_rows(results, columns):
    rows = []
    for reference in duels.REFERENCES:
        found = {(each.test, each.size): each for each in results if (each.a, each.b) == (reference, SUBJECT)}
        cells = [found.get(DUELLED.get(column)) for column in columns]
        if any(cells):
            rows.append([f"{reference}, by duel",
                         *(marked(each.ratio, each.control, 3) if each else "-" for each in cells)])
            rows.append([f"control: {reference} to itself, by duel",
                         *(ratio(each.control, 3) if each else "-" for each in cells)])
    return rows


def table(samples, results):
    """(head, rows); no rows if nothing of it was measured."""
    columns = [name for name, key in SAMPLED if samples.spread(key, SUBJECT) or any(
        (each.test, each.size) == DUELLED[name] and each.b == SUBJECT for each in results)]
    if samples.nas_ratio(SUBJECT, SUBJECT):
        columns.append(NAS)
    return [f"{SUBJECT} to", *columns], sampled_rows(samples, columns) + duelled_rows(results, columns)
