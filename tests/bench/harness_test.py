"""The harness's arithmetic, tables and readers, without running anything but a shell or two."""

import pathlib
import re
import sys
import tempfile
import time
import unittest

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TREE / "bench"))

from harness import report, table  # noqa: E402
from harness.bars import BARS  # noqa: E402
from harness.cases import CASES  # noqa: E402
from harness.cases.net import read_wrk  # noqa: E402
from harness.context import Case  # noqa: E402
from harness.figures import Bar, Metric, percentile, ratio, summarise  # noqa: E402
from harness.lines import bare, figure, figures  # noqa: E402
from harness.peers.moonward import toml_table  # noqa: E402
from harness.processes import Child, Failure, run  # noqa: E402
from harness.profile_parts import OTHER, part_of  # noqa: E402
from harness.runner import interleave, measure  # noqa: E402

RATE = Metric("rate", "1/s", True, "")
LATE = Metric("late", "ms", False, "")


def case(name="c", metrics=(RATE,), peers=("moonward", "other"), run_on=None):
    return Case(name, "", tuple(metrics), {peer: run_on or (lambda context: {}) for peer in peers})


class Figures(unittest.TestCase):
    def test_a_summary_is_the_median_and_the_extremes(self):
        summary = summarise([5, 1, 100, 3, 4])
        self.assertEqual((summary.median, summary.least, summary.most, summary.runs), (4, 1, 100, 5))

    def test_the_median_of_an_even_number_of_runs_lies_between(self):
        self.assertEqual(summarise([1, 2, 4, 8]).median, 3)

    def test_the_spread_is_in_percent_of_the_median(self):
        self.assertAlmostEqual(summarise([90, 100, 120]).spread_percent, 30)

    def test_nothing_measured_is_no_summary(self):
        with self.assertRaises(ValueError):
            summarise([])
        with self.assertRaises(ValueError):
            summarise([float("nan")])

    def test_a_ratio_to_nothing_is_none(self):
        self.assertIsNone(ratio(3, 0))
        self.assertEqual(ratio(3, 2), 1.5)

    def test_percentiles_are_those_of_the_nearest_rank(self):
        values = list(range(1, 101))
        self.assertEqual(percentile(values, 50), 50)
        self.assertEqual(percentile(values, 99), 99)
        self.assertEqual(percentile(values, 100), 100)
        self.assertEqual(percentile([7], 1), 7)


class Bars(unittest.TestCase):
    def test_a_bar_is_cleared_at_its_limit_and_not_beyond(self):
        self.assertTrue(Bar("rate", ">=", 6, "other").clears(6))
        self.assertFalse(Bar("rate", ">=", 6, "other").clears(5.99))
        self.assertTrue(Bar("late", "<=", 2).clears(2))
        self.assertFalse(Bar("late", "<=", 2).clears(2.01))

    def test_a_relation_that_is_none_is_refused(self):
        with self.assertRaises(ValueError):
            Bar("rate", ">", 6)

    def test_every_bar_is_of_a_metric_that_is_measured_on_its_peer(self):
        metrics = {metric.name: item for item in CASES for metric in item.metrics}
        for bar in BARS:
            self.assertIn(bar.metric, metrics)
            self.assertIn("moonward", metrics[bar.metric].runs)
            if bar.peer:
                self.assertIn(bar.peer, metrics[bar.metric].runs, bar.metric)

    def test_names_of_metrics_and_cases_are_unique(self):
        names = [metric.name for item in CASES for metric in item.metrics]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len(CASES), len({item.name for item in CASES}))


