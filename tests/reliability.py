#!/usr/bin/env python3
"""Writes a section of docs/RELIABILITY.md anew: `reliability.py SECTION <text.md`.

The text from stdin, in Markdown, replaces what lies between the two marker comments of the section, with the date and the
commit in front of it; all other sections stay as they are. A section that is not there yet is put at the end."""

import datetime
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "RELIABILITY.md"


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def commit():
    """The commit that is checked out; what is changed besides, but for this page, is told."""
    name = git("rev-parse", "--short", "HEAD") or "unknown"
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{PAGE.relative_to(ROOT)}")
    return f"{name} with changes" if changed else name


def replaced(page, section, text):
    """The page with the text as this section."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    block = f"{begin}\n\n{text.strip()}\n\n{end}"
    if begin not in page:
        return f"{page.rstrip()}\n\n## {section.capitalize()}\n\n{block}\n"
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(end) < page.index(begin):
        raise SystemExit(f"{PAGE.name}: the markers of {section} are not there once each, in order")
    return page[: page.index(begin)] + block + page[page.index(end) + len(end) :]


def main():
    if len(sys.argv) != 2 or not re.fullmatch(r"[a-z][a-z-]*", sys.argv[1]):
        raise SystemExit("usage: reliability.py SECTION <text.md")
    text = sys.stdin.read()
    if not text.strip():
        raise SystemExit("reliability.py: nothing to write came on stdin")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, sys.argv[1], f"Of {today}, commit {commit()}.\n\n{text}"), encoding="utf-8")
    print(f"wrote the section {sys.argv[1]} of {PAGE.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
