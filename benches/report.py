"""From the results of one run to a table, to what became of the targets, and to a plot."""

import html

HEAD = """# Benchmarks

<!-- Written by `make bench`. -->

"""

TOLD = """
Every figure is from the run named above, on one machine that the broker, the load generator and wrapup share. Only ratios
within a run mean something elsewhere. A *CPU second* is one of the measured process: user and system time of all its
threads, from the first event read to the last record made; compiling, connecting and loading are not in it. The ceilings
read the same topics from the same broker: `consume` does nothing with a record, `envelope` finds the CloudEvents attributes
and skips `data`, `decode` decodes and checks every event as wrapup does. Bytes of changelog and records are what the
broker keeps (LZ4, batch headers included), those of the store what the process wrote to its disk: log, tables, compactions.

Drains use one worker, a commit interval of 100 ms and 1 % late events unless the row says something else; about 20,000 chats
are open at a time, of eight partitions. All of it is done: records, and the metric snapshots of the second stage, up to the
last difference. A *difference* is what a commit of the first stage tells the second about one channel; a row of the second
stage is one (channel, dimension, id, window) that a commit of it changed, or one of its own kind. In the series of retained
chats one event in 51 is for a chat that was over long ago; their stores were left alone before until nothing was compacted
any more. By then the watermark is at the present, so their events are late, and no record falls due in them. Live traffic
comes from a generator on the same machine; lateness is from a timer's due time (by the watermark, which stands 5 s behind the
wall clock at the end of a partition) to the record's arrival at a read-committed consumer.

What was profiled and changed is in [LOG.md](LOG.md).
"""


def number(value):
    return "–" if value is None else f"{value:,.0f}"


def line(result):
    """A result in one line, for who is waiting."""
    skip = ("series", "variant")
    figures = ", ".join(f"{key} {value:,.1f}" if isinstance(value, float) else f"{key} {value}"
                        for key, value in result.items() if key not in skip)
    return f"{result['series']} {result['variant']}: {figures}"


def of(results, series):
    return {result["variant"]: result for result in results if result["series"] == series}


