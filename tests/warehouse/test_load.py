"""Real records loaded with the statements of deploy/warehouse: every column of every row is the record's, and of its type."""

import pathlib
import random
import re
import tempfile
import unittest

import duckdb
from chdb import session

import records

WAREHOUSE = records.ROOT / "deploy" / "warehouse"
TABLE, LATEST = "session_metadata_revisions", "session_metadata_latest"


class DuckDb:
    """DuckDB in this process."""

    nulls_are_null = False
    list_of, fields = "{}[]", ("STRUCT", '"{}" {}')
    types = {
        "string": "VARCHAR",
        "boolean": "BOOLEAN",
        "count": "BIGINT",
        "whole seconds": "BIGINT",
        "time": "TIMESTAMP WITH TIME ZONE",
        "seconds": "DECIMAL(18,3)",
        "number": "DOUBLE",
        "any JSON": "JSON",
    }
    custom = "JSON"

    def __init__(self, _folder):
        self.connection = duckdb.connect()
        # What the types come to must not hang on where the reader sits.
        self.connection.execute("SET TimeZone = 'Asia/Seoul'")
        self.define()

    def define(self):
        self.connection.execute((WAREHOUSE / "duckdb.sql").read_text(encoding="utf-8"))

    def load(self, path):
        self.connection.execute(records.statement("DuckDB", path))

    def rows(self, relation):
        self.connection.execute("SET TimeZone = 'UTC'")
        rows = self.connection.execute(f"SELECT to_json(r) FROM {relation} AS r").fetchall()
        return [records.parse(row) for (row,) in rows]

    def columns(self):
        # Quotes stand only where a name needs them.
        return {row[0]: row[1] for row in self.connection.execute(f"DESCRIBE {TABLE}").fetchall()}

    def count(self, relation):
        return self.connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]

    def close(self):
        self.connection.close()


class ClickHouse:
    """ClickHouse in this process."""

    nulls_are_null = True
    list_of, fields = "Array({})", ("Tuple", "{} {}")
    types = {
        "string": "Nullable(String)",
        "boolean": "Nullable(Bool)",
        "count": "Nullable(Int64)",
        "whole seconds": "Nullable(Int64)",
        "time": "Nullable(DateTime64(3, 'UTC'))",
        "seconds": "Nullable(Decimal(18, 3))",
        "number": "Nullable(Float64)",
        "any JSON": "Nullable(String)",
    }
    custom = "String"

    def __init__(self, folder):
        self.session = session.Session(str(pathlib.Path(folder) / "clickhouse"))
        self.define()

    def define(self):
        sql = (WAREHOUSE / "clickhouse.sql").read_text(encoding="utf-8")
        for part in re.sub(r"^--.*\n", "", sql, flags=re.MULTILINE).split(";\n"):
            if part.strip():
                self.session.query(part)

    def load(self, path):
        self.session.query(records.statement("ClickHouse", path))

    def rows(self, relation):
        settings = (
            "date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0, "
            "output_format_json_quote_decimals = 0, output_format_json_named_tuples_as_objects = 1"
        )
        answer = self.session.query(f"SELECT * FROM {relation} SETTINGS {settings}", "JSONEachRow")
        rows = [records.parse(line) for line in lines_of(answer)]
        for row in rows:
            row[records.CUSTOM] = records.parse(row[records.CUSTOM])
        return rows

    def columns(self):
        settings = "describe_compact_output = 1, print_pretty_type_names = 0"
        answer = self.session.query(f"DESCRIBE {TABLE} SETTINGS {settings}", "JSONEachRow")
        columns = [records.parse(line) for line in lines_of(answer)]
        return {column["name"]: column["type"] for column in columns}

    def count(self, relation):
        return int(str(self.session.query(f"SELECT count() FROM {relation}", "TSV")))

    def close(self):
        self.session.close()


def lines_of(answer):
    """Not what Python takes for the ends of lines: some of them stand inside of texts."""
    return [line for line in str(answer).split("\n") if line]


