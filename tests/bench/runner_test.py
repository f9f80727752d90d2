"""What bench/runner makes of what it measures: medians, spread, ratios, changes, tables. No time is
asserted. runner_test.py PITWALL"""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNNER = os.path.join(ROOT, "bench", "runner")
sys.path.insert(0, RUNNER)

import figures  # noqa: E402
import floors  # noqa: E402
import machine  # noqa: E402
import readings  # noqa: E402
import stored  # noqa: E402
import tables  # noqa: E402

PITWALL = ""


def run_of(values, name="a/us", floor=None):
    """The figures of rounds with one figure, and its floor's values beside it."""
    rounds = [{name: v} for v in values]
    for one, f in zip(rounds, floor or []):
        one["floor/" + name] = f
    return figures.gather(rounds, lambda n, names: "floor/" + n if "floor/" + n in names else None,
                          readings.unit_of)


class Figures(unittest.TestCase):
    def test_a_figure_is_the_median_with_least_and_most_of_its_rounds(self):
        one = run_of([5, 1, 3])["a/us"]
        self.assertEqual((one["median"], one["least"], one["most"]), (3, 1, 5))
        self.assertEqual((one["values"], one["unit"]), ([5, 1, 3], "us"))
        self.assertEqual(run_of([1, 2])["a/us"]["median"], 1.5)

    def test_a_ratio_says_how_many_times_its_floor_a_figure_costs(self):
        self.assertEqual(figures.times_floor("a/p50_us", 30, 10), 3)
        self.assertEqual(figures.times_floor("a/per_second", 10, 30), 3)
        self.assertIsNone(figures.times_floor("a/us", 1, 0))
        self.assertIsNone(figures.times_floor("a/per_second", 0, 1))

    def test_ratios_are_of_what_was_measured_in_the_same_round(self):
        # A machine that gets three times slower: each round's ratio is the same.
        one = run_of([20, 60, 40], floor=[10, 30, 20])["a/us"]
        self.assertEqual(one["ratio"]["values"], [2, 2, 2])
        self.assertEqual(one["floor"], "floor/a/us")

    def test_a_round_without_the_floor_counts_for_the_figure_alone(self):
        one = run_of([20, 60, 40], floor=[10, 30])["a/us"]
        self.assertEqual(len(one["values"]), 3)
        self.assertEqual(len(one["ratio"]["values"]), 2)
        self.assertNotIn("ratio", run_of([20, 60])["a/us"])

    def test_groups_stay_together_in_the_order_in_which_they_came(self):
        found = figures.gather([{"b/1": 1, "a/1": 1, "b/2": 1}, {"c/1": 1, "a/2": 1}],
                               lambda n, names: None, readings.unit_of)
        self.assertEqual(list(found), ["b/1", "b/2", "a/1", "a/2", "c/1"])


