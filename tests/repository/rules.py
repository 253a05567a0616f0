#!/usr/bin/env python3
"""The repository's own rules. Each rule prints what breaks it as "file:line: reason".

  rules.py RULE [--root FOLDER]   exits with 1 when something breaks the rule
  rules.py --list                 names the rules
  rules.py --report               measures the house: sizes, assertions, includes that climb
"""

import argparse
import fnmatch
import pathlib
import re
import subprocess
import sys

FILE_CEILING = 600
LINE_CEILING = 100
FUNCTION_GOAL = 70  # lines
FUNCTION_CEILING = 100  # lines; lower it when the longest function gets shorter
SHARE_OVER_GOAL = 0.01

CODE = (".cc", ".h", ".hpp", ".c")
TEXT = CODE + (".py", ".sh", ".cmake", ".def", ".in")
FLOORS = ["include", "storage", "log", "engine", "backup", "tools"]  # lowest first
PRODUCT = FLOORS + ["bench"]
FORBIDDEN_STEM = re.compile(r"(^|_)(util|utils|utility|utilities|common|helper|helpers)$")


def walk(root):
    """Every file of the repository, as a path relative to its root."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        first = relative.parts[0]
        if path.is_file() and first not in ("build", ".git", ".cache"):
            if not any(part in ("__pycache__", "build") for part in relative.parts):
                yield relative


def lines_of(root, relative):
    return (root / relative).read_text(errors="replace").splitlines()


def code_files(root, suffixes=CODE, folders=None):
    for relative in walk(root):
        if relative.suffix in suffixes and (folders is None or relative.parts[0] in folders):
            yield relative


def folder_directions(root):
    """A folder includes only what stands below it."""
    for relative in code_files(root, CODE, FLOORS):
        own = FLOORS.index(relative.parts[0])
        for number, line in enumerate(lines_of(root, relative), 1):
            match = re.match(r'\s*#\s*include\s+["<]([a-z_]+)/', line)
            if not match:
                continue
            folder = match[1]
            if folder in ("tests", "bench", "examples"):
                yield f"{relative}:{number}: includes {folder}/"
            elif folder in FLOORS and FLOORS.index(folder) > own:
                yield f"{relative}:{number}: {relative.parts[0]}/ includes {folder}/ above it"


def include_style(root):
    """Own headers are included by their path from the root; headers have a guard."""
    for relative in code_files(root, (".cc", ".h", ".hpp", ".c")):
        lines = lines_of(root, relative)
        for number, line in enumerate(lines, 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if match and "/" not in match[1] and match[1] != "esent.h":
                yield f"{relative}:{number}: \"{match[1]}\" is not a path from the root"
        if relative.suffix in (".h", ".hpp"):
            guard = any(line.startswith(("#pragma once", "#ifndef ")) for line in lines)
            if not guard:
                yield f"{relative}:1: header without a guard"


def file_length(root):
    """No file is longer than the ceiling."""
    for relative in code_files(root, TEXT):
        count = len(lines_of(root, relative))
        if count > FILE_CEILING:
            yield f"{relative}:{count}: {count} lines, the ceiling is {FILE_CEILING}"


def line_length(root):
    """No line is longer than the ceiling, but for addresses on the web and rows of tables."""
    for relative in code_files(root, tuple(suffix for suffix in TEXT if suffix != ".def")):
        for number, line in enumerate(lines_of(root, relative), 1):
            if len(line) > LINE_CEILING and "https://" not in line:
                yield f"{relative}:{number}: {len(line)} columns"


NOT_A_FUNCTION = re.compile(
    r"^(namespace|class|struct|enum|union|extern|typedef|if|for|while|switch|else|do|case|default|"
    r"try|catch|return|template <[^>]*>\s*(class|struct))\b"
)


BEFORE_A_STATEMENT = re.compile(r"(^\s*$|[;{}]\s*$|^\s*//|^#|:\s*$|\*/\s*$)")


def functions_of(lines):
    """(first line, length) of every function, found by the layout that clang-format gives."""
    for end, line in enumerate(lines):
        if not re.fullmatch(r" {0,4}\}", line):
            continue
        depth, start = 0, end
        while start >= 0:
            depth += lines[start].count("}") - lines[start].count("{")
            if depth <= 0:
                break
            start -= 1
        while start > 0 and not BEFORE_A_STATEMENT.search(lines[start - 1]):
            start -= 1
        head = lines[max(start, 0)].strip()
        if "(" in " ".join(lines[start:end]) and not NOT_A_FUNCTION.match(head) and head != "{":
            yield start + 1, end - start + 1


def product_functions(root, folders=tuple(PRODUCT)):
    """(length, place) of every function, longest first."""
    return sorted(((length, f"{relative}:{number}")
                   for relative in code_files(root, (".cc", ".h", ".hpp"), folders)
                   for number, length in functions_of(lines_of(root, relative))), reverse=True)


def function_length(root):
    """At most one function in a hundred is over the goal, and none over the ceiling."""
    functions = product_functions(root)
    over = [f for f in functions if f[0] > FUNCTION_GOAL]
    for length, place in functions:
        if length > FUNCTION_CEILING:
            yield f"{place}: {length} lines, the ceiling is {FUNCTION_CEILING}"
    if len(over) > max(SHARE_OVER_GOAL * len(functions), 0):
        for length, place in over:
            yield f"{place}: {length} lines; over 1 % of the functions exceed {FUNCTION_GOAL}"


def dead_files(root):
    """Sources are built, headers are included, scripts are named, placeholders have gone."""
    files = list(walk(root))
    texts = {f: (root / f).read_text(errors="replace") for f in files
             if f.suffix in TEXT + (".md", ".json") or f.name in ("CMakeLists.txt", "run")}
    build = [f for f in texts if f.name == "CMakeLists.txt" or f.suffix == ".cmake"]
    build_text = "\n".join(texts[f] for f in build)
    globbed = {folder.strip("/") for folder in
               re.findall(r"([a-z_/]+)/\*(?:_test|_bench)?\.cc", build_text)}
    floors = {word for args in re.findall(r"FOLDERS ([a-z_/ ]+?) SEES", build_text)
              for word in args.split()}
    for f in files:
        others = [g for g in texts if g != f]
        if f.name == "placeholder.cc":
            if any(g != f and g.suffix == ".cc" and g.parts[0] == f.parts[0] for g in files):
                yield f"{f}:1: placeholder beside real sources"
        elif f.suffix in (".h", ".hpp"):
            path = str(f).removeprefix("include/")
            if f.name != "esent.h" and not any(f'"{path}"' in texts[g] or f"<{path}>" in texts[g]
                                               for g in others):
                yield f"{f}:1: nobody includes it"
        elif f.suffix in (".cc", ".c"):
            folder = str(f.parent)
            here = texts.get(f.parent / "CMakeLists.txt", "")
            is_globbed = folder in floors or folder in globbed or f.parts[0] == "tests" and (
                f.name.endswith("_test.cc") or f.parts[1] == "support")
            is_globbed |= any(fnmatch.fnmatch(f.name, g) for g in re.findall(r"/(\*\w*\.cc)", here))
            if not is_globbed and not re.search(rf"\b{re.escape(f.name)}\b", build_text):
                yield f"{f}:1: no CMakeLists.txt builds it"
        elif f.suffix in (".py", ".sh", ".cmake", ".in"):
            name = f.stem if f.suffix == ".cmake" else f.name
            if not any(name in texts[g] for g in others):
                yield f"{f}:1: nothing names it"


def document_links(root):
    """Links between documents, and the source paths that they name, lead somewhere."""
    for relative in walk(root):
        if relative.suffix != ".md":
            continue
        fenced = False
        for number, line in enumerate(lines_of(root, relative), 1):
            fenced ^= line.startswith("```")
            if fenced:
                continue
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", line):
                if "://" not in target and not (root / relative.parent / target).exists():
                    yield f"{relative}:{number}: no {target}"
            folders = "|".join(PRODUCT + ["tests", "docs", "cmake", "examples"])
            for path in re.findall(rf"`((?:{folders})/[\w/.-]+\.\w+)`", line):
                if not (root / path).exists():
                    yield f"{relative}:{number}: no {path}"


def readme_examples(root):
    """A block of C or C++ in README.md stands word for word in the example that it names."""
    readme = root / "README.md"
    text = readme.read_text() if readme.exists() else ""
    for block in re.finditer(r"^```(?:c|cpp)\n(.*?)^```", text, re.M | re.S):
        number = text[: block.start()].count("\n") + 1
        first, _, rest = block[1].partition("\n")
        named = re.fullmatch(r"(?:/\*|//) From (\S+?)(?: \*/)?", first)
        example = root / named[1] if named else None
        if example is None or not example.exists() or rest not in example.read_text():
            yield f"README.md:{number}: is not what an example says"


def status_page(root):
    """docs/status.md is what the table of functions says."""
    script = root / "tools" / "api_surface.py"
    run = subprocess.run([sys.executable, script, "check", "--root", root], capture_output=True,
                         text=True, check=False)
    if run.returncode != 0:
        yield f"docs/status.md:1: {run.stderr.strip()}"


def test_settings(root):
    """Every environment variable that a test reads is in docs/testing.md."""
    page = root / "docs/testing.md"
    known = set(re.findall(r"CONTRAIL_\w+", page.read_text() if page.exists() else ""))
    for relative in code_files(root, CODE, ("tests",)):
        if relative.parts[:2] == ("tests", "repository"):
            continue
        for number, line in enumerate(lines_of(root, relative), 1):
            for name in re.findall(r'"(CONTRAIL_[A-Z_]+)"', line):
                if name not in known:
                    yield f"{relative}:{number}: docs/testing.md does not name {name}"


def file_names(root):
    """A file is named after its subject."""
    for relative in walk(root):
        if FORBIDDEN_STEM.search(relative.stem):
            yield f"{relative}:1: a name that says nothing"


def marks(root):
    """No unexplained marks, no paths of somebody's machine, no waiting by the clock."""
    machine = re.compile(r"(^|[\s\"'`(=])/(work|home|root)/\w")
    for relative in walk(root):
        if relative.suffix not in TEXT + (".md",) and relative.name != "CMakeLists.txt":
            continue
        if relative.parts[:2] == ("tests", "repository"):
            continue  # The rules and their tests spell out what they forbid.
        for number, line in enumerate(lines_of(root, relative), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b(?!\([^)]+\): \w)", line):
                yield f"{relative}:{number}: a mark without a reason"
            if re.search(r"NOLINT(NEXTLINE|BEGIN|END)?(?![A-Z(])", line):
                yield f"{relative}:{number}: NOLINT without the name of a check"
            if machine.search(line):
                yield f"{relative}:{number}: a path of one machine"
            sleeps = re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep|SleepFor)\b", line)
            if sleeps and relative.parts[0] not in ("tools", "bench"):
                yield f"{relative}:{number}: waits by the clock"


