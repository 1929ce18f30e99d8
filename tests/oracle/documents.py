"""The directory of a corpus: channels with awkward hours."""

import json

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALL_DAYS = WEEKDAYS + ("sat", "sun")
OFFICE = {day: [["09:00", "18:00"]] for day in WEEKDAYS}



def channels():
    """The documents, by key. Several zones, every kind of rule, and a channel that nobody describes (c-none)."""
    night = {day: [["18:00", "02:00"]] for day in WEEKDAYS}
    level = [
        {"effectiveFrom": "2026-01-01", "targetSecs": 20, "targetPercent": 80, "abandonThresholdSecs": 5},
        {"effectiveFrom": "2026-03-03", "targetSecs": 60.5, "targetPercent": 90},
    ]
    # At the turn of a local date, and not in the order of their dates.
    turning = [
        {"effectiveFrom": "2026-03-04", "targetSecs": 45, "targetPercent": 80},
        {"effectiveFrom": "2026-03-03", "targetPercent": 70, "abandonThresholdSecs": 30},
        {"effectiveFrom": "2026-03-29", "targetSecs": 20, "targetPercent": 50, "abandonThresholdSecs": 20},
        {"effectiveFrom": "2026-03-29", "targetSecs": 25, "abandonThresholdSecs": 20.5},
    ]
    schema = {
        "vip": "Boolean",
        "plan": "String",
        "score": "Number",
        "birthday": "Date",
        "renewal": "Datetime",
        "labels": "List",
    }
    return {
        "c-utc": {"name": "office", "timezone": "UTC", "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": OFFICE}]},
        "c-always": {"name": "always open", "serviceLevel": level, "profileSchema": schema},
        "c-seoul": {
            "name": "서울",
            "timezone": "Asia/Seoul",
            "profileSchema": schema,
            "serviceLevel": turning,
            "operatingHours": [
                {
                    "effectiveFrom": "2026-01-01",
                    "weekly": night,
                    "breaks": {"mon": [["21:00", "21:30"]], "tue": [["00:30", "00:45"], ["20:00", "20:10"]]},
                    "holidays": ["2026-03-03", "2026-05-05"],
                    "special": {"2026-05-05": [["10:00", "12:00"]], "2026-12-24": [["09:00", "13:00"]], "2026-12-25": []},
                }
            ],
        },
        "c-paris": {
            "name": "Paris",
            "timezone": "Europe/Paris",
            "operatingHours": [
                {
                    "effectiveFrom": "2026-01-01",
                    "weekly": {**OFFICE, "sat": [["08:00", "20:00"]], "sun": [["01:00", "04:00"], ["08:00", "20:00"]]},
                    "breaks": {day: [["12:00", "13:00"]] for day in ALL_DAYS},
                },
                {"effectiveFrom": "2026-10-01", "weekly": {"sat": [["20:00", "03:30"]], "sun": [["02:30", "04:00"]]}},
            ],
            "serviceLevel": level,
        },
        "c-york": {
            "name": "New York",
            "timezone": "America/New_York",
            "serviceLevel": turning,
            "operatingHours": [
                {"effectiveFrom": "2026-06-01", "weekly": {day: [["00:00", "24:00"]] for day in ALL_DAYS}},
                {"effectiveFrom": "2026-01-15", "weekly": {**OFFICE, "sun": [["01:30", "02:30"], ["22:00", "06:00"]]}},
                {"effectiveFrom": "2026-01-15", "weekly": {**OFFICE, "sun": [["02:15", "05:00"], ["22:00", "01:30"]]}},
            ],
        },
        "c-kolkata": {
            "name": "half hours",
            "timezone": "Asia/Kolkata",
            "operatingHours": [
                {"effectiveFrom": "2025-01-01", "weekly": {day: [["09:30", "13:00"], ["13:00", "18:30"]] for day in ALL_DAYS}},
                {"effectiveFrom": "2026-03-04", "weekly": {day: [["10:00", "10:00"], ["11:00", "19:00"]] for day in ALL_DAYS}},
            ],
            "switches": [
                {"at": "2026-03-02T10:00:00Z", "open": False},
                {"at": "2026-03-02T10:00:00Z", "open": True},
                {"at": "2026-03-03T05:00:00Z", "open": False},
                {"at": "2026-03-03T06:30:00Z", "open": True},
                {"at": "2026-03-03T22:30:00Z", "open": True},
                {"at": "2026-03-04T05:30:00Z", "open": False},
                {"at": "2026-03-29T04:30:00+05:30", "open": True},
            ],
        },
        "c-switched": {
            "name": "always open but for its switches",
            "switches": [
                {"at": "2026-03-02T09:00:00Z", "open": False},
                {"at": "2026-03-02T12:00:00Z", "open": True},
                {"at": "2026-03-29T01:00:00Z", "open": False},
                {"at": "2026-03-29T02:00:00Z", "open": False},
                {"at": "2026-10-24T21:00:00+02:00", "open": True},
            ],
        },
        "c-always-hours": {
            "name": "always, spelled out",
            "timezone": "Australia/Lord_Howe",
            "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {day: [["00:00", "24:00"]] for day in ALL_DAYS}}],
        },
        "c-never": {"name": "never", "timezone": "Europe/London", "operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {}}]},
        "c/100%": {"name": "slashes", "timezone": "Asia/Kathmandu", "serviceLevel": level},
        "7": {"name": "numbered", "timezone": "Atlantic/Azores", "serviceLevel": level, "operatingHours": [
            {"effectiveFrom": "2026-01-01", "weekly": {"sat": [["22:00", "00:00"]], "sun": [["00:00", "01:00"], ["09:00", "17:00"]], **OFFICE}}
        ]},
    }


def directory_lines(bad):
    lines = [{"key": "channel/c-utc", "value": {"timezone": "Asia/Tokyo"}}, {"key": "channel/c-gone", "value": {"name": "x"}}]
    lines += [{"key": f"channel/{key}", "value": value} for key, value in channels().items()]
    lines += [
        {"key": "channel/c-gone", "value": None},
        {"key": "manager/A", "value": {"name": "Ann"}},
        {"key": "team/t1", "value": {"name": "Billing"}},
    ]
    text = [json.dumps(line, ensure_ascii=False) for line in lines]
    if bad:
        text += [
            json.dumps({"key": "channel/c-utc", "value": {"timezone": "Mars/Olympus"}}),
            json.dumps({"key": "channel/c-utc", "value": {"operatingHours": [{"effectiveFrom": "2026-02-30", "weekly": {}}]}}),
            json.dumps({"key": "channel/c-utc", "value": {"operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {"mon": [["9", "18:00"]]}}]}}),
            json.dumps({"key": "channel/c-seoul", "value": {"operatingHours": [{"effectiveFrom": "2026-01-01", "weekly": {"mon": [["09:00"]]}}]}}),
            '{"key":"channel/c-paris","value":{',
            "",
        ]
    return text


CHANNEL_KEYS = list(channels()) + ["c-none", "c-gone"]