def type_of(engine, unit, shapes):
    """The type that a documented unit has in an engine."""
    if unit.startswith("["):
        inner = unit[1:-1]
        of = engine.types["string"] if inner == "string" else type_of(engine, inner, shapes)
        # Elements of a list are never null.
        return engine.list_of.format(re.sub(r"^Nullable\((String)\)$", r"\1", of))
    if unit in engine.types:
        return engine.types[unit]
    name, field = engine.fields
    members = [field.format(key, type_of(engine, of, shapes)) for key, of in shapes[unit].items()]
    return f"{name}({', '.join(members)})"


class Loaded:
    """The checks, for each engine the same."""

    engine_type = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="wrapup-warehouse-")
        cls.path = records.make(cls.folder.name)
        cls.records = records.read(cls.path)
        cls.engine = cls.engine_type(cls.folder.name)
        cls.engine.load(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()
        cls.folder.cleanup()

    def compare(self, relation, expected):
        rows = self.engine.rows(relation)
        found = records.by_key(rows)
        self.assertEqual(len(found), len(rows), f"{relation} has a revision twice")
        self.assertEqual(found.keys(), expected.keys())
        nulls = self.engine.nulls_are_null
        different = [text for key, row in found.items() for text in records.differences(row, expected[key], nulls)]
        self.assertEqual(different[:20], [])

    def test_1_every_revision_is_there_in_every_column(self):
        self.assertGreater(len(self.records), 700)
        self.assertEqual(self.engine.count(TABLE), len(self.records))
        self.compare(TABLE, records.by_key(self.records))

    def test_2_every_column_has_the_type_that_is_documented(self):
        found = {name: unquoted(of) for name, of in self.engine.columns().items()}
        columns, shapes = records.documented()
        expected = {name: unquoted(type_of(self.engine, unit, shapes)) for name, unit in columns.items()}
        expected[records.CUSTOM] = self.engine.custom
        for key in ("id", "revision"):
            expected[key] = re.sub(r"^Nullable\((.*)\)$", r"\1", expected[key])
        self.assertEqual(found, expected)

    def test_3_no_time_and_no_number_is_read_as_text(self):
        text = {name for name, of in self.engine.columns().items() if of in ("VARCHAR", "String", "Nullable(String)")}
        # Free text and free JSON may look like anything.
        free = {name for name, unit in records.documented().columns.items() if unit == "any JSON"}
        text -= {"description", *free}
        for record in self.records:
            row = records.flat(record, self.engine.columns())
            for name in text - {records.CUSTOM}:
                self.assertIsInstance(row[name], (str, type(None)), name)
                self.assertIsNone(records.TIME.fullmatch(row[name] or ""), name)

    def test_4_the_latest_revision_is_the_highest_one(self):
        highest = records.by_key(records.latest(self.records).values())
        self.assertLess(len(highest), len(self.records), "no record was corrected: there is nothing to choose from")
        self.compare(LATEST, highest)

    def test_5_what_comes_twice_and_in_another_order_changes_nothing(self):
        lines = pathlib.Path(self.path).read_text(encoding="utf-8").strip("\n").split("\n")
        random.Random(5).shuffle(lines)
        again = pathlib.Path(self.folder.name) / "again.jsonl"
        again.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        self.engine.load(again)
        self.assertEqual(self.engine.count(LATEST), len(records.latest(self.records)))
        self.compare(LATEST, records.by_key(records.latest(self.records).values()))

    def test_6_the_file_can_be_run_again(self):
        before = self.engine.count(TABLE)
        self.engine.define()
        self.assertEqual(self.engine.count(TABLE), before)


def unquoted(declared):
    return declared.replace('"', "").replace("`", "")


class DuckDbTest(Loaded, unittest.TestCase):
    """DuckDB."""

    engine_type = DuckDb


class ClickHouseTest(Loaded, unittest.TestCase):
    """ClickHouse."""

    engine_type = ClickHouse


if __name__ == "__main__":
    unittest.main()
