#!/usr/bin/env python3
"""Lets readers of ESE databases that are not ours read what we wrote, and compares.

Usage: outside_readers.py READER EXPECTATION...

READER is edbcheck:PATH (that script), esedbexport or impacket. An EXPECTATION is a JSON file that
tests/support/planned_table.cc wrote: the path of a database, its tables, and their rows with every
value as the bytes that were given to the API.

Prints one line for each table: database, table, verdict, reason, with tabs between. Verdicts:
    equal    every row and value is what was written (and, edbcheck, the file is sound)
    limit    the reader is wrong in a way of its own, which was shown: the reason says how
    differs  anything else
A line with an empty table is about the file as a whole.
"""

import collections
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid

SIGNED = {"Short", "Long", "Currency", "LongLong"}
UNSIGNED = {"UnsignedByte", "UnsignedShort", "UnsignedLong", "UnsignedLongLong"}
FLOATS = {"IEEESingle": "<f", "IEEEDouble": "<d", "DateTime": "<d"}
TEXTS = {"Text", "LongText"}
UNICODE = 1200


def plain(kind, codepage, raw):
    """A value as edbcheck.py prints it, from its bytes."""
    if kind == "Bit":
        return raw != b"\0"
    if kind in SIGNED or kind in UNSIGNED:
        return int.from_bytes(raw, "little", signed=kind in SIGNED)
    if kind in FLOATS:
        number = struct.unpack(FLOATS[kind], raw)[0]
        return number if math.isfinite(number) else repr(number)
    if kind == "GUID":
        return str(uuid.UUID(bytes_le=raw))
    if kind in TEXTS and codepage == UNICODE:
        return raw.decode("utf-16-le", "surrogatepass")
    if kind in TEXTS:
        return "".join(bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in raw)
    return raw.hex()


def expected_rows(table):
    """Rows as {column: [value, ...]}."""
    rows = []
    for row in table["rows"]:
        rows.append({name: [plain(*table["columns"][name][:2], bytes.fromhex(value))
                            for value in values] for name, values in row.items()})
    return rows


def canonical(row):
    return json.dumps(row, sort_keys=True)


def difference(expected, found):
    """None, or the first difference between two lots of rows in any order."""
    count = collections.Counter(map(canonical, expected))
    count.subtract(map(canonical, found))
    missing = next((row for row, number in count.items() if number > 0), None)
    surplus = next((row for row, number in count.items() if number < 0), None)
    if missing is None and surplus is None:
        return None
    if missing is None or surplus is None:
        return f"expected {str(missing)[:200]}, found {str(surplus)[:200]}"
    at = next((i for i, (a, b) in enumerate(zip(missing, surplus)) if a != b), 0)
    start = max(0, at - 60)
    return f"expected ..{missing[start:at + 120]}, found ..{surplus[start:at + 120]}"


class EdbCheck:
    """The checker beside the repository, in this process: a start of Python costs more than a
    file."""

    def __init__(self, path):
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
        sys.dont_write_bytecode = True
        import edbcheck_leaf_links  # pylint: disable=import-outside-toplevel
        self.module = edbcheck_leaf_links.load(path)
        edbcheck_leaf_links.exchange_rules(self.module, edbcheck_leaf_links.Difference())

    def examine(self, expectation):
        check = self.module
        db = check.Database(expectation["file"])
        report = check.Report()
        checker = check.Checker(db, report)
        checker.run(False)
        first = "; ".join(map(str, report.findings[:3]))
        yield "", "differs" if report.findings else "equal", first
        catalog = check.open_catalog(db, check.Report())
        for table in expectation["tables"]:
            found = catalog.find(table["name"])
            if found is None:
                yield table["name"], "differs", "no such table"
                continue
            report = check.Report()
            reader = check.RowReader(db, report, found)
            rows = [{name: value if isinstance(value, list) else [value]
                     for name, value in row.items()} for row in reader.rows()]
            reason = difference(expected_rows(table), rows)
            if reason is None and (report.findings or not reader.complete):
                reason = "; ".join(map(str, report.findings[:3])) or "not complete"
            yield table["name"], "differs" if reason else "equal", reason or ""


