"""Rules and dashboards use only metrics that exist, by labels that they have."""

import re
import unittest

import reading


class Names(unittest.TestCase):
    def test_every_metric_exists(self):
        metrics = reading.known()
        for path, text in reading.texts().items():
            names = {reading.metric_of(name, metrics) for name in reading.METRIC.findall(text)}
            self.assertEqual(names - metrics.keys(), set(), f"{path}: not in docs/TELEMETRY.md")

    def test_every_recorded_series_has_its_rule(self):
        for path, text in reading.texts().items():
            if not path.startswith("docs/"):
                unknown = set(reading.RECORDED.findall(reading.without_comments(text))) - reading.recorded()
                self.assertEqual(unknown, set(), f"{path}: no rule records it")

    def test_every_recorded_series_is_used(self):
        texts = "\n".join(reading.texts().values())
        unused = [name for name in reading.recorded() if len(re.findall(re.escape(name) + r"\b", texts)) < 2]
        self.assertEqual(unused, [])

    def test_what_has_come_is_no_longer_expected(self):
        self.assertEqual(reading.TO_COME.keys() & reading.documented().keys(), set(), "take it out of TO_COME")
        used = set(reading.METRIC.findall("\n".join(reading.texts().values())))
        self.assertEqual(reading.TO_COME.keys() - used, set(), "nothing uses it: take it out of TO_COME")

    def test_metrics_are_chosen_by_labels_that_they_have(self):
        metrics = reading.known()
        for path, text in reading.texts().items():
            # In JSON the quotes are escaped.
            for name, selector in reading.SELECTOR.findall(text.replace('\\"', '"')):
                metric = reading.metric_of(name, metrics)
                if metric in metrics:
                    used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', selector)))
                    allowed = {*metrics[metric][1], *reading.LABELS_OF_PROMETHEUS}
                    self.assertEqual(used - allowed, set(), f"{path}: {name}{{{selector}}}")

    def test_the_table_is_read(self):
        metrics = reading.documented()
        self.assertEqual(metrics["wrapup_commits_total"], ("counter", ["outcome"]))
        self.assertEqual(metrics["wrapup_restore_duration_seconds"], ("histogram", []))
        rows = (reading.ROOT / "docs/TELEMETRY.md").read_text(encoding="utf-8").count("\n| `wrapup_")
        self.assertEqual(len(metrics), rows)


if __name__ == "__main__":
    unittest.main()
