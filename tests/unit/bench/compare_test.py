"""Statistics, records, refusals and tables of scripts/compare."""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "integration" / "harness")]

from compare import adapters, duels, figures, plots, record, report, runner, summary, workloads  # noqa: E402
from compare.configurations import BY_NAME, CONTROL  # noqa: E402

LATENCY = ("osu_latency", "latency", 8)
BANDWIDTH = ("osu_bw", "bandwidth", 1048576)
MACHINE = {"identity": "1", "cpu": "model", "cpu_flags": ["aes", "fpu"], "cpus": [0, 1], "kernel": "6.1"}
HEAD = {"machine": MACHINE, "rate": "", "profile": "quick", "place": "bed", "rounds": 3, "commit": "abc",
        "versions": {"ucx": "1.13.1"}}


def samples(**values):
    """Figures of LATENCY by configuration, one a round."""
    return of_key(LATENCY, values)


def of_key(key, values):
    found = figures.Samples()
    for name, of_rounds in values.items():
        for number, value in enumerate(of_rounds, 1):
            found.add(number, name, key, value)
    return found


def written(folder, name, head=None, rounds=3):
    """A record as the runner writes it."""
    path = pathlib.Path(folder) / name
    writer = record.Writer(path, {**HEAD, **(head or {})})
    writer.write({"kind": "skipped", "configuration": "wireguard", "reason": "expected packages"})
    for number in range(1, rounds + 1):
        for configuration, value in (("tcp", 10.0), (CONTROL, 11.0), ("crypto_tcp", 15.0)):
            common = {"round": number, "configuration": configuration, "workload": "osu_latency"}
            writer.write({"kind": "job", **common, "load": 0.5, "mtu": 1500, "cpus": {"host0": "0", "host1": "1"}})
            writer.write({"kind": "figure", **common, "metric": "latency", "size": 8, "value": value + number})
    writer.close()
    return path


class Statistics(unittest.TestCase):
    def test_a_ratio_is_that_of_pairs_of_one_round(self):
        # The medians' ratio would be 1: the machine was twice as slow in the second round.
        found = samples(tcp=[10, 20, 40], crypto_tcp=[20, 20, 20]).ratio(LATENCY, "crypto_tcp")
        self.assertEqual((found.median, found.low, found.high, found.count), (1, 0.5, 2, 3))

    def test_a_round_without_its_pair_makes_no_ratio(self):
        found = samples(tcp=[10], crypto_tcp=[20, 90])
        self.assertEqual(found.ratio(LATENCY, "crypto_tcp"), figures.Spread(2, 2, 2, 1))
        self.assertIsNone(found.ratio(LATENCY, "openvpn"))

    def test_the_control_is_the_resolution_in_both_directions(self):
        self.assertAlmostEqual(samples(tcp=[10, 10], control=[7, 12]).resolution(LATENCY), 0.3)
        self.assertIsNone(samples(tcp=[10]).resolution(LATENCY))

    def test_two_figures_of_one_thing_in_one_round_are_an_error(self):
        found = samples(tcp=[10])
        with self.assertRaises(ValueError):
            found.add(1, "tcp", LATENCY, 11)

    def test_the_geometric_mean(self):
        self.assertAlmostEqual(figures.geometric_mean([1, 4, 2]), 2)


class Slower(unittest.TestCase):
    def names(self, key, before, after):
        return [each.configuration for each in figures.slower(of_key(key, before), of_key(key, after))]

    def test_more_latency_and_less_bandwidth_are_slower(self):
        for key, worse, better in ((LATENCY, [20, 21, 22], [10, 11, 12]), (BANDWIDTH, [10, 11, 12], [20, 21, 22])):
            self.assertEqual(self.names(key, {"tcp": better}, {"tcp": worse}), ["tcp"])
            self.assertEqual(self.names(key, {"tcp": worse}, {"tcp": better}), [])

    def test_figures_that_overlap_are_noise(self):
        self.assertEqual(self.names(LATENCY, {"tcp": [10, 11, 14]}, {"tcp": [13, 15, 16]}), [])

    def test_less_than_the_control_differed_is_noise(self):
        quiet, loud = [10, 10, 10], [10, 10, 15]
        for control, expected in ((quiet, ["crypto_tcp"]), (loud, [])):
            before = {"tcp": quiet, CONTROL: control, "crypto_tcp": [10, 10, 10]}
            self.assertEqual(self.names(LATENCY, before, {"crypto_tcp": [13, 13, 13]}), expected)

    def test_half_the_bandwidth_is_twice_as_slow(self):
        before = {"tcp": [10, 10, 10], CONTROL: [10, 10, 17], "crypto_tcp": [10, 10, 10]}
        self.assertEqual(self.names(BANDWIDTH, before, {"crypto_tcp": [5, 5, 5]}), ["crypto_tcp"])

    def test_two_rounds_say_nothing(self):
        self.assertEqual(self.names(LATENCY, {"tcp": [10, 10]}, {"tcp": [90, 90]}), [])


