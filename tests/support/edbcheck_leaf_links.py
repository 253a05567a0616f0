#!/usr/bin/env python3
"""edbcheck.py with one rule changed: pages that are not leaves have no sibling links.

Usage:
    edbcheck_leaf_links.py CHECKER WORD...

CHECKER is the path of edbcheck.py, which is not part of the repository; the words are its own. Its
description of the format says that the pages of every level of a tree are linked to each other.
ESE links leaves only: its source asserts so where a page is split or moved, its integrity check
calls a link on an internal page corruption, and libesedb reads no table that has one. For trees of
three levels and more, and for nothing else, edbcheck.py is therefore wrong (docs/format/tree.md,
"Links of leaves only").

Here it is loaded as it is, and its sibling check is exchanged: internal pages must have 0 on both
sides, leaves must have what they always had to. What the unchanged checker would have said more
is counted and told on standard error, so that the difference is never hidden.
"""

import importlib.util
import sys


class Difference:
    """What the unchanged rule asks of internal pages, and does not find."""

    def __init__(self):
        self.pages = set()

    def report(self):
        if self.pages:
            print(f"edbcheck.py alone misses sibling links on {len(self.pages)} internal pages, "
                  f"the first of them page {min(self.pages)}", file=sys.stderr)


def load(path):
    sys.dont_write_bytecode = True
    specification = importlib.util.spec_from_file_location("edbcheck", path)
    checker = importlib.util.module_from_spec(specification)
    sys.modules["edbcheck"] = checker
    specification.loader.exec_module(checker)
    return checker


def exchange_rule(checker, difference):
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


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    checker = load(sys.argv[1])
    difference = Difference()
    exchange_rule(checker, difference)
    status = checker.main(sys.argv[2:])
    difference.report()
    return status


if __name__ == "__main__":
    sys.exit(main())
