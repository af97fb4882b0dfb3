"""The one source of tables and plots: a file of JSON lines. Its first line describes machine and run, the
others are figures, ratios by bench/duel (`duel`), surroundings of jobs (`job`), jobs that failed (`failed`),
and configurations left out (`skipped`)."""

import json

from compare.figures import Samples

FORMAT = 1


class Error(Exception):
    """A record cannot be read or used: the message is for the user."""


class Writer:
    def __init__(self, path, head):
        self._file = open(path, "x", encoding="utf-8")
        self.write({"kind": "run", "format": FORMAT, **head})

    def write(self, entry):
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def close(self):
        self._file.close()


class Record:
    def __init__(self, head, entries):
        self.head = head
        self.jobs = [entry for entry in entries if entry["kind"] == "job"]
        self.skipped = [entry for entry in entries if entry["kind"] == "skipped"]
        self.failed = [entry for entry in entries if entry["kind"] == "failed"]
        self.duels = [entry for entry in entries if entry["kind"] == "duel"]
        self.figures = [entry for entry in entries if entry["kind"] == "figure"]

    def machine(self):
        return self.head["machine"]["identity"]

    def rounds(self):
        return max((entry["round"] for entry in self.jobs), default=0)

    def samples(self):
        samples = Samples()
        for entry in self.figures:
            key = (entry["workload"], entry["metric"], entry["size"])
            samples.add(entry["round"], entry["configuration"], key, entry["value"])
        return samples


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
    except (OSError, ValueError) as error:
        raise Error(f"{path}: expected a record of scripts/compare, found: {error}") from error
    if not entries or entries[0].get("kind") != "run" or entries[0].get("format") != FORMAT:
        raise Error(f"{path}: expected a record of scripts/compare in format {FORMAT}, found another file")
    return Record(entries[0], entries[1:])


def joined(records):
    """One record of several runs, whose rounds follow each other. Refuses runs that do not belong into
    one picture: of different machines, links or kinds of run."""
    first = records[0]
    offset, entries = 0, []
    for record in records:
        refuse_unlike(first, record)
        for entry in record.jobs + record.skipped + record.failed + record.duels + record.figures:
            entries.append({**entry, "round": entry["round"] + offset} if "round" in entry else entry)
        offset += record.rounds()
    return Record(first.head, entries)


def refuse_unlike(first, other):
    if first.machine() != other.machine():
        raise Error(f"expected runs of one machine, found {first.machine()} ({first.head['machine']['cpu']}) and "
                    f"{other.machine()} ({other.head['machine']['cpu']}): make a report of each")
    for name in ("rate", "profile", "place"):
        if first.head[name] != other.head[name]:
            raise Error(f"expected runs of one {name}, found '{first.head[name]}' and '{other.head[name]}': "
                        "make a report of each")