class Changes(unittest.TestCase):
    def of(self, now, before, name="a/us"):
        return figures.compare(run_of(now, name), run_of(before, name), True)[name]["figure"]

    def test_a_change_beyond_the_spread_is_better_or_worse(self):
        self.assertEqual(self.of([10, 11, 12], [20, 21, 22])["verdict"], "better")
        self.assertEqual(self.of([20, 21, 22], [10, 11, 12])["verdict"], "worse")
        rate = "a/per_second"
        self.assertEqual(self.of([20, 21, 22], [10, 11, 12], rate)["verdict"], "better")
        self.assertEqual(self.of([10, 11, 12], [20, 21, 22], rate)["verdict"], "worse")

    def test_a_change_within_the_spread_has_a_size_and_no_verdict(self):
        change = self.of([10, 20, 22], [9, 10, 11])
        self.assertEqual(change["verdict"], "")
        self.assertAlmostEqual(change["percent"], 100)

    def test_too_few_rounds_have_no_verdict(self):
        self.assertEqual(self.of([10, 11], [20, 21, 22])["verdict"], "")
        self.assertEqual(self.of([10, 11, 12], [20])["verdict"], "")

    def test_another_machine_is_compared_by_ratios_alone(self):
        now = run_of([30, 31, 32], floor=[10, 10, 10])
        before = run_of([300, 310, 320], floor=[50, 50, 50])
        one = figures.compare(now, before, False)
        self.assertEqual(list(one), ["a/us"])
        self.assertEqual(list(one["a/us"]), ["ratio"])
        self.assertEqual(one["a/us"]["ratio"]["verdict"], "better")
        self.assertEqual(figures.compare(run_of([1]), run_of([2]), False), {})

    def test_less_of_a_floor_is_better_for_a_rate_too(self):
        name = "a/per_second"
        now = run_of([10, 10, 10], name, [20, 20, 20])
        before = run_of([10, 10, 10], name, [40, 40, 40])
        self.assertEqual(figures.compare(now, before, False)[name]["ratio"]["verdict"], "better")

    def test_what_only_one_run_has_and_what_was_nothing_are_not_compared(self):
        self.assertEqual(figures.compare(run_of([1]), run_of([1], "b/us"), True), {})
        self.assertEqual(figures.compare(run_of([1]), run_of([0]), True), {})

    def test_machines_are_the_same_by_processor_cores_and_memory(self):
        one = {"cpu": "x", "cores": 2, "memory_gib": 8, "kernel": "1"}
        self.assertTrue(machine.is_same(one, {**one, "kernel": "2"}))
        self.assertFalse(machine.is_same(one, {**one, "cores": 4}))


class Floors(unittest.TestCase):
    def test_an_execution_has_the_floor_of_its_durability_and_concurrency(self):
        names = ["floor/execution/sync/200/cpu_us", "floor/execution/sync/1/cpu_us"]
        self.assertEqual(floors.floor_of("executions/sync/200/cpu_us", names), names[0])
        self.assertIsNone(floors.floor_of("executions/sync/50/cpu_us", names))

    def test_the_row_without_is_the_floor_of_those_with(self):
        names = ["workers/sync/1/on_0/p50_us", "viewers/at_once/0/per_second"]
        self.assertEqual(floors.floor_of("workers/sync/1/on_2/p50_us", names), names[0])
        self.assertEqual(floors.floor_of("viewers/at_once/50/per_second", names), names[1])
        for name in names:
            self.assertIsNone(floors.floor_of(name, names))

    def test_no_figure_is_its_own_floor(self):
        for pattern, floor in floors.RULES:
            self.assertNotEqual(pattern.pattern, floor)


BENCHMARK = {"name": "start/killed/0/iterations:5/manual_time", "iterations": 5, "real_time": 2.0,
             "cpu_time": 1.0, "time_unit": "ms", "replayed": 7.0, "executions/s": 3.0}


