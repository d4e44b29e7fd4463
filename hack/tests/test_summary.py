"""What the last lines of make verify say about the reports of Maven and of Go."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SUMMARY = pathlib.Path(__file__).resolve().parent.parent / "summary"


class Summary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "hack").mkdir()
        shutil.copy(SUMMARY, self.root / "hack/summary")

    def report(self, name, text):
        file = self.root / "target" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def go(self, *events):
        self.report("go-reports/plugin.json", "".join(json.dumps(event) + "\n" for event in events))

    def says(self, exit_code, *lines):
        done = subprocess.run(["python3", self.root / "hack/summary"], capture_output=True, text=True)
        self.assertEqual((done.stdout.splitlines(), done.returncode), ([*lines], exit_code), done.stderr)

    def test_counts_the_tests_of_both(self):
        self.report("surefire-reports/TEST-a.xml", '<testsuite name="ATest"><testcase name="one"/></testsuite>')
        self.go(
            {"Action": "pass", "Package": "p", "Test": "TestOne/part"},
            {"Action": "pass", "Package": "p", "Test": "TestOne"},
            {"Action": "skip", "Package": "p", "Test": "TestTwo"},
            {"Action": "pass", "Package": "p"},
        )
        self.says(
            0,
            "unit and route tests            1 passed    0 failed    0 skipped",
            "tests of the plugin             1 passed    0 failed    1 skipped",
            "2 passed, 0 failed, 1 skipped",
        )

    def test_shows_what_a_failed_test_said(self):
        self.go(
            {"Action": "output", "Package": "p", "Test": "TestOne", "Output": "    one_test.go:7: not so\n"},
            {"Action": "fail", "Package": "p", "Test": "TestOne"},
            {"Action": "fail", "Package": "p"},
        )
        self.says(
            1,
            "failed: p.TestOne",
            "    one_test.go:7: not so",
            "tests of the plugin             0 passed    1 failed    0 skipped",
            "0 passed, 1 failed, 0 skipped",
        )

    def test_counts_a_package_that_does_not_compile_as_failed(self):
        self.go(
            {"Action": "build-output", "ImportPath": "p", "Output": "one.go:7: undefined: x\n"},
            {"Action": "build-fail", "ImportPath": "p"},
            {"Action": "fail", "Package": "p", "FailedBuild": "p"},
        )
        self.says(
            1,
            "failed: p.",
            "    one.go:7: undefined: x",
            "tests of the plugin             0 passed    1 failed    0 skipped",
            "0 passed, 1 failed, 0 skipped",
        )

    def test_fails_when_nothing_ran(self):
        self.says(1, "0 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
