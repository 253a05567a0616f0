#!/usr/bin/env python3
"""Moves inputs between libFuzzer's folders and the repository's corpora.

Usage:
    fuzz_corpus.py unpack HEX_FILE FOLDER   one file per line of HEX_FILE
    fuzz_corpus.py pack FOLDER HEX_FILE     the folder's files, the smallest first, as lines: those
                                            of up to MOST_BYTES bytes, MOST_INPUTS of them, behind
                                            the lines that HEX_FILE has already
"""

import hashlib
import pathlib
import sys

MOST_BYTES = 400
MOST_INPUTS = 60


def read_lines(path):
    return path.read_text(encoding="ascii").split() if path.exists() else []


def unpack(hex_file, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for line in read_lines(hex_file):
        content = bytes.fromhex(line)
        (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def pack(folder, hex_file):
    lines = read_lines(hex_file)
    inputs = sorted((path.read_bytes() for path in folder.iterdir()), key=lambda c: (len(c), c))
    for content in inputs:
        text = content.hex()
        if len(lines) < MOST_INPUTS and 0 < len(content) <= MOST_BYTES and text not in lines:
            lines.append(text)
    hex_file.write_text("".join(line + "\n" for line in lines), encoding="ascii")


def main(arguments):
    if len(arguments) != 3 or arguments[0] not in ("unpack", "pack"):
        sys.exit(__doc__)
    source, target = map(pathlib.Path, arguments[1:])
    (unpack if arguments[0] == "unpack" else pack)(source, target)


if __name__ == "__main__":
    main(sys.argv[1:])
