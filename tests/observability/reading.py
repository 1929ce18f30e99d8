"""What the tests read: the table of telemetry, the rules and their tests, the dashboards, the runbook."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules"
DASHBOARDS = ROOT / "deploy/grafana/dashboards"
RUNBOOK = ROOT / "docs/RUNBOOK.md"

# Used already, and their labels; not yet in docs/TELEMETRY.md. What has come there must go from here: a test says so.
TO_COME = {}

# What Prometheus adds by itself.
LABELS_OF_PROMETHEUS = {"job", "instance", "le"}

METRIC = re.compile(r"\bwrapup_[a-z0-9_]+")
RECORDED = re.compile(r"\b[a-z_]+:[a-z0-9_]+:[a-z0-9_]+")
SELECTOR = re.compile(r"\b((?:[a-z_]+:)?wrapup[a-z0-9_:]*)\{([^}]*)\}")


def documented():
    """Name to kind and labels, as docs/TELEMETRY.md has them."""
    rows = re.findall(
        r"^\| `(wrapup_\w+)` \| (counter|gauge|histogram) \| \w* \| (.*?) \|",
        (ROOT / "docs/TELEMETRY.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows}


def known():
    """Name to kind and labels of all that may be used."""
    to_come = {name: ("counter" if name.endswith("_total") else "gauge", labels) for name, labels in TO_COME.items()}
    return {**to_come, **documented()}


def metric_of(name, metrics):
    """The metric that a series belongs to: those of a histogram have longer names."""
    plain = re.sub(r"_(bucket|sum|count)$", "", name)
    return plain if metrics.get(plain, ("",))[0] == "histogram" else name


def texts():
    """Everything in which names of metrics stand, by its path from the repository."""
    files = [*RULES.rglob("*.yml"), *DASHBOARDS.glob("*.json"), RUNBOOK]
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


def without_comments(text):
    return re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def recorded():
    """The names of the recording rules."""
    return set(re.findall(r"- record: (\S+)", rules_text()))


def rules_text():
    return "\n".join(without_comments(file.read_text(encoding="utf-8")) for file in sorted(RULES.glob("*.yml")))


def alerts():
    """Name to text of each alerting rule."""
    parts = re.split(r"^ +- (alert|record): (\S+)\n", rules_text(), flags=re.MULTILINE)
    return {name: text for kind, name, text in zip(parts[1::3], parts[2::3], parts[3::3]) if kind == "alert"}


def dashboards():
    """File name to content."""
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard):
    """All panels, also those folded into a row."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def expressions():
    """Every query of every panel: where it stands, and the query."""
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            for target in panel.get("targets", []):
                yield f"{name}: {panel['title']}: {target['refId']}", target["expr"]


def filled(expression):
    """The query as Grafana sends it when all is chosen."""
    return re.sub(r"\$\w+", ".*", expression.replace("$__rate_interval", "30s"))