class Rows(unittest.TestCase):
    def rows(self, samples, bars, metrics=(RATE,)):
        return table.rows([case(metrics=metrics)], samples, ("moonward", "other"), bars)

    def test_a_ratio_is_ours_over_theirs_and_decides_the_bar(self):
        samples = {("rate", "moonward"): [10, 30, 20], ("rate", "other"): [4, 5, 6]}
        row, = self.rows(samples, [Bar("rate", ">=", 4, "other")])
        self.assertEqual((row.ratio, row.verdict), (4, table.MET))
        row, = self.rows(samples, [Bar("rate", ">=", 4.1, "other")])
        self.assertEqual(row.verdict, table.MISSED)

    def test_a_bar_without_a_peer_is_about_the_value(self):
        samples = {("late", "moonward"): [3, 3], ("late", "other"): [1, 1]}
        alone, against = self.rows(samples, [Bar("late", "<=", 2)], (LATE,))
        self.assertEqual((alone.peer, alone.verdict), (None, table.MISSED))
        self.assertEqual((against.peer, against.ratio, against.verdict), ("other", 3, ""))

    def test_what_says_nothing_beside_a_peer_has_one_row(self):
        metric = Metric("count", "services", True, "", compared=False)
        samples = {("count", "moonward"): [7], ("count", "other"): [7]}
        self.assertEqual([row.peer for row in self.rows(samples, [], (metric,))], [None])

    def test_what_could_not_be_run_is_told(self):
        row, = self.rows({("rate", "other"): [1]}, [Bar("rate", ">=", 4, "other")])
        self.assertEqual(row.verdict, table.FAILED)
        row, = self.rows({("rate", "moonward"): [1]}, [Bar("rate", ">=", 4, "other")])
        self.assertEqual(row.verdict, table.FAILED)
        self.assertEqual(table.count([row]), {table.MET: 0, table.MISSED: 0, table.FAILED: 1})

    def test_a_peer_that_was_not_asked_for_has_no_row(self):
        found = table.rows([case()], {("rate", "moonward"): [1]}, ("moonward",), [Bar("rate", ">=", 4, "other")])
        self.assertEqual([(row.peer, row.bar) for row in found], [(None, None)])

    def test_the_text_fits_100_columns_and_has_every_verdict(self):
        samples = {("rate", "moonward"): [123456], ("rate", "other"): [1234]}
        lines = table.text(self.rows(samples, [Bar("rate", ">=", 4, "other")])).split("\n")
        self.assertTrue(all(len(line) <= 100 for line in lines))
        self.assertRegex(lines[1], r"^rate +123 k/s +123\.\.123 k/s +other +1\.23 k/s +100\.05x +>= 4x +met$")

    def test_markdown_has_the_same_number_of_cells_in_each_row(self):
        samples = {("rate", "moonward"): [1], ("rate", "other"): [2]}
        lines = table.markdown(self.rows(samples, [Bar("rate", ">=", 4, "other")])).split("\n")
        self.assertEqual({line.count("|") for line in lines}, {10})
        self.assertIn("**missed**", lines[2])


class Numbers(unittest.TestCase):
    def test_three_digits_and_a_unit(self):
        self.assertEqual(table.number(1234567, "1/s"), "1.23 M/s")
        self.assertEqual(table.number(45678, "1/s"), "45.7 k/s")
        self.assertEqual(table.number(0.25, "ms"), "0.250 ms")
        self.assertEqual(table.number(1500, "us"), "1.50 ms")
        self.assertEqual(table.number(4_101_421, "ns"), "4.10 ms")
        self.assertEqual(table.number(50000, "services"), "50000")
        self.assertEqual(table.number(0.0123, "ms"), "0.0123 ms")
        self.assertEqual(table.number(None, "ms"), "-")

    def test_extremes_name_the_unit_once_if_it_is_the_same(self):
        self.assertEqual(table.extremes(summarise([0.5, 2]), "ms"), "0.500..2.00 ms")
        self.assertEqual(table.extremes(summarise([900_000, 1_100_000]), "1/s"), "900 k/s..1.10 M/s")


class Lines(unittest.TestCase):
    def test_a_figure_is_a_name_a_value_and_a_unit(self):
        self.assertEqual(figure("call_1 512537 1/s"), ("call_1", 512537.0, "1/s"))
        self.assertEqual(figure("timers 1.5e-05 ms"), ("timers", 1.5e-05, "ms"))
        self.assertIsNone(figure("done"))
        self.assertIsNone(figure("[:00000008] LAUNCH snlua main"))

    def test_what_a_log_puts_before_it_is_taken_off(self):
        line = "2026-01-02T03:04:05.678Z bench/main :0000000a print call_1 7 1/s"
        self.assertEqual(figure(line), ("call_1", 7.0, "1/s"))
        self.assertEqual(bare(line), "call_1 7 1/s")
        self.assertEqual(bare("done"), "done")

    def test_a_wrong_unit_is_a_failure_and_other_names_are_left(self):
        self.assertEqual(figures(["a 1 ms", "b 2 ms"], {"a": "ms"}), {"a": 1.0})
        with self.assertRaises(Failure):
            figures(["a 1 s"], {"a": "ms"})

    def test_wrk_is_read_whatever_its_units(self):
        text = "  99%    5.76ms\n  1 requests\nNon-2xx or 3xx responses: 3\nRequests/sec:  12834.50\n"
        self.assertEqual(read_wrk(text), (12834.5, 5760.0, 3))
        self.assertEqual(read_wrk("99%  310.00us\nRequests/sec: 9.00")[1], 310.0)
        with self.assertRaises(Failure):
            read_wrk("unable to connect")

    def test_toml_has_each_kind_of_value(self):
        text = toml_table("a.b", on=True, number=2, share=0.5, text='q"', names=["x", "y"])
        self.assertEqual(text, '\n[a.b]\non = true\nnumber = 2\nshare = 0.5\ntext = "q\\""\nnames = ["x", "y"]\n')