def event_numbers(root):
    """No two events of one list have the same number, nor two of any lists that are our own (9xx).
    Of ESE's some are told by two floors."""
    own = {}
    for relative in sorted(code_files(root, (".h",), FLOORS)):
        of_ese = {}
        for number, line in enumerate(lines_of(root, relative), 1):
            match = re.match(r"inline constexpr uint32_t (k\w+) = (\d+);", line)
            if not match or relative.name not in ("event_id.h", "event_ids.h", "backup_events.h"):
                continue
            seen = own if 900 <= int(match[2]) <= 999 else of_ese
            if match[2] in seen:
                yield f"{relative}:{number}: {match[1]} has the number of {seen[match[2]]}"
            seen[match[2]] = match[1]


RULES = {
    "folder-directions": folder_directions,
    "include-style": include_style,
    "file-length": file_length,
    "line-length": line_length,
    "function-length": function_length,
    "dead-files": dead_files,
    "document-links": document_links,
    "readme-examples": readme_examples,
    "status-page": status_page,
    "test-settings": test_settings,
    "file-names": file_names,
    "marks": marks,
    "event-numbers": event_numbers,
}


def report(root):
    """Prints what the rules measure, for people."""
    sizes = sorted(((len(lines_of(root, f)), str(f)) for f in code_files(root)), reverse=True)
    print(f"{len(sizes)} files of C and C++, {sum(size for size, _ in sizes)} lines")
    print(f"largest file: {sizes[0][1]}, {sizes[0][0]} lines; median {sizes[len(sizes) // 2][0]}")
    functions = product_functions(root)
    over = sum(length > FUNCTION_GOAL for length, _ in functions)
    print(f"longest function: {functions[0][1]}, {functions[0][0]} lines; "
          f"{over} of {len(functions)} over {FUNCTION_GOAL}")
    for folder in FLOORS[1:]:
        checks = sum(len(re.findall(r"\bD?CHECK\(|\bstatic_assert\(", line))
                     for f in code_files(root, CODE, (folder,)) for line in lines_of(root, f))
        count = len(product_functions(root, (folder,)))
        print(f"{folder}: {count} functions, {checks / max(count, 1):.2f} assertions each")
    climbing = list(folder_directions(root))
    print("includes against the floors: " + ("; ".join(climbing) or "none"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rule", nargs="?", choices=RULES)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2])
    options = parser.parse_args()
    if options.list:
        print("\n".join(RULES))
        return
    if options.report:
        report(options.root)
        return
    found = False
    for rule in [options.rule] if options.rule else RULES:
        for violation in RULES[rule](options.root):
            found = True
            print(f"{violation} [{rule}]")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
