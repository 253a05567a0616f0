#!/usr/bin/env python3
"""Which test makes each error of the backup family happen, and each cell of its state tables.

  backup_errors.py page          docs/errors-backup.md
  backup_errors.py check         exits with 1 when the page is not what `page` prints, when a test
                                 that is named does not exist, or when a row has neither
  backup_errors.py missing SPEC  exits with 1 when a row of the API's table of errors is missing

The rows are those of tests/backup/error_rows.tsv: function, error, test, reason. A test is a
GoogleTest name; "-" stands for none. A reason says why the error cannot arise here; one that begins
with "open:" says that it could, but that no test makes it happen yet. The cells are those of
the tables in tests/backup that TABLES names, which their tests read.
"""

import argparse
import pathlib
import re
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = "tests/backup/error_rows.tsv"
PAGE = "docs/errors-backup.md"
TABLES = [
    ("tests/backup/mode_table.tsv", "ProcessModeTest.EveryCell", "The mode of the process"),
    ("tests/backup/state_table.tsv", "StateTableTest.EveryCell", "The sequence of a backup"),
    (
        "tests/backup/snapshot_table.tsv",
        "SnapshotStatesTest.EveryCell",
        "The session of a snapshot",
    ),
]
FAMILY = re.compile(
    r"Jet(Backup(Instance)?|BeginExternalBackup(Instance)?|CloseFile(Instance)?|"
    r"EnableMultiInstance|EndExternalBackup(Instance2?)?|ExternalRestore2?|"
    r"GetAttachInfo(Instance)?|GetDatabaseFileInfo|GetInstanceInfo|GetLogInfo(Instance2?)?|"
    r"GetTruncateLogInfoInstance|OpenFile(Instance)?|OSSnapshot\w+|ReadFile(Instance)?|"
    r"Restore2?|RestoreInstance|StopBackup(Instance)?|StopService(Instance2?)?|Term2?|"
    r"TruncateLog(Instance)?)"
)


@dataclass
class Row:
    function: str
    code: str
    test: str
    reason: str

    def covered(self):
        return self.test != "-"

    def open(self):
        return not self.covered() and self.reason.startswith("open:")


def lines_of(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line.split("\t")


def read_rows(root):
    rows = []
    for number, fields in lines_of(root / ROWS):
        if len(fields) != 4:
            sys.exit(f"{ROWS}:{number}: not four fields")
        rows.append(Row(*fields))
    return rows


def read_cells(root, path):
    """Header and rows of a state table; a cell that no test looks at is empty."""
    table = [fields for _, fields in lines_of(root / path)]
    return table[0], table[1:]


def count_cells(rows):
    cells = [cell for fields in rows for cell in fields[1:]]
    return sum(cell not in ("", "open") for cell in cells), sum(cell != "" for cell in cells)


def tests_of(root):
    names = set()
    for path in (root / "tests").rglob("*_test.cc"):
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", path.read_text(), re.M):
            names.add(f"{suite}.{name}")
    return names


HEAD = """# Errors of the backup family

<!-- Made by `tools/backup_errors.py page` from tests/backup/*.tsv; do not edit. -->

Every error that the API documents for a function of the backup family, or that ESE is known to
return from it, and the test that makes it happen through the API.

"""


def table_text(root):
    text = "\n## State tables\n\nA cell is a call in a state: what it returns, and the state behind"
    text += " it. The tests read the cells\nfrom the files named here and try every one.\n\n"
    text += "| table | file | test | cells tested | cells |\n|---|---|---|---|---|\n"
    for path, test, title in TABLES:
        if not (root / path).exists():
            continue
        tested, all_cells = count_cells(read_cells(root, path)[1])
        text += f"| {title} | {path} | {test} | {tested} | {all_cells} |\n"
    return text


def page(root):
    rows = read_rows(root)
    covered = [row for row in rows if row.covered()]
    still_open = [row for row in rows if row.open()]
    impossible = [row for row in rows if not row.covered() and not row.open()]
    text = HEAD
    text += f"{len(rows)} rows: {len(covered)} made to happen by a test, "
    text += f"{len(impossible)} cannot arise, {len(still_open)} open.\n"
    text += table_text(root)
    if still_open:
        text += "\n## Open\n\n| function | error | what is missing |\n|---|---|---|\n"
        for row in still_open:
            text += f"| {row.function} | {row.code} | {row.reason[len('open:'):].strip()} |\n"
    text += "\n## Cannot arise\n\n| function | error | why |\n|---|---|---|\n"
    for row in impossible:
        text += f"| {row.function} | {row.code} | {row.reason} |\n"
    text += "\n## Tested\n\n| function | error | test |\n|---|---|---|\n"
    for row in covered:
        text += f"| {row.function} | {row.code} | {row.test} |\n"
    return text


def check(root):
    complaints = []
    names = tests_of(root)
    seen = set()
    for row in read_rows(root):
        what = f"{row.function} {row.code}"
        if what in seen:
            complaints.append(f"{what}: twice")
        seen.add(what)
        if row.covered() and row.test not in names:
            complaints.append(f"{what}: no test {row.test}")
        if not row.covered() and row.reason in ("-", ""):
            complaints.append(f"{what}: neither a test nor a reason")
    for path, test, _ in TABLES:
        if (root / path).exists() and test not in names:
            complaints.append(f"{path}: no test {test}")
    file = root / PAGE
    if not file.exists() or file.read_text() != page(root):
        complaints.append(f"out of date; run tools/backup_errors.py page --output {PAGE}")
    return complaints


def missing(root, specification):
    ours = {(row.function, row.code) for row in read_rows(root)}
    complaints = []
    for _, fields in lines_of(specification):
        function, code = fields[:2]
        if not FAMILY.fullmatch(function) or not re.match(r"(JET_)?(err|wrn)", code):
            continue
        if (function, code) not in ours:
            complaints.append(f"{function} {code}: no row in {ROWS}")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["page", "check", "missing"])
    parser.add_argument("specification", nargs="?", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    parser.add_argument("--output", type=pathlib.Path, help="file to write instead of printing")
    options = parser.parse_args()
    if options.what == "page":
        text = page(options.root)
        if options.output:
            options.output.write_text(text)
        else:
            sys.stdout.write(text)
        return
    if options.what == "missing":
        if options.specification is None:
            parser.error("missing needs the table of errors")
        complaints = missing(options.root, options.specification)
    else:
        complaints = check(options.root)
    if complaints:
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
