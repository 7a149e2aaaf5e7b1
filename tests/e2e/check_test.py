"""`moonward check`: every problem at once, with its place; else what is effective and where from."""

import unittest

from support import Scratch, moonward


class Check(Scratch):
    def check(self, text):
        return moonward("check", self.write("host.toml", text))

    def test_a_good_file_is_explained(self):
        self.write("scripts/main.lua", "")
        done = self.check('[tenants.acme]\nroot = "scripts"\nstart = ["main"]\ncpu = 0.5\n')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("tenant acme", done.stdout)
        self.assertIn("[tenants.acme] 4:", done.stdout)
        self.assertIn("built-in default", done.stdout)
        self.assertTrue(done.stdout.endswith("host.toml: ok\n"))
        for line in done.stdout.splitlines():
            if str(self.folder) not in line:
                self.assertLessEqual(len(line), 100)

    def test_all_problems_come_at_once_with_their_places(self):
        self.write("scripts/main.lua", "")
        done = self.check(
            '[host]\nworkrs = 2\n[tenants.acme]\nroot = "scripts"\nstart = ["main"]\n'
            'memory = 16\ncpu = "a lot"\n[tenants.acme.service]\nclass = "small"\n'
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        for place in (":2:", ":6:", ":7:", ":9:"):
            self.assertIn(f"host.toml{place}", done.stderr)
        self.assertIn("workers", done.stderr)
        self.assertIn("MiB", done.stderr)
        self.assertIn("4 problems found", done.stderr)

    def test_syntax_errors_and_odd_files(self):
        for text in ("[tenants", "a = ", "\0\1\2", '"', "[tenants.a]\nroot = 1\n", ""):
            done = self.check(text)
            self.assertEqual(done.returncode, 1, repr(text))
            self.assertIn("host.toml", done.stderr)
        missing = moonward("check", self.folder / "absent.toml")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("absent.toml", missing.stderr)
        self.assertEqual(moonward("check", self.folder).returncode, 1)

    def test_a_huge_file_is_refused(self):
        done = self.check("# " + "x" * 2_000_000 + "\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("host.toml", done.stderr)

    def test_a_service_without_a_file_is_a_problem(self):
        self.write("scripts/other.lua", "")
        done = self.check('[tenants.acme]\nroot = "scripts"\nstart = ["main"]\n')
        self.assertEqual(done.returncode, 1)
        self.assertIn('tenants.acme.start = "main": there is no main.lua', done.stderr)

    def test_the_file_that_ships_is_good(self):
        import os
        import pathlib

        source = pathlib.Path(os.environ.get("MOONWARD_SOURCE", pathlib.Path(__file__).parents[2]))
        done = moonward("check", source / "etc/moonward.toml")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
