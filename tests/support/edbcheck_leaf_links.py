#!/usr/bin/env python3
"""edbcheck.py with five rules changed, in which it contradicts ESE.

Usage:
    edbcheck_leaf_links.py CHECKER WORD...

CHECKER is the path of edbcheck.py, which is not part of the repository; the words are its own.

1. Links of leaves only (docs/format/tree.md). edbcheck.py's description of the format says that the
   pages of every level of a tree are linked to each other. ESE links leaves only: its source
   asserts so where a page is split or moved, its integrity check calls a link on an internal page
   corruption, and libesedb reads no table that has one. For trees of three levels and more, and for
   nothing else, edbcheck.py is therefore wrong.
2. Null long values on small pages (docs/format/record.md). A long type that is explicitly null has
   no header byte there, as ESE asserts where it inserts one; edbcheck.py asks for the byte.
3. Indexes of template tables (docs/format/catalog.md). ESE marks the columns of a template's own
   indexes as the template's, as it asserts where it reads them; edbcheck.py takes the mark for that
   of an inherited column and finds none.
4. Key segments of limited length. A segment that is as long as the
   index lets its segments be ends nothing: the next one follows it. Only a segment for which the
   whole key has no room ends the key (ESE takes the warning of such a text segment back, and for a
   binary one gives none). edbcheck.py ends the key in both cases.
5. Long values of dropped columns. A dropped column stays in the records that have it, and its long
   values in their tree: ESE counts references by what records hold, whatever the columns are by
   now. edbcheck.py takes such values for ones that nothing refers to.

Here it is loaded as it is, and these rules are exchanged: internal pages must have 0 on both sides,
leaves must have what they always had to. What the unchanged checker would have said more is counted
and told on standard error, so that the difference is never hidden.
"""

import importlib.util
import sys


class Difference:
    """What the unchanged rules ask for, and do not find."""

    def __init__(self):
        self.pages = set()
        self.nulls = 0
        self.template_columns = 0
        self.whole_segments = 0
        self.dropped_values = 0

    def report(self):
        if self.pages:
            print(f"edbcheck.py alone misses sibling links on {len(self.pages)} internal pages, "
                  f"the first of them page {min(self.pages)}", file=sys.stderr)
        if self.nulls:
            print(f"edbcheck.py alone misses header bytes of {self.nulls} null long values",
                  file=sys.stderr)
        if self.template_columns:
            print(f"edbcheck.py alone misses {self.template_columns} key columns of templates",
                  file=sys.stderr)
        if self.whole_segments:
            print(f"edbcheck.py alone ends {self.whole_segments} keys at a segment's own limit",
                  file=sys.stderr)
        if self.dropped_values:
            print(f"edbcheck.py alone misses {self.dropped_values} references of dropped columns",
                  file=sys.stderr)


def load(path):
    sys.dont_write_bytecode = True
    specification = importlib.util.spec_from_file_location("edbcheck", path)
    checker = importlib.util.module_from_spec(specification)
    sys.modules["edbcheck"] = checker
    specification.loader.exec_module(checker)
    return checker


def exchange_links(checker, difference):
    of_all_levels = checker.TreeWalk._check_siblings

    def of_leaves(walk, page, left):
        if page.flags & checker.LEAF:
            of_all_levels(walk, page, left)
            return
        if left:
            if page.previous != left.pgno:
                difference.pages.add(page.pgno)
            if left.next != page.pgno:
                difference.pages.add(left.pgno)
        walk._expect(page.pgno, "previous page of an internal page", 0, page.previous)
        walk._expect(page.pgno, "next page of an internal page", 0, page.next)

    checker.TreeWalk._check_siblings = of_leaves


def exchange_nulls(checker, difference):
    add_any_field = checker.Record._add_field

    def add_field(record, identity, word, begin, end):
        key = (bool(word & 0x8000), identity)
        column = record.layout.tagged.get(key)
        is_bare_null = not record.layout.large and word & 0x6000 == 0x2000
        if is_bare_null and column is not None and column.type in checker.LONG_TYPES:
            difference.nulls += 1
            record.fields[key] = (0, True, begin, end)
            return
        add_any_field(record, identity, word, begin, end)

    checker.Record._add_field = add_field


def exchange_template_columns(checker, difference):
    find_any = checker.Index._find

    def find(index, columns, flags, identity):
        of_template_index = index.flags & 0x100 and flags & checker.SEGMENT_FROM_TEMPLATE
        if of_template_index and (True, identity) not in columns:
            difference.template_columns += 1
            flags &= ~checker.SEGMENT_FROM_TEMPLATE
        return find_any(index, columns, flags, identity)

    checker.Index._find = find


def exchange_segments(checker, difference):
    any_segment = checker.string_segment

    def string_segment(index, column, raw, room):
        made = any_segment(index, column, raw, room)
        limit = index.segment_limit
        if made is None or not made[1] or not limit or limit > room:
            return made
        difference.whole_segments += 1
        return made[0], False

    checker.string_segment = string_segment


def exchange_references(checker, difference):
    check_any_column = checker.TableAudit._check_column

    def check_column(audit, record, column):
        check_any_column(audit, record, column)
        if column is None or column.type != checker.NIL:
            return
        for value in record.values(column) or ():
            if isinstance(value, checker.LongRef):
                difference.dropped_values += 1
                audit._references[value.lid[::-1]] += 1

    checker.TableAudit._check_column = check_column


def exchange_rules(checker, difference):
    exchange_links(checker, difference)
    exchange_nulls(checker, difference)
    exchange_template_columns(checker, difference)
    exchange_segments(checker, difference)
    exchange_references(checker, difference)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    checker = load(sys.argv[1])
    difference = Difference()
    exchange_rules(checker, difference)
    status = checker.main(sys.argv[2:])
    difference.report()
    return status


if __name__ == "__main__":
    sys.exit(main())