class RowReader:
    """A reader whose rows are matched with the expected ones by the column "id", and whose errors
    are told apart value by value."""

    def compare(self, table, rows):
        """(verdict, reason) of rows given as {id: {column: what was read}}."""
        limits = []
        for row in table["rows"]:
            values = {name: [bytes.fromhex(value) for value in given]
                      for name, given in row.items()}
            identity = int.from_bytes(values["id"][0], "little", signed=True)
            if identity not in rows:
                return "differs", f"no row {identity}"
            found = rows.pop(identity)
            for name, (kind, codepage, storage) in table["columns"].items():
                given, read = values.get(name, []), found.get(name)
                verdict = self.judge(kind, codepage, storage, given, read)
                if verdict is None:
                    return "differs", (f"row {identity}, {name}: written {row.get(name)}"[:200] +
                                       f", read {read!r}"[:200])
                if verdict and verdict not in limits:
                    limits.append(verdict)
        if rows:
            return "differs", f"rows that nobody wrote: {sorted(rows)[:5]}"
        return ("limit", "; ".join(sorted(limits))) if limits else ("equal", "")


FILLED_NULL = "a null of fixed size is shown as the zeros that fill its place"
ONE_VALUE = "of several values none is shown"
RAW_VALUES = "several values are shown undivided"
NO_LONG = "values in the tree of long values are not read"
NO_COMPRESSED = "compressed values are not read"
NO_UNSIGNED_LONG_LONG = "the type UnsignedLongLong is not known"
ODD_SIZE = "of fixed Unicode text of an odd size the wrong letters are shown"
UNSIGNED_NUMBER = "a signed number is shown as the unsigned one of the same bits"


class Esedbexport(RowReader):
    """libesedb. Its limits show on files written by Windows just so (docs/testing.md)."""

    def examine(self, expectation):
        with tempfile.TemporaryDirectory() as folder:
            texts = self._export(expectation, folder, [])
            for table in expectation["tables"]:
                name = table["name"]
                text, errors = texts.get(name), ""
                if text is None:
                    one, errors = self._export(expectation, folder, ["-T", name], True)
                    text = one.get(name)
                if "unsupported column type: 18" in errors:
                    yield name, "limit", NO_UNSIGNED_LONG_LONG
                elif text is None:
                    yield name, "differs", f"not exported: {errors[-300:]}"
                else:
                    yield (name, *self.compare(table, self._rows(text)))

    @staticmethod
    def _export(expectation, folder, options, with_errors=False):
        """The tables that were written whole, by name."""
        target = os.path.join(folder, "out")
        shutil.rmtree(target + ".export", ignore_errors=True)
        run = subprocess.run(
            ["esedbexport", "-t", target, "-m", "tables", *options, expectation["file"]],
            capture_output=True, check=False)
        texts = {}
        if os.path.isdir(target + ".export"):
            files = os.listdir(target + ".export")
            files.sort(key=lambda name: int(name.rsplit(".", 1)[1]))
            for name in files if run.returncode == 0 else files[:-1]:
                with open(os.path.join(target + ".export", name), "rb") as file:
                    texts[name.rsplit(".", 1)[0]] = file.read()
        return (texts, run.stderr.decode()) if with_errors else texts

    @staticmethod
    def _rows(text):
        lines = text.decode("utf-8", "surrogatepass").split("\n")
        names = lines[0].split("\t")
        rows = {}
        for line in lines[1:]:
            if line:
                row = dict(zip(names, line.split("\t")))
                rows[int(row["id"])] = row
        return rows

    def judge(self, kind, codepage, storage, values, text):
        """"" if the text is right, the name of a limit, or None."""
        if not values:
            if text == "":
                return ""
            zeros = {"Bit": "false", "GUID": "0" * 32, "IEEESingle": "0.000000",
                     "IEEEDouble": "0.000000", "DateTime": "Jan 01, 1601 00:00:00.000000000"}
            filled = text == zeros.get(kind, "0") or (kind == "Binary" and not text.strip("0"))
            return FILLED_NULL if storage == "fixed" and filled else None
        if len(values) > 1:
            if kind in TEXTS and text == "; ".join(plain(kind, codepage, v) for v in values):
                return ""
            return ONE_VALUE if text == "" else self._long_number(kind, values, text)
        if text == self._shown(kind, codepage, values[0]):
            return ""
        return self._limit_of(kind, codepage, storage, values[0], text)

    @staticmethod
    def _long_number(kind, values, text):
        """Numbers of separated values, one byte or two each, shown as if they were text."""
        numbers = text.split("; ")
        short = all(len(number) <= 2 for number in numbers) and len(numbers) == len(values)
        return NO_LONG if kind == "LongText" and short else None

    @staticmethod
    def _shown(kind, codepage, raw):
        if kind == "Bit":
            return "true" if raw != b"\0" else "false"
        if kind in ("IEEESingle", "IEEEDouble"):
            return f"{plain(kind, codepage, raw):f}"
        if kind == "DateTime":
            low, high = struct.unpack("<II", raw)
            return f"(0x{high:08x} 0x{low:08x})"
        if kind == "GUID" or kind.endswith("Binary"):
            return raw.hex()
        return str(plain(kind, codepage, raw)).rstrip("\0")

    @staticmethod
    def _limit_of(kind, codepage, storage, raw, text):
        if kind == "IEEESingle" and text == "0.000000":
            return "an IEEESingle is shown as 0"
        if kind == "Currency" and text == str(int.from_bytes(raw, "little")):
            return UNSIGNED_NUMBER
        if kind.startswith("Long") and text == "":
            return NO_LONG
        if kind == "LongText" and codepage != UNICODE:
            if text.encode("utf-16-le", "surrogatepass") == raw[:len(raw) & ~1]:
                return "compressed 1252 text is shown as if it were UTF-16"
        if codepage == UNICODE and storage == "fixed" and text == chr(raw[0]):
            return ODD_SIZE
        return None


