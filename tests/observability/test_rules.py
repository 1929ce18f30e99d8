"""Every alert says how bad it is and what to look at, has its section in the runbook, and is tested both ways."""

import re
import unittest

import reading


def said(text, key):
    """The text of an annotation, on one line or folded."""
    found = re.search(rf"^          {key}: (?:>-\n((?: {{12}}.*\n)+)|(.*)\n)", text, re.MULTILINE)
    return " ".join((found[1] or found[2]).split()) if found else ""


class Rules(unittest.TestCase):
    def test_every_alert_says_what_is_wrong_and_what_to_look_at_first(self):
        self.assertGreater(len(reading.alerts()), 20)
        for name, text in reading.alerts().items():
            with self.subTest(name):
                self.assertRegex(text, r"labels: \{ severity: (critical|warning), area: (processor|contact-center) \}\n")
                self.assertGreater(len(said(text, "summary")), 20)
                self.assertRegex(said(text, "description"), r"(?i)\blook first\b")
                self.assertEqual(said(text, "runbook"), f"docs/RUNBOOK.md#{name.lower()}")

    def test_the_runbook_has_a_section_for_every_alert_and_for_no_other(self):
        sections = re.split(r"^### ", reading.RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        sections = {section.split("\n", 1)[0]: section for section in sections}
        self.assertEqual(list(sections), list(reading.alerts()), "in the order of the rules")
        for name, section in sections.items():
            with self.subTest(name):
                for part in ["**It means**", "**Look first**", "**Do**"]:
                    self.assertEqual(section.count(part), 1, part)

    def test_every_alert_is_seen_to_fire_and_to_be_silent(self):
        tests = "\n".join(file.read_text(encoding="utf-8") for file in sorted((reading.RULES / "tests").glob("*.yml")))
        for name, text in reading.alerts().items():
            with self.subTest(name):
                query = rf'- expr: ALERTS{{alertname="{name}", alertstate="firing"}}\n +eval_time: \w+\n +exp_samples:'
                self.assertRegex(tests, query + r" \[\]\n", "a state in which it is silent")
                fires = re.search(query + r"\n +- labels: ALERTS\{(.*)\}\n +value: 1\n", tests)
                self.assertIsNotNone(fires, "a state in which it fires")
                has = set(re.findall(r'(\w+)="', fires[1]))
                named = set(re.findall(r"\$labels\.(\w+)", text))
                self.assertEqual(named - has, set(), "labels that it has no more when it fires")


if __name__ == "__main__":
    unittest.main()
