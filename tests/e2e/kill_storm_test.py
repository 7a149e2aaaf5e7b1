"""Twenty thousand kills at random instants, beside a tenant that must lose nothing."""

import os
import pathlib
import re
import shutil
import unittest

import support

HERE = pathlib.Path(__file__).parent
# Sanitizers make a kill ten times as dear; they see in a few thousand what there is to see.
KILLS = int(os.environ.get("MOONWARD_STORM_KILLS", "20000"))


class KillStorm(support.Scratch):
    def test_no_kill_at_any_instant_harms_another_tenant(self):
        shutil.copytree(HERE / "kill_storm", self.folder / "storm")
        # A library function without end can be left where signals come at once: see support.TSAN.
        self.write("storm/victims/plan.lua",
                   f"return {{ kills = {KILLS}, endless_calls = {str(not support.TSAN).lower()} }}\n")
        host = support.Host(self, self.folder / "storm" / "storm.toml")
        support.wait_for(lambda: host.text().count("storm over") == 2 or host.process.poll() is not None,
                         "the end of the storm", deadline=900)
        self.assertIsNone(host.process.poll(), host.text()[-2000:])
        counts = [int(n) for n in re.findall(r"exchanged\s+(\d+)", host.text())]

        # Every call to a victim has ended, or the storms would not be over.
        ends = re.findall(r"storm over\s+(\d+)", host.text())
        self.assertGreaterEqual(sum(int(killed) for killed in ends), KILLS)

        # The good tenant went on all the time, and none of its messages was lost or doubled.
        self.assertGreater(len(counts), 2)
        self.assertEqual(counts, sorted(counts), "the exchange began anew")
        self.assertGreater(counts[-1], counts[0])
        if not support.TSAN:  # there half a second may pass without one exchange
            self.assertEqual(len(counts), len(set(counts)), "the exchange stood still")
        good = [line for line in host.text().splitlines() if " good/" in line]
        self.assertFalse([line for line in good if " error " in line], good[-5:])

        # What is left is what was there: the victims' memory has been given back.
        support.wait_for(lambda: len(host.services("victims")) <= 3, "the last victims to go")
        host.signal()
        self.assertEqual(host.wait(), 0)


if __name__ == "__main__":
    unittest.main()