class Impacket(RowReader):
    def __init__(self):
        import impacket.ese  # pylint: disable=import-outside-toplevel
        self._module = impacket.ese

    def examine(self, expectation):
        if expectation["page_size"] > 8192:
            for table in expectation["tables"]:
                yield table["name"], "limit", "pages of more than 8 KiB are not read"
            return
        database = self._module.ESENT_DB(expectation["file"])
        for table in expectation["tables"]:
            yield (table["name"], *self.compare(table, self._rows(database, table["name"])))
        database.close()

    @staticmethod
    def _rows(database, name):
        cursor = database.openTable(name)
        rows = {}
        while (row := database.getNextRow(cursor)) is not None:
            row = {key.decode(): value for key, value in row.items()}
            rows[row["id"]] = row
        return rows

    def judge(self, kind, codepage, storage, values, value):
        if not values:
            if value is None:
                return ""
            zeros = {int: 0, float: 0.0, str: str(value).strip("\0\ufffd")}.get(type(value))
            if isinstance(value, bytes):  # Shown as digits, but a GUID.
                zeros = value if not value.strip(b"\0") or not value.strip(b"0") else None
            empty = value == zeros or zeros == ""
            return FILLED_NULL if storage == "fixed" and empty else None
        if len(values) > 1:
            joined = b"".join(values).hex().encode()
            if isinstance(value, bytes) and value.endswith(joined):
                return RAW_VALUES
            long_numbers = isinstance(value, bytes) and len(value) == 12 * len(values)
            return NO_LONG if kind.startswith("Long") and long_numbers else None
        raw = values[0]
        if value is None:
            return NO_COMPRESSED if kind.startswith("Long") else None
        if value == self._shown(kind, codepage, raw):
            return ""
        if kind in ("Currency", "LongLong") and value == int.from_bytes(raw, "little"):
            return UNSIGNED_NUMBER
        if kind == "UnsignedLongLong" and value == raw.hex().encode():
            return NO_UNSIGNED_LONG_LONG
        if kind == "Text" and storage == "fixed" and len(raw) % 2 == 0:
            if value == plain(kind, codepage, raw) + "\ufffd":
                return ODD_SIZE
        if kind.startswith("Long") and len(value) in (2, 4, 8) and len(raw) > 8:
            return NO_LONG  # What is shown is the four bytes that name the value.
        return None

    @staticmethod
    def _shown(kind, codepage, raw):
        if kind == "Bit":
            return raw[0]
        if kind == "DateTime":
            return int.from_bytes(raw, "little")
        if kind == "GUID":
            return raw
        if kind.endswith("Binary"):
            return raw.hex().encode()
        return plain(kind, codepage, raw)


def reader_of(name):
    if name.startswith("edbcheck:"):
        return EdbCheck(name.split(":", 1)[1])
    if name == "esedbexport":
        return Esedbexport()
    if name == "impacket":
        return Impacket()
    raise SystemExit(f"no reader {name}")


def main(arguments):
    reader = reader_of(arguments[0])
    for path in arguments[1:]:
        with open(path, encoding="ascii") as file:
            expectation = json.load(file)
        try:
            for table, verdict, reason in reader.examine(expectation):
                print(expectation["file"], table, verdict, " ".join(reason.split()), sep="\t")
        except Exception as error:  # One broken file must not hide the others.
            print(expectation["file"], "", "differs", f"{type(error).__name__}: {error}", sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
