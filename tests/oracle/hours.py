"""The channel's directory document and its operating time (events.md, directory-events; metrics.md, Operating time)."""

import re
from bisect import bisect_right
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from envelope import Bad, boolean, instant, list_of, number, object_of, one_of, text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime(1970, 1, 1)
FOREVER = 1 << 60


def a_date(value):
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text(value), re.ASCII):
        raise ValueError("is no date")
    return date.fromisoformat(value)


def clock(value):
    """`HH:MM` to minutes of the day; `24:00` is the end of the day."""
    match = re.fullmatch(r"(\d\d):(\d\d)", text(value), re.ASCII)
    if not match or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 1440:
        raise ValueError("is no time of day")
    return int(match[1]) * 60 + int(match[2])


def interval(value):
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("is no interval")
    start, end = clock(value[0]), clock(value[1])
    if start == 1440:
        raise ValueError("starts at 24:00")
    return start, end


def map_of(check_key, checker):
    def check(value):
        if not isinstance(value, dict):
            raise ValueError("is no object")
        return {check_key(key): checker(item) for key, item in value.items() if item is not None}

    return check


def zone(value):
    try:
        return ZoneInfo(text(value))
    except Exception:
        raise ValueError("is no known time zone") from None


WEEK = object_of(**{day: list_of(interval) for day in DAYS})
DOCUMENT = object_of(
    name=text,
    timezone=zone,
    operatingHours=list_of(
        object_of(
            ["effectiveFrom"],
            effectiveFrom=a_date,
            weekly=WEEK,
            breaks=WEEK,
            holidays=list_of(a_date),
            special=map_of(a_date, list_of(interval)),
        )
    ),
    serviceLevel=list_of(
        object_of(
            ["effectiveFrom"], effectiveFrom=a_date, targetSecs=number, targetPercent=number, abandonThresholdSecs=number
        )
    ),
    profileSchema=map_of(text, one_of("Boolean", "String", "Number", "Date", "Datetime", "List")),
    switches=list_of(object_of(["at", "open"], at=instant, open=boolean)),
)


def merged(intervals):
    """The union: sorted, overlapping and touching ones joined, empty ones dropped."""
    result = []
    for start, end in sorted(pair for pair in intervals if pair[0] < pair[1]):
        if result and start <= result[-1][1]:
            result[-1][1] = max(result[-1][1], end)
        else:
            result.append([start, end])
    return [tuple(pair) for pair in result]


def minus(intervals, cut):
    """What of `intervals` lies in none of `cut`."""
    result = list(intervals)
    for low, high in merged(cut):
        pieces = []
        for start, end in result:
            pieces.append((start, min(end, low)))
            pieces.append((max(start, high), end))
        result = [pair for pair in pieces if pair[0] < pair[1]]
    return result


def clipped(intervals, low, high):
    return [(max(a, low), min(b, high)) for a, b in intervals if max(a, low) < min(b, high)]


def length(intervals):
    return sum(end - start for start, end in intervals)