class Readings(unittest.TestCase):
    def test_google_benchmarks_lose_how_they_were_measured(self):
        text = "noise\n" + json.dumps({"benchmarks": [BENCHMARK]})
        self.assertEqual(readings.google(text, "history"), {
            "history/start/killed/0/us": 2_000.0,
            "history/start/killed/0/replayed": 7.0,
            "history/start/killed/0/executions_per_second": 3.0})

    def test_a_benchmark_that_gave_up_is_no_figure(self):
        bad = {**BENCHMARK, "error_occurred": True, "error_message": "the disk refuses"}
        with self.assertRaises(ValueError):
            readings.google(json.dumps({"benchmarks": [bad]}), "history")

    def test_the_line_of_a_recovery(self):
        text = ("10000 unfinished: ready after 0.32 s (empty: 0.15 s), all ended after 1.20 s; "
                "peak memory 61.0 MB when ready, 90.5 MB at the end (empty: 28.0 MB)\n")
        self.assertEqual(readings.recovery(text), {
            "recovery/0/ready_s": 0.15, "recovery/10000/ready_s": 0.32,
            "recovery/10000/all_ended_s": 1.2, "recovery/10000/ready_mb": 61.0,
            "recovery/10000/all_ended_mb": 90.5})
        with self.assertRaises(ValueError):
            readings.recovery("All tests passed")

    def test_the_table_of_idle_hosts(self):
        text = ("HOST              CPU %     WAKE-UPS/S      RSS MiB  THREADS\n"
                "no_bots            0.03            4.2         35.9       22\n")
        self.assertEqual(readings.idle(text)["idle/no_bots/cpu_percent"], 0.03)
        self.assertEqual(readings.idle(text)["idle/no_bots/rss_mib"], 35.9)

    def test_units_by_the_last_word(self):
        for name, unit in (("a/per_second", "/s"), ("a/p50_us", "us"), ("a/us", "us"),
                           ("a/max_ms", "ms"), ("a/bytes_per_execution", "B"), ("a/rows", ""),
                           ("a/frames_per_second", "/s"), ("a/wake_ups_per_s", "/s")):
            self.assertEqual(readings.unit_of(name), unit, name)

    def bench(self, *arguments):
        """What it prints; whether it has an objection is a matter of the machine's load."""
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run(
                [PITWALL, "bench", "--json", "--seconds", "0.05", "--durability", "memory",
                 "--data-dir", directory, *arguments], capture_output=True, text=True, check=False)
            return done.stdout

    def test_what_pitwall_bench_prints_can_be_read(self):
        text = self.bench("--concurrency", "1", "--halts", "1")
        self.assertIn("executions/memory/1/per_second", readings.executions(text))
        self.assertIn("halts/memory/under_200/acknowledged_p99_us", readings.halts(text))
        self.assertIn("halts/memory/own_200/acknowledged_p99_us", readings.halts(text))
        found = readings.viewers(self.bench("--clients", "0,1", "--concurrency", "1"))
        self.assertIn("viewers/idle_1/bytes_each", found)
        self.assertIn("viewers/offered_200/1/delivered_p50_us", found)
        self.assertIn("viewers/at_once/0/per_second", found)
        found = readings.workers(self.bench("--workers", "0,1", "--concurrency", "1", "--rounds",
                                            "1", "--deaths", "0"))
        self.assertIn("workers/memory/1/on_1/workers_cpu_us", found)
        self.assertNotIn("workers/memory/1/on_0/workers_cpu_us", found)


class Tables(unittest.TestCase):
    def test_numbers_have_four_digits_that_count(self):
        for value, text in ((12345.6, "12346"), (123.45, "123.5"), (12.345, "12.35"), (0, "0.000"),
                            (0.5, "0.500"), (0.00012, "0.00012")):
            self.assertEqual(tables.number(value), text)

    def test_a_change_beyond_the_spread_is_marked(self):
        self.assertEqual(tables.change_words({"percent": 12.3, "verdict": "worse"}), "+12 % WORSE")
        self.assertEqual(tables.change_words({"percent": -2.0, "verdict": ""}), "-2 %")
        self.assertEqual(tables.change_words(None), "")

    def test_columns_are_aligned(self):
        rows = tables.of_figures({**run_of([1, 2, 3], floor=[1, 1, 1]), **run_of([1], "long/us")},
                                 {})
        self.assertEqual(len({row.index(" us ") for row in rows if " us " in row}), 1)
        self.assertEqual(rows[2].index("1.000-3.000"), rows[0].index("LEAST-MOST") - 1)

    def test_the_table_of_the_readme_looks_like_that_of_the_program(self):
        rounds = [{f"executions/sync/200/{key}": 1234.5 for key in
                   ("per_second", "p50_us", "p95_us", "p99_us", "cpu_us")}]
        lines = tables.for_readme(figures.gather(rounds, floors.floor_of, readings.unit_of))
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
            text = readme.read().splitlines()
        self.assertIn(lines[0], text)
        there = next(line for line in text if line.startswith("sync             200"))
        self.assertEqual([len(lines[1]), len(lines)], [len(there), 2])


