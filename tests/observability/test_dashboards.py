"""The dashboards can be loaded by any Grafana, and ask what can be answered."""

import itertools
import pathlib
import re
import subprocess
import tempfile
import unittest

import reading

VARIABLES_OF_GRAFANA = {"__rate_interval"}


def sources(value):
    """Every mention of a data source in a dashboard."""
    if isinstance(value, dict):
        if "datasource" in value:
            yield value["datasource"]
        for part in value.values():
            yield from sources(part)
    elif isinstance(value, list):
        for part in value:
            yield from sources(part)


def overlap(one, other):
    def apart(start, length):
        return one[start] + one[length] <= other[start] or other[start] + other[length] <= one[start]

    return not apart("x", "w") and not apart("y", "h")


class Dashboards(unittest.TestCase):
    def test_both_are_there(self):
        self.assertEqual(list(reading.dashboards()), ["contact-center.json", "operations.json"])

    def test_dashboards_and_panels_can_be_told_apart(self):
        identifiers = [dashboard["uid"] for dashboard in reading.dashboards().values()]
        self.assertEqual(len(set(identifiers)), len(identifiers))
        for name, dashboard in reading.dashboards().items():
            numbers = [panel["id"] for panel in reading.panels(dashboard)]
            self.assertEqual(len(set(numbers)), len(numbers), name)
            for panel in reading.panels(dashboard):
                queries = [target["refId"] for target in panel.get("targets", [])]
                self.assertEqual(len(set(queries)), len(queries), panel["title"])
                self.assertEqual(bool(queries), panel["type"] != "row", panel["title"])

    def test_links_lead_to_dashboards(self):
        targets = {f"/d/{dashboard['uid']}" for dashboard in reading.dashboards().values()}
        for dashboard in reading.dashboards().values():
            self.assertLessEqual({link["url"] for link in dashboard["links"]}, targets)

    def test_no_panel_lies_on_another(self):
        for dashboard in reading.dashboards().values():
            for one, other in itertools.combinations(dashboard["panels"], 2):
                self.assertFalse(overlap(one["gridPos"], other["gridPos"]), f"{one['title']}, {other['title']}")
            for panel in dashboard["panels"]:
                self.assertLessEqual(panel["gridPos"]["x"] + panel["gridPos"]["w"], 24, panel["title"])

    def test_the_data_source_is_a_variable(self):
        for dashboard in reading.dashboards().values():
            found = list(sources(dashboard))
            self.assertGreater(len(found), 10)
            for source in found:
                self.assertEqual(source, {"type": "prometheus", "uid": "${datasource}"})

    def test_variables_are_defined_and_used(self):
        for dashboard in reading.dashboards().values():
            defined = {variable["name"] for variable in dashboard["templating"]["list"]}
            text = str(dashboard)
            used = set(re.findall(r"\$\{?(\w+)", text)) - VARIABLES_OF_GRAFANA - {"__all"}
            self.assertEqual(used, defined)

    def test_queries_are_promql(self):
        rules = "\n".join(
            f"      - record: query:{number}\n        expr: {quoted(reading.filled(expression))}"
            for number, (_, expression) in enumerate(reading.expressions())
        )
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "queries.yml")
            file.write_text(f"groups:\n  - name: queries\n    rules:\n{rules}\n", encoding="utf-8")
            done = subprocess.run(
                [reading.ROOT / "deploy/local/prometheus", "promtool", "check", "rules", file],
                capture_output=True,
                text=True,
                check=False,
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def quoted(text):
    """As YAML has it."""
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    unittest.main()
