"""What a soak run is judged by."""

import pathlib
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent / "bench"), str(TESTS)]

from harness import hostile  # noqa: E402
from soak.checks import Sample, alarms, differences, growth_percent  # noqa: E402


def samples(resident, seconds=100):
    return [Sample(at, resident(at), 20) for at in range(seconds)]


class Memory(unittest.TestCase):
    def test_what_stays_the_same_is_flat(self):
        self.assertEqual(growth_percent(samples(lambda at: 1000), 100), 0)

    def test_growth_shows(self):
        self.assertAlmostEqual(growth_percent(samples(lambda at: 1000 + at * 10), 100), 45, delta=8)

    def test_the_warm_up_doesnt_count(self):
        self.assertEqual(growth_percent(samples(lambda at: 1000 if at >= 20 else at), 100), 0)

    def test_a_single_peak_is_no_growth(self):
        self.assertEqual(growth_percent(samples(lambda at: 9000 if at == 90 else 1000), 100), 0)

    def test_too_few_samples_tell_nothing(self):
        self.assertIsNone(growth_percent(samples(lambda at: 1000, 3), 3))


class Log(unittest.TestCase):
    def test_what_the_host_complains_of_alarms(self):
        for line in ("2026-01-01T00:00:00.000Z host error bug: a function of the thread role io",
                     "seccomp violation: role worker called openat (257)",
                     "moonward: fatal: a memory fault outside any script's stack",
                     "terminate called after throwing an instance of 'std::bad_alloc'",
                     "2026-01-01T00:00:00.000Z good/caller :00000003 error call failed: 1",
                     "2026-01-01T00:00:00.000Z host warn  killed tenant=good service=echo address=:00000004 verdict=memory"):
            self.assertEqual(alarms([line]), [line])

    def test_what_a_tenant_says_or_suffers_does_not(self):
        self.assertEqual(alarms([
            "2026-01-01T00:00:00.000Z hostile_1/100_rep :00000003 print fatal host bug: violation",
            "2026-01-01T00:00:00.000Z host warn  killed tenant=hostile_1 service=a address=:00000004 verdict=memory",
            "    a.lua:3 in fatal",
            "2026-01-01T00:00:00.000Z good/main :00000001 print hello",
        ]), [])


class Counters(unittest.TestCase):
    def test_each_one_that_changed_is_told(self):
        self.assertEqual(differences({"a": 1, "b": 2}, {"a": 1, "b": 3}), ["b: 2 before, 3 after"])
        self.assertEqual(differences({"a": {"x": 1}}, {"a": {"x": 1}}), [])


class Hostile(unittest.TestCase):
    def test_every_attack_is_run_by_one_tenant(self):
        started = [name for tenant in hostile.tenants(4) for name in tenant.start]
        self.assertEqual(sorted(started), hostile.attacks())
        self.assertGreater(len(started), 100)

    def test_permissions_go_to_the_attacks_that_are_meant_to_have_them(self):
        *plain, armed = hostile.tenants(4)
        self.assertTrue(all(tenant.permissions == () for tenant in plain))
        self.assertIn("kill", armed.permissions)
        self.assertNotIn("all", armed.permissions)


if __name__ == "__main__":
    unittest.main()