class Channel:
    """A usable channel document; an absent one is `Channel({})`: always open, no schema."""

    def __init__(self, raw):
        try:
            self.doc = DOCUMENT(raw)
        except ValueError as error:
            raise Bad("invalid_directory", f"document {error}") from None
        self.zone = self.doc.get("timezone") or timezone.utc
        self.versions = self.doc.get("operatingHours") or []
        self.schema = self.doc.get("profileSchema") or {}
        # Of two with the same `at` the later in the list wins.
        self.switches = sorted({switch["at"]: switch["open"] for switch in self.doc.get("switches") or []}.items())
        self._shifts, self._breaks, self._regular, self._to_utc = {}, {}, {}, {}

    # -- versions

    def version(self, day, versions):
        """The version with the latest effectiveFrom <= the date (of equals the later); before the first: the first."""
        if not versions:
            return None
        past = [v for v in versions if v["effectiveFrom"] <= day]
        wanted = max(v["effectiveFrom"] for v in past) if past else min(v["effectiveFrom"] for v in versions)
        return [v for v in versions if v["effectiveFrom"] == wanted][-1]

    def local_date(self, ms):
        return (EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=timezone.utc).astimezone(self.zone).date()

    # -- local time to instants

    def offset(self, ms):
        moment = (EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=timezone.utc)
        return round(moment.astimezone(self.zone).utcoffset().total_seconds() * 1000)

    def utc(self, day, minutes, closing):
        """The instant of a local time. Gap: the gap's end. Fold: the first for an opening, the second for a closing."""
        key = (day, minutes, closing)
        if key not in self._to_utc:
            local = round((datetime(day.year, day.month, day.day) - EPOCH).total_seconds() * 1000) + minutes * 60_000
            # Every instant that shows this local time has one of the offsets in force around it.
            offsets = {self.offset(local + hours * 3_600_000) for hours in range(-36, 37, 1)}
            instants = sorted(local - o for o in offsets if self.offset(local - o) == o)
            if instants:
                self._to_utc[key] = instants[-1 if closing else 0]
            else:
                # In a gap: the first instant whose local time is not before the one wanted.
                low, high = local - max(offsets), local - min(offsets)
                while low < high:
                    middle = (low + high) // 2
                    if middle + self.offset(middle) >= local:
                        high = middle
                    else:
                        low = middle + 1
                self._to_utc[key] = low
        return self._to_utc[key]

    def instants(self, day, pair):
        """An interval of a date as instants; an end before its start is on the next day, equal ends are empty."""
        start, end = pair
        if start == end:
            return (0, 0)
        if end < start:
            end += 1440
        last, end = (day + timedelta(days=1), end - 1440) if end >= 1440 else (day, end)
        return self.utc(day, start, False), self.utc(last, end, True)

    # -- the calendar

    def shifts(self, day):
        """The shifts that start on this date."""
        if day not in self._shifts:
            version = self.version(day, self.versions)
            if day in version.get("special", {}):
                pairs = version["special"][day]
            elif day in version.get("holidays", []):
                pairs = []
            else:
                pairs = version.get("weekly", {}).get(DAYS[day.weekday()], [])
            self._shifts[day] = [self.instants(day, pair) for pair in pairs]
        return self._shifts[day]

    def breaks(self, day):
        """The breaks of this date's weekday, whatever is open then."""
        if day not in self._breaks:
            pairs = self.version(day, self.versions).get("breaks", {}).get(DAYS[day.weekday()], [])
            self._breaks[day] = [self.instants(day, pair) for pair in pairs]
        return self._breaks[day]

    def regular(self, low, high):
        """The calendar's intervals around [low, high]; exact between the two, artificial ends lie beyond them."""
        if not self.versions:
            return [(-FOREVER, FOREVER)]
        first, last = self.local_date(low) - timedelta(days=3), self.local_date(high) + timedelta(days=3)
        if (first, last) not in self._regular:
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            opened = merged(pair for day in days for pair in self.shifts(day))
            cut = [pair for day in days for pair in self.breaks(day)]
            self._regular[first, last] = merged(minus(opened, cut))
        return self._regular[first, last]

    def open_in(self, low, high):
        """The operating intervals within [low, high), switches included."""
        switches = [(at, is_open) for at, is_open in self.switches if at < high]
        base = min([low] + [at for at, _ in switches])
        regular = self.regular(base, high)
        boundaries = sorted({end for pair in regular for end in pair})
        result = list(regular)
        for index, (at, is_open) in enumerate(switches):
            place = bisect_right(boundaries, at)  # one exactly at `at` does not count
            until = boundaries[place] if place < len(boundaries) else FOREVER
            if index + 1 < len(switches):
                until = min(until, switches[index + 1][0])
            result = minus(result, [(at, until)])
            if is_open:
                result = merged(result + [(at, until)])
        return clipped(merged(result), low, high)

    def op(self, low, high):
        """op(a, b): the operating time in [a, b), in ms."""
        return length(self.open_in(low, high)) if low < high else 0

    def is_open(self, at):
        return bool(self.open_in(at, at + 1))

    def hours_version(self, at):
        """operatingHoursVersion (finalization.md, The record)."""
        version = self.version(self.local_date(at), self.versions)
        return version["effectiveFrom"].isoformat() if version else None