class Records(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def refused(self, head, words):
        records = [record.read(written(self.folder, "a")), record.read(written(self.folder, "b", head))]
        with self.assertRaisesRegex(record.Error, words):
            record.joined(records)

    def test_runs_of_different_machines_are_refused(self):
        self.refused({"machine": {**MACHINE, "identity": "2"}}, "expected runs of one machine")

    def test_runs_over_different_links_are_refused(self):
        self.refused({"rate": "1gbit"}, "expected runs of one rate, found '' and '1gbit'")

    def test_runs_of_one_machine_are_joined_round_after_round(self):
        joined = record.joined([record.read(written(self.folder, name)) for name in "ab"])
        self.assertEqual(joined.samples().spread(LATENCY, "tcp").count, 6)
        self.assertEqual(len(joined.jobs), 18)

    def test_what_is_no_record_is_refused(self):
        path = pathlib.Path(self.folder) / "other"
        for text in ("", "no JSON\n", json.dumps({"kind": "run", "format": 0}) + "\n"):
            path.write_text(text, encoding="utf-8")
            with self.assertRaisesRegex(record.Error, "expected a record"):
                record.read(path)

    def test_what_was_measured_once_has_no_range(self):
        self.assertEqual(figures.Spread.of([12.0]).text(report.number), "12.00")
        self.assertEqual(figures.Spread.of([12.0, 12.0]).text(report.number), "12.00 (12.00 to 12.00)")
        self.assertEqual(figures.Spread(1.0, 0.9, 1.1, 1).text(report.number), "1.00 (0.90 to 1.10)")

    def test_a_report_has_medians_ratios_noise_and_what_was_left_out(self):
        text = report.markdown(record.read(written(self.folder, "a")))
        row = [line for line in text.splitlines() if line.startswith("| osu_latency latency, 8 B [us]")]
        self.assertEqual(row[0].split(" | ")[1:], ["12.00 (11.00 to 13.00)", "13.00 (12.00 to 14.00)",
                                                   "17.00 (16.00 to 18.00) |"])
        self.assertIn("1.42 (1.38 to 1.45)", row[1])
        self.assertIn("differed by 9%", text)
        self.assertIn("left out wireguard: expected packages", text)
        self.assertIn("abc", text)

    def test_a_plot_is_made_of_what_was_measured_only(self):
        scripts = plots.scripts(record.read(written(self.folder, "a")))
        self.assertEqual(list(scripts), ["latency"])
        self.assertIn("8 17.0 16.0 18.0", scripts["latency"])


def duel_row(number, control, ratio, a="tcp", size=8):
    """A record's entry of crypto_tcp against `a`, whose interval is 0.01 to each side."""
    return {"kind": "duel", "round": number, "configuration": "crypto_tcp", "workload": "duel_lat.tcp", "test": "lat",
            "unit": "us", "control": control, "a": a, "b": a if control else "crypto_tcp", "size": size,
            "a_median": 10.0, "b_median": 10 * ratio, "ratio": ratio, "low": ratio - 0.01, "high": ratio + 0.01,
            "blocks": 40}


class Duels(unittest.TestCase):
    def test_a_duel_must_print_control_and_ratio(self):
        duel = duels.duels(True)[0]
        rows = [duel_row(1, True, 1.0), duel_row(1, False, 1.1)]
        entries = duel.entries("# job {}\n" + "".join(json.dumps(row) + "\n" for row in rows))
        self.assertEqual([(entry["kind"], entry["control"], entry["ratio"]) for entry in entries],
                         [("duel", True, 1.0), ("duel", False, 1.1)])
        for text in ("", json.dumps(rows[0]), json.dumps(rows[1])):
            with self.assertRaises(workloads.Unreadable):
                duel.entries(text)

    def test_rounds_become_the_median_and_the_widest_interval(self):
        found = duels.results([duel_row(number, control, ratio) for number, of in enumerate(
            ((1.0, 1.2), (0.99, 1.1), (1.02, 1.3)), 1) for control, ratio in zip((True, False), of)])
        self.assertEqual(len(found), 1)
        self.assertEqual(summary.ratio(found[0].ratio, 2), "1.20 (1.09 to 1.31)")
        self.assertEqual(summary.ratio(found[0].control, 2), "1.00 (0.98 to 1.03)")
        self.assertEqual((found[0].a_median, found[0].b_median), (10, 12))

    def test_a_ratio_without_its_control_is_none(self):
        self.assertEqual(duels.results([duel_row(1, False, 1.2)]), [])


class Summary(unittest.TestCase):
    def setUp(self):
        self.samples = figures.Samples()
        for number, noise in enumerate((0.9, 1.0, 1.1), 1):
            for name, latency, ep, cg in (("tcp", 10, 1, 1), (CONTROL, 10 * noise, noise, noise),
                                          ("crypto_tcp", 10.5, 1, 4), ("openvpn", 42, 8, 8)):
                self.samples.add(number, name, LATENCY, latency)
                self.samples.add(number, name, ("ep.A", "time", None), ep)
                self.samples.add(number, name, ("cg.A", "time", None), cg)

    def test_it_has_each_configuration_and_what_the_control_could_tell(self):
        head, rows = summary.table(self.samples, [])
        self.assertEqual(head, ["crypto_tcp to", "8 B latency", "NAS time, geometric mean"])
        self.assertEqual(rows, [
            ["tcp", "1.05 (1.05 to 1.05) *", "2.00 (2.00 to 2.00)"],
            ["openvpn", "0.25 (0.25 to 0.25)", "0.25 (0.25 to 0.25)"],
            ["control: tcp to itself", "1.00 (0.90 to 1.10)", "1.00 (0.90 to 1.10)"]])

    def test_duels_have_rows_with_controls_of_their_own(self):
        results = duels.results([duel_row(1, True, 1.0), duel_row(1, False, 1.05), duel_row(1, True, 1.0, "tcp64k"),
                                 duel_row(1, False, 1.005, "tcp64k")])
        _, rows = summary.table(self.samples, results)
        self.assertEqual([row[:2] for row in rows[3:]], [
            ["tcp, by duel", "1.050 (1.040 to 1.060)"], ["control: tcp to itself, by duel", "1.000 (0.990 to 1.010)"],
            ["tcp64k, by duel", "1.005 (0.995 to 1.015) *"],
            ["control: tcp64k to itself, by duel", "1.000 (0.990 to 1.010)"]])

    def test_a_mean_is_of_whole_rounds_of_the_benchmarks_that_both_ran(self):
        for name, value in (("tcp", 1), ("crypto_tcp", 100)):  # a fourth round that was ended early
            self.samples.add(4, name, ("ep.A", "time", None), value)
        self.samples.add(1, "crypto_tcp", ("lu.A", "time", None), 100)
        self.assertEqual(self.samples.nas_ratio("crypto_tcp", "tcp"), figures.Spread(2, 2, 2, 3))
        self.assertIsNone(self.samples.nas_ratio("crypto_tcp", "wireguard"))

    def test_without_crypto_tcp_there_is_none(self):
        self.assertEqual(summary.table(samples(tcp=[1], control=[1]), [])[1], [])


class Running(unittest.TestCase):
    def test_configurations_alternate_within_a_round(self):
        plan = runner.Plan(ROOT, [BY_NAME["tcp"], BY_NAME["openvpn"]], workloads.osu(True)[:2], 2)
        self.assertEqual([f"{number} {workload.group} {over.name}" for number, workload, over in plan.jobs()],
                         [f"{number} {group} {name}" for number in (1, 2) for group in ("latency", "bandwidth")
                          for name in ("tcp", "openvpn")])

    def test_a_duel_is_one_of_two_configurations_of_the_run(self):
        def pairs(*names):
            plan = runner.Plan(ROOT, [BY_NAME[name] for name in names], duels.duels(False), 1)
            return {(workload.reference, over.name) for _, workload, over in plan.jobs()}
        self.assertEqual(pairs(*BY_NAME), {("tcp", "tcp64k"), ("tcp", "crypto_tcp"), ("tcp", "crypto_tcp128"),
                                           ("tcp64k", "crypto_tcp"), ("tcp64k", "crypto_tcp128")})
        self.assertEqual(pairs("tcp", CONTROL, "openvpn", "crypto_tcp"), {("tcp", "crypto_tcp")})
        self.assertEqual(pairs("crypto_tcp", "crypto_tcp128"), set())

    def test_a_job_that_fails_is_recorded_and_the_others_run(self):
        class Place:
            @staticmethod
            def run(configuration, _):
                if configuration.name == "openvpn":
                    raise runner.Error("no tunnel")
                return {"mtu": 1500}, "8 10.0\n" if configuration.name == "tcp" else "nothing\n"

        plan = runner.Plan(ROOT, [BY_NAME[name] for name in ("openvpn", "control", "tcp")], workloads.osu(True)[:1], 2)
        entries = []
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(runner.run(plan, Place, entries.append), 4)
        self.assertEqual([entry["kind"] for entry in entries], ["failed", "failed", "job", "figure"] * 2)
        self.assertEqual(entries[0]["reason"], "no tunnel")
        plan.rounds = 3
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaisesRegex(runner.Error, "5 failed"):
            runner.run(plan, Place, entries.append)

    def test_no_round_is_begun_that_would_not_end_in_time(self):
        self.assertTrue(runner.another_round_fits(170, 0, 50, 110))
        self.assertFalse(runner.another_round_fits(170, 0, 50, 111))

    def test_what_a_place_lacks_is_left_out_and_recorded(self):
        class Place:
            @staticmethod
            def lacks(configuration):
                return "a reason" if configuration.name == "wireguard" else ""

            @staticmethod
            def lacks_program(_):
                return ""

        plan = runner.Plan(ROOT, [BY_NAME["tcp"], BY_NAME["wireguard"]], workloads.osu(True), 1)
        entries = []
        runner.trimmed(plan, Place, entries.append)
        self.assertEqual([each.name for each in plan.configurations], ["tcp"])
        self.assertEqual(entries, [{"kind": "skipped", "configuration": "wireguard", "reason": "a reason"}])

    def test_adapters_are_used_on_two_machines_that_have_real_ones(self):
        for name in ("rc", "crypto_rc"):
            self.assertIn("expected two machines with RDMA adapters", runner.Bed.lacks(BY_NAME[name]))
        with tempfile.TemporaryDirectory() as folder:
            def missing(device):
                listed = subprocess.run(["sh", "-c", adapters.command(folder)], check=True, capture_output=True,
                                        text=True).stdout
                return adapters.missing(listed, device, "host0")

            self.assertEqual(missing(""), "expected an RDMA adapter on host0, found none")
            for name, file in (("mlx5_0", "device/driver"), ("rxe0", "parent"), ("siw0", "device/driver")):
                (pathlib.Path(folder) / name / file).parent.mkdir(parents=True)
                (pathlib.Path(folder) / name / file).touch()
                (pathlib.Path(folder) / name / "node_type").write_text("4: RNIC\n" if name == "siw0" else "1: CA\n",
                                                                       encoding="ascii")
            self.assertEqual(missing("mlx5_0:1"), "")
            self.assertIn("found mlx5_0, rxe0, siw0", missing("mlx5_7:1"))
            for device, named in (("rxe0:1", "rxe0"), ("siw0:1", "siw0"), ("", "rxe0, siw0")):
                self.assertIn(f"found {named}, which its kernel emulates", missing(device))

    def test_a_transport_over_adapters_is_compared_with_the_one_below_it(self):
        text = "\n".join(report.paired(samples(rc=[2, 2, 2], crypto_rc=[3, 3, 4]), [LATENCY]))
        self.assertIn("| osu_latency latency, 8 B [us] | 1.50 (1.50 to 2.00) |", text)
        self.assertEqual(report.paired(samples(tcp=[2], crypto_tcp=[3]), [LATENCY]), [])

    def test_a_figure_becomes_one_by_its_column(self):
        text = "# job {}\n# Size  Min p50 p99 p99.9 Max\n4 1.0 2.0 3.0 4.0 5.0\n"
        jitter = next(each for each in workloads.osu(True) if each.group == "jitter")
        self.assertEqual(jitter.figures(text), [("min", 4, 1), ("p50", 4, 2), ("p99", 4, 3), ("p99_9", 4, 4),
                                                ("max", 4, 5)])

    def test_output_without_figures_is_an_error(self):
        for each in workloads.osu(True) + workloads.nas_kernels("S"):
            for text in ("", "# Size\n", "8 0.00\n", '{"verified": false, "seconds": 1}\n'):
                if text[:1] != "{" or each.group == "nas":
                    with self.assertRaises(workloads.Unreadable):
                        each.figures(text)

    def test_a_nas_time_counts_when_it_is_verified(self):
        found = workloads.nas_kernels("S")[0].figures('{"verified": true, "seconds": 1.5}\n')
        self.assertEqual(found, [("time", None, 1.5)])

    def test_every_configuration_has_a_colour(self):
        self.assertEqual(set(plots.COLOURS), set(BY_NAME))


if __name__ == "__main__":
    unittest.main()
