"""What make scan says about lists and databases, whole ones and broken ones, of the shape of osv.dev's exports."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import zipfile

SCAN = pathlib.Path(__file__).resolve().parent.parent / "scan"
LOG4J = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar"


def report(name="org.apache.logging.log4j:log4j-core", **other):
    affected = {"package": {"ecosystem": "Maven", "name": name}, "versions": ["2.14.0", "2.14.1"]}
    return {"id": "GHSA-jfh8-c2jp-5v3q", "affected": [affected], **other}


class Scan(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bom = pathlib.Path(folder.name, "bom.json")
        self.database = pathlib.Path(folder.name, "all.zip")
        self.components(LOG4J, "pkg:maven/a%2Bb/c@1.0%2B2?type=jar", "pkg:pypi/ziglang@0.13.0")

    def components(self, *purls):
        self.bom.write_text(json.dumps({"components": [{"purl": purl} for purl in purls] + [{"name": "pause"}]}))

    def reports(self, *reports):
        with zipfile.ZipFile(self.database, "w") as archive:
            for number, text in enumerate(reports):
                archive.writestr(f"GHSA-{number}.json", text if isinstance(text, str) else json.dumps(text))

    def scan(self):
        environment = {**os.environ, "OSV_MAVEN": str(self.database), "SBOM": str(self.bom)}
        done = subprocess.run([SCAN], env=environment, capture_output=True, text=True)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def finds(self, *lines):
        done = self.scan()
        self.assertEqual((done.stdout.splitlines(), done.stderr), ([*lines], ""))
        self.assertEqual(done.returncode, 0 if len(lines) == 1 else 1)

    def scans_nothing(self, why):
        done = self.scan()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(why, done.stderr)
        self.assertTrue(done.stderr.endswith(" Nothing was scanned.\n"), done.stderr)

    def test_what_is_known_is_told(self):
        self.reports(report(), report("a+b:c", id="GHSA-other"))
        self.finds(
            "org.apache.logging.log4j:log4j-core 2.14.1: GHSA-jfh8-c2jp-5v3q",
            "2 jars, 1 of them with known vulnerabilities",
        )

    def test_names_and_versions_are_read_as_they_are_meant(self):
        self.reports(report("a+b:c", affected=[{"package": {"name": "a+b:c"}, "versions": ["1.0+2"]}]))
        self.finds("a+b:c 1.0+2: GHSA-jfh8-c2jp-5v3q", "2 jars, 1 of them with known vulnerabilities")

    def test_other_versions_others_jars_and_what_was_withdrawn_are_no_matter(self):
        self.components("pkg:maven/org.apache.logging.log4j/log4j-core@2.25.0")
        self.reports(report(), report("other:jar"), report(withdrawn="2024-01-01T00:00:00Z"), {"id": "without affected"})
        self.finds("1 jars, 0 of them with known vulnerabilities")

    def test_a_report_that_lists_no_versions_is_told_and_not_taken_for_none(self):
        self.reports(report(affected=[{"package": {"name": "a+b:c"}, "ranges": [{"type": "ECOSYSTEM"}]}]))
        self.finds(
            "a+b:c 1.0+2: GHSA-jfh8-c2jp-5v3q (lists no versions)", "2 jars, 1 of them with known vulnerabilities"
        )

    def test_without_a_database(self):
        self.scans_nothing("No vulnerability data: set OSV_MAVEN")

    def test_a_database_without_reports(self):
        self.reports()
        self.scans_nothing("all.zip holds no report.")

    def test_a_database_that_is_empty_or_cut_off(self):
        self.reports(report())
        whole = self.database.read_bytes()
        for size in (0, len(whole) // 2):
            self.database.write_bytes(whole[:size])
            self.scans_nothing("can't be read as a zip archive")

    def test_a_database_that_was_damaged_on_its_way(self):
        self.reports(report())
        self.database.write_bytes(self.database.read_bytes().replace(b"log4j-core", b"log4j-bore"))
        self.scans_nothing("can't be read as a zip archive")

    def test_a_report_that_is_none(self):
        for text in ("", "{", "[]", "7", '{"affected": [{"versions": ["1"]}], "id": "x"}', '{"affected": {"a": "b"}}'):
            self.reports(report(), text)
            self.scans_nothing("GHSA-1.json in ")

    def test_without_a_list(self):
        self.reports(report())
        self.bom.unlink()
        self.scans_nothing("No list of components: make sbom comes first.")

    def test_a_list_that_is_none(self):
        self.reports(report())
        for text in ("", "[]", "{}", '{"components": [{"purl": "pkg:maven/without-version"}]}'):
            self.bom.write_text(text)
            self.scans_nothing("is no CycloneDX list")

    def test_a_list_without_jars(self):
        self.reports(report())
        self.components()
        self.scans_nothing("lists no jar.")


if __name__ == "__main__":
    unittest.main()
