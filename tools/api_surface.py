#!/usr/bin/env python3
"""Makes everything that depends on the list of JET functions from engine/api/surface.def.

  api_surface.py source   stubs of missing functions and the names without a suffix (C++)
  api_surface.py exports  the version script of libesent.so
  api_surface.py status   docs/status.md
  api_surface.py check    exits with 1 when docs/status.md is not what `status` prints

The signatures come from include/esent/functions_*.h, so that they stand in one place only.
"""

import argparse
import pathlib
import re
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
STATES = ("missing", "partial", "implemented")
FORMS = {
    "plain": ("",),
    "A,W": ("A", "W", ""),
    "A,W-only": ("A", "W"),
    "W": ("W",),
}


@dataclass
class Function:
    name: str
    family: str
    forms: str
    state: str
    note: str

    def exports(self):
        return [self.name + suffix for suffix in FORMS[self.forms]]


def read_table(root):
    functions, family = [], ""
    path = root / "engine/api/surface.def"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            family = line.strip("[]")
            continue
        words = line.split(None, 3)
        if len(words) < 3 or words[1] not in FORMS or words[2] not in STATES:
            sys.exit(f"{path}:{number}: not understood: {line}")
        note = words[3] if len(words) > 3 else ""
        functions.append(Function(words[0], family, words[1], words[2], note))
    return functions


def read_signatures(root):
    """Name of an exported function -> its parameters as the header writes them."""
    signatures = {}
    for header in sorted((root / "include/esent").glob("functions_*.h")):
        for name, parameters in re.findall(r"^JET_API (\w+)\(([^;]*)\);", header.read_text(), re.M):
            signatures[name] = " ".join(parameters.split())
    return signatures


def split_parameters(parameters):
    if parameters == "void":
        return []
    return [re.fullmatch(r"(.*?)(\w+)", part.strip()).groups() for part in parameters.split(",")]


def source(functions, signatures):
    lines = ["// Made by tools/api_surface.py from engine/api/surface.def.", ""]
    lines += ["#include <esent.h>", ""]
    for function in functions:
        for export in function.exports():
            parameters = split_parameters(signatures[export])
            alias_of = export + "A" if export + "A" in function.exports() else None
            if alias_of:
                types = ", ".join(f"{kind}{name}" for kind, name in parameters)
                names = ", ".join(name for _, name in parameters)
                lines.append(f"JET_API {export}({types}) {{ return {alias_of}({names}); }}")
            elif function.state == "missing":
                types = ", ".join(kind.strip() for kind, _ in parameters)
                lines.append(f"JET_API {export}({types}) {{ return JET_errFeatureNotAvailable; }}")
    return "\n".join(lines) + "\n"


def exports(functions):
    names = sorted(name for function in functions for name in function.exports())
    body = "".join(f"    {name};\n" for name in names)
    return "CONTRAIL_0 {\n  global:\n" + body + "  local:\n    *;\n};\n"


STATUS_HEAD = """# What is implemented

<!-- Made by `tools/api_surface.py status` from engine/api/surface.def; do not edit. -->

Every function of the JET API is exported. One that is missing returns
`JET_errFeatureNotAvailable` and does nothing. Forms: `A,W` means that the A form, the W form and
the name without a suffix are exported; `A,W-only` that there is no name without a suffix.

"""


def status(functions):
    counts = {state: sum(f.state == state for f in functions) for state in STATES}
    text = STATUS_HEAD
    text += f"{len(functions)} functions: {counts['implemented']} implemented, "
    text += f"{counts['partial']} partial, {counts['missing']} missing.\n"
    family = None
    for function in functions:
        if function.family != family:
            family = function.family
            text += f"\n## {family}\n\n| function | forms | state | note |\n|---|---|---|---|\n"
        text += f"| {function.name} | {function.forms} | {function.state} | {function.note} |\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["source", "exports", "status", "check"])
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    parser.add_argument("--output", type=pathlib.Path, help="file to write instead of printing")
    options = parser.parse_args()
    functions = read_table(options.root)
    if options.what == "check":
        page = options.root / "docs/status.md"
        if not page.exists() or page.read_text() != status(functions):
            sys.exit("out of date; run tools/api_surface.py status --output docs/status.md")
        return
    if options.what == "source":
        text = source(functions, read_signatures(options.root))
    elif options.what == "exports":
        text = exports(functions)
    else:
        text = status(functions)
    if options.output:
        options.output.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