class Runs(unittest.TestCase):
    def test_peers_take_turns_within_a_round(self):
        order = [(number, item.name, peer)
                 for number, item, peer in interleave([case("a"), case("b")], ("moonward", "other"), 2)]
        self.assertEqual(order[:4], [(1, "a", "moonward"), (1, "a", "other"), (1, "b", "moonward"), (1, "b", "other")])
        self.assertEqual([number for number, _, _ in order], [1] * 4 + [2] * 4)

    def test_a_failure_is_told_once_and_the_rest_goes_on(self):
        def broken(_):
            raise Failure("no")

        cases = [case("bad", peers=("moonward",), run_on=broken),
                 case("good", peers=("moonward",), run_on=lambda _: {"rate": 2.0})]
        samples, failures = measure(cases, ("moonward",), 3, None, lambda _: None)
        self.assertEqual(samples, {("rate", "moonward"): [2.0, 2.0, 2.0]})
        self.assertEqual(failures, [("bad", "moonward", "no")])


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def child(self, script, **options):
        return Child(["sh", "-c", script], "sh", self.folder, self.folder, **options)

    def test_lines_come_up_to_the_one_that_is_waited_for(self):
        with self.child("echo a; echo b; echo c") as child:
            self.assertEqual(list(child.until(lambda line: line == "b", time.monotonic() + 30)), ["a", "b"])

    def test_each_line_has_the_instant_of_its_coming(self):
        with self.child("echo a; read _; echo b") as child:
            before = time.monotonic()
            self.assertEqual(child.line(before + 30), "a")
            first = child.arrived
            self.assertEqual(child.line(before + 30), "b")
            self.assertLessEqual(first, child.arrived)
            self.assertIsNone(child.line(before + 30))

    def test_an_early_end_quotes_the_last_errors(self):
        with self.child("echo out of luck >&2; exit 3") as child:
            with self.assertRaisesRegex(Failure, "ended early: out of luck"):
                child.expect("ready", time.monotonic() + 30)

    def test_silence_fails_at_the_deadline(self):
        with self.child("exec sleep 600") as child:
            with self.assertRaisesRegex(Failure, "within its time"):
                child.line(time.monotonic())

    def test_a_child_is_gone_after_its_block(self):
        with self.child("exec sleep 600") as child:
            self.assertGreater(child.resident_bytes(), 0)
        self.assertIsNotNone(child.process.returncode)
        with self.assertRaises(Failure):
            child.resident_bytes()

    def test_a_program_that_is_not_there_is_a_failure(self):
        with self.assertRaises(Failure):
            run(["/nowhere/program"], "program", 5)
        with self.assertRaisesRegex(Failure, "exit code 4: oh"):
            run(["sh", "-c", "echo oh >&2; exit 4"], "sh", 5)


class Reports(unittest.TestCase):
    def test_the_section_between_the_markers_is_replaced(self):
        begin, end = report.markers("bench")
        text = f"head\n{begin}\nold\n{end}\ntail\n"
        self.assertEqual(report.replace_section(text, "bench", "new"), f"head\n{begin}\n\nnew\n\n{end}\ntail\n")

    def test_a_file_without_its_markers_is_refused(self):
        begin, end = report.markers("bench")
        for text in ("nothing", f"{end} {begin}", f"{begin}{begin}{end}"):
            with self.assertRaises(ValueError):
                report.replace_section(text, "bench", "new")

    def test_the_page_has_every_section(self):
        report.check_file(TREE / "docs" / "performance.md")

    def test_micro_benchmarks_are_told_by_name_and_time(self):
        rows = [{"name": "arena_drop/700000/iterations:7/manual_time", "real_time": 1.25, "time_unit": "ms"},
                {"name": "codec/encode_call/0", "real_time": 27.4, "time_unit": "ns"}]
        self.assertEqual(report.micro_markdown(rows).split("\n")[2:],
                         ["| `arena_drop/700000` | 1.25 ms |", "| `codec/encode_call/0` | 27.4 ns |"])

    def test_every_workload_that_is_named_is_there(self):
        named = set(re.findall(r'(?:newservice|require)\(? ?"(\w+)"', "".join(
            file.read_text() for file in (TREE / "bench" / "workloads").glob("*.lua"))))
        files = {file.stem for file in (TREE / "bench" / "workloads").glob("*.lua")}
        self.assertEqual(named - files, {"skynet"})


class Profile(unittest.TestCase):
    def test_what_is_inlined_from_the_library_belongs_to_its_caller(self):
        frames = [("/usr/include/c++/12/bits/atomic_base.h", "load"), ("/src/host/bus/mailbox.cpp", "push")]
        self.assertEqual(part_of(frames, "/x/moonward"), ("bus", "push"))

    def test_parts_are_told_by_file(self):
        self.assertEqual(part_of([("/lua-5.4/src/lvm.c", "luaV_execute")], "/x/moonward")[0], "Lua")
        self.assertEqual(part_of([("/src/sandbox/memory/arena.cpp", "f")], "/x/moonward")[0], "arena")
        self.assertEqual(part_of([("", "schedule")], "[kernel.kallsyms]"), ("kernel", "schedule"))
        self.assertEqual(part_of([("", "f")], "/x/moonward")[0], OTHER)


if __name__ == "__main__":
    unittest.main()