class WholeRuns(unittest.TestCase):
    """The runner itself, with a benchmark that counts how often it was run."""

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        bench = os.path.join(self.place.name, "bench")
        os.mkdir(bench)
        self.program("bench_run", """#!/bin/sh
echo x >>"$0.count"
n=$(wc -l <"$0.count")
echo '{"benchmarks": [{"name": "run_chain/5", "real_time": '$n', "time_unit": "us"}]}'
""")

    def program(self, name, text):
        path = os.path.join(self.place.name, "bench", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def run_it(self, *arguments):
        at = self.place.name
        return subprocess.run(
            [sys.executable, "-B", RUNNER, "--build", at, "--shelf", os.path.join(at, "shelf"),
             "--baseline", os.path.join(at, "baseline.json"), *arguments],
            env={k: v for k, v in os.environ.items() if k != "PITWALL_BENCH_DIR"},
            capture_output=True, text=True, check=False)

    def test_a_run_is_kept_and_later_ones_are_compared_with_it(self):
        first = self.run_it("--only", "^run$", "--rounds", "3", "--save", "one")
        self.assertEqual(first.returncode, 0, first.stderr)
        shelf = stored.Shelf(os.path.join(self.place.name, "shelf"), "")
        kept = shelf.find("LAST")
        self.assertEqual(kept, shelf.find("one"))
        self.assertEqual(kept["figures"]["run/run_chain/5/us"]["values"], [1, 2, 3])
        self.assertTrue(kept["machine"]["cpu"])
        self.assertNotIn("Stored run", first.stdout)
        second = self.run_it("--only", "^run$", "--rounds", "3", "--against", "one")
        self.assertIn("+150 % WORSE", second.stdout)
        shown = self.run_it("--show", "one", "--against", "LAST")
        self.assertIn("-60 % better", shown.stdout)
        self.assertEqual(self.run_it("--show", "nothing").returncode, 66)

    def test_the_baseline_is_what_runs_are_compared_with(self):
        self.run_it("--only", "^run$", "--rounds", "3")
        at = self.place.name
        shutil.copy(os.path.join(at, "shelf", "LAST.json"), os.path.join(at, "baseline.json"))
        self.assertIn("+150 % WORSE", self.run_it("--only", "^run$", "--rounds", "3").stdout)

    def test_a_part_is_no_baseline(self):
        done = self.run_it("--only", "^run$", "--rounds", "3", "--as-baseline")
        self.assertEqual(done.returncode, 2)
        self.assertIn("all measures", done.stderr)

    def test_a_run_that_is_the_same_has_not_changed(self):
        self.run_it("--only", "^run$", "--rounds", "3")
        self.assertIn(" +0 %\n", self.run_it("--show", "LAST", "--against", "LAST").stdout)

    def test_what_fails_is_said_and_is_no_baseline(self):
        self.program("bench_storage", "#!/bin/sh\necho broken >&2\nexit 3\n")
        done = self.run_it("--rounds", "1", "--as-baseline")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bench_storage --benchmark_format=json --benchmark_min_time=0.05 ended with 3"
                      "\nbroken", done.stderr)
        self.assertIn("floor FAILED: ", done.stderr)
        self.assertIn("run/run_chain/5/us", done.stdout)
        self.assertFalse(os.path.exists(os.path.join(self.place.name, "baseline.json")))

    def test_what_has_an_objection_fails_and_its_figures_stay(self):
        self.program("bench_run", """#!/bin/sh
echo '{"benchmarks": [{"name": "a", "real_time": 7, "time_unit": "us"}]}'
exit 2
""")
        done = self.run_it("--only", "^run$", "--rounds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("FAILED: run", done.stderr)
        self.assertIn("run/a/us", done.stdout)

    def test_a_measure_that_is_none_is_refused(self):
        self.assertEqual(self.run_it("--only", "nothing").returncode, 64)


class Stored(unittest.TestCase):
    def test_a_run_is_read_as_it_was_written_a_figure_a_line(self):
        result = stored.rounded({"began": "now", "machine": {"cores": 2},
                                 "figures": run_of([1.0, 2.0, 3.0], floor=[3.0, 3.0, 3.0])})
        text = stored.text_of(result)
        self.assertEqual(json.load(io.StringIO(text))["figures"]["a/us"]["median"], 2)
        self.assertEqual(sum(line.startswith('"') for line in text.splitlines()), 4)
        self.assertIn("0.33333,", text)


if __name__ == "__main__":
    PITWALL = sys.argv.pop(1)
    unittest.main()