def table(head, rows):
    if not rows:
        return ""
    parts = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(parts + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def drains(results):
    """Every series that is a drain, with its ratio to the ceiling."""
    envelope = of(results, "drain").get("envelope")
    rows = []
    for result in results:
        if "per_cpu_second" not in result:
            continue
        share = f"{result['per_cpu_second'] / envelope['per_cpu_second']:.0%}" if envelope else "–"
        memory = f"{result['peak_rss'] / (1 << 20):,.0f}" if "peak_rss" in result else "–"
        rows.append([f"{result['series']}: {result['variant']}", number(result["events"]), number(result["per_second"]),
                     number(result["per_cpu_second"]), share, memory,
                     *(number(result.get(f"{what}_per_event")) for what in ("changelog", "records", "store"))])
    head = ["series", "events", "events/s", "events per CPU s", "of `envelope`", "peak MiB", "changelog B/event",
            "records B/event", "store B/event"]
    return table(head, rows)


def lives(results):
    rows = [[variant, number(r["rate"]), number(r["asked"]), number(r["records"]), number(r["p50_ms"]), number(r["p99_ms"]),
             number(r["max_ms"]), number(r["changelog_per_event"]), number(r["changelog_raw_per_event"])]
            for variant, r in of(results, "live").items()]
    return table(["live, of the drain rate", "events/s", "asked for", "records", "p50 ms", "p99 ms", "max ms",
                  "changelog B/event", "before LZ4"], rows)


def hots(results):
    per = lambda r, what: f"{r[what] / r['events']:.3f}"
    rows = [[variant, number(r["events"]), number(r["commits"]), number(r["differences"]), per(r, "differences"),
             number(r["channel_rows"]), per(r, "channel_rows"), number(r["snapshots"]), per(r, "snapshots")]
            for variant, r in of(results, "hot").items()]
    return table(["one hot channel", "events", "commits", "differences", "per event", "rows of the second stage", "per event",
                  "snapshots published", "per event"], rows)


def restarts(results):
    shown = lambda r, key: f"{r[key]:.2f}" if key in r else "–"
    rows = [[f"kill -9, {variant}", shown(r, "tasks_seconds"), shown(r, "processing_seconds"), shown(r, "ready_seconds"), "–", "–"]
            for variant, r in of(results, "restart").items()]
    rows += [[f"disk lost, {variant}", shown(r, "seconds"), "–", "–", f"{r['changelog_bytes'] / 1e9:.2f}",
              shown(r, "seconds_per_gb")] for variant, r in of(results, "restore").items()]
    return table(["restart", "tasks running s", "first event s", "ready s", "changelog GB", "s per GB"], rows)


def steps(results):
    shown = lambda nanos: f"{nanos:,.0f}" if nanos >= 100 else f"{nanos:.1f}"
    rows = [[variant, r["of"], shown(r["ns"]), f"{shown(r['lower'])} to {shown(r['upper'])}"]
            for variant, r in of(results, "micro").items()]
    return table(["step", "per", "ns, median", "95 % confidence"], rows)


def targets(results):
    """What is promised, what was measured, whether that is enough; only what was measured in this run."""
    drain, retained = of(results, "drain"), of(results, "retained")
    live, restart = of(results, "live"), of(results, "restart")
    found = []

    def say(what, measured, reached):
        found.append((what, measured, "reached" if reached else "**not reached**"))

    if "envelope" in drain and "wrapup" in drain:
        ratio = drain["wrapup"]["per_cpu_second"] / drain["envelope"]["per_cpu_second"]
        say("whole pipeline ≥ 40 % of consume + envelope parse, per CPU second", f"{ratio:.1%}", ratio >= 0.4)
    if "10,000" in retained and "1,000,000" in retained:
        ratio = retained["10,000"]["per_cpu_second"] / retained["1,000,000"]["per_cpu_second"]
        say("1 M retained chats cost ≤ 1.25 × the per-event cost of 10 k", f"{ratio:.2f} ×", ratio <= 1.25)
    if live:
        most = max(live.values(), key=lambda r: r["changelog_per_event"])
        say("changelog ≤ 3 KB per event live", f"{number(most['changelog_per_event'])} B at {most['variant']} "
            f"({number(most['changelog_raw_per_event'])} B before compression)", most["changelog_per_event"] <= 3000)
    peaks = [result for result in results if "peak_rss" in result]
    if peaks:
        most = max(peaks, key=lambda r: r["peak_rss"])
        say("resident memory ≤ the configured budget + 10 % (1,126 MiB)", f"{most['peak_rss'] / (1 << 20):,.0f} MiB in "
            f"{most['series']}: {most['variant']}", most["peak_rss"] <= 1.1 * (1 << 30))
    for variant, r in live.items():
        if r["p99_ms"] is not None:
            is_steady = r["rate"] >= 0.97 * r["asked"]
            say(f"live at {variant}: timer due to record visible, p99 ≤ commit interval + 50 ms (150 ms)",
                f"{number(r['p99_ms'])} ms" + ("" if is_steady else " (saturated: the rate was not kept)"), r["p99_ms"] <= 150)
    for variant, r in restart.items():
        if variant.startswith("1,000,000") and "processing_seconds" in r:
            say("restart after kill -9 with 1 M chats ≤ 3 s", f"{r['processing_seconds']:.2f} s to the first event",
                r["processing_seconds"] <= 3)
    overlaps = [r["millions"] for r in of(results, "micro").values() if "millions" in r]
    if overlaps:
        say("20 M calendar overlaps per second and core", f"{min(overlaps):.0f} to {max(overlaps):.0f} M", min(overlaps) >= 20)
    return table(["target", "measured", ""], found)


def text(results):
    machine = of(results, "run")["machine"]
    about = (f"{machine['date']}, commit {machine['commit']}, size **{machine['size']}** ({machine['events']:,} events), "
             f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux {machine['kernel']}, "
             f"load average before: {machine['load_before']}. Command: `{machine['command']}`.\n")
    if machine["load_before"] > machine["cores"] / 2:
        about += ("\n**The machine was busy with other work.** Wall times, and with them lateness, restarts, steps and overlaps, "
                  "come out worse than they are; figures per CPU second too, by up to a half, and not evenly.\n")
    parts = [about, targets(results), drains(results), hots(results), lives(results), restarts(results), steps(results)]
    return "\n".join(part for part in parts if part)


def plot(results):
    """Bars: events per CPU second of every drain."""
    bars = [(f"{r['series']}: {r['variant']}", r["per_cpu_second"]) for r in results if "per_cpu_second" in r]
    most = max((value for _, value in bars), default=1)
    left, width, row = 190, 560, 24
    height = row * len(bars) + 48
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {height}" font-family="sans-serif" '
           f'font-size="12"><title>Events per CPU second</title>',
           f'<rect width="100%" height="100%" fill="#fff"/><text x="{left}" y="18" font-weight="bold">events per CPU second</text>']
    for place, (name, value) in enumerate(bars):
        y, size = 30 + place * row, width * value / most
        colour = "#9aa5b1" if name.startswith("drain") and not name.endswith("wrapup") else "#2f6f9f"
        out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{html.escape(name)}</text>'
                   f'<rect x="{left}" y="{y + 2}" width="{size:.1f}" height="{row - 7}" fill="{colour}"/>'
                   f'<text x="{left + size + 6:.1f}" y="{y + 14}">{value:,.0f}</text>')
    return "\n".join(out) + "\n</svg>\n"


def write(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "throughput.svg").write_text(plot(results))
    page = HEAD + text(results) + "\n![Events per CPU second](throughput.svg)\n" + TOLD
    (folder / "README.md").write_text(page)
