#!/usr/bin/env python3
"""Sums up test reports: count_tests.py BUILD [SANITIZED_BUILD ...]

The tests of the first build folder are counted one by one; a program that is no GoogleTest binary
counts as one test, and one that died without a report as one failure. Of the other folders, where
the same tests run again under sanitizers, the failures are added. Exits with 1 when anything failed
or nothing ran.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(build):
    """(passed, failed, skipped) of one build folder; prints what failed and why tests skipped."""
    passed = failed = skipped = 0
    results = pathlib.Path(build) / "test-results"
    for program in ElementTree.parse(results / "ctest.xml").getroot().iter("testcase"):
        good = program.get("status") == "run"
        report = results / f"{program.get('name')}.json"
        if not report.exists():
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"failed: {program.get('name')} ended without a report")
            continue
        failed_here = 0
        for suite in json.loads(report.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                name = f"{suite['name']}.{test['name']}"
                if test.get("failures"):
                    failed_here += 1
                    print(f"failed: {name}")
                elif test["result"] == "SKIPPED":
                    skipped += 1
                    reason = " ".join(s.get("message", "") for s in test.get("skipped", []))
                    print(f"skipped: {name} {reason}".strip())
                elif test["result"] == "COMPLETED":
                    passed += 1
        if not good and failed_here == 0:
            failed_here = 1
            print(f"failed: {program.get('name')} ended badly")
        failed += failed_here
    return passed, failed, skipped


def main():
    passed, failed, skipped = count(sys.argv[1])
    for build in sys.argv[2:]:
        again, broken, _ = count(build)
        print(f"{build}: {again} passed again, {broken} failed")
        failed += broken
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(0 if passed and not failed else 1)


if __name__ == "__main__":
    main()
