#!/usr/bin/python3
"""embed.py HTML CSS JS...: the page of `ashlar report` as C, on standard output.

Style and script go into the page where @STYLE@ and @SCRIPT@ stand, without their comments and indents.  The page may
run that script and no other: its content security policy has the sums of both, and allows nothing to be loaded.  The
page is cut where the title, the verdict and the data go.  (The scripts are laid out by prettier, 120 columns.)
"""

import base64
import hashlib
import re
import sys


def packed(text):
    """Without lines that are comments, and without indents: no string here goes over several lines."""
    text = re.sub(r"^\s*/\*.*?\*/\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def c_string(text):
    """UTF-8, a line of C for each line; bytes beyond ASCII in octal, where a digit may follow."""
    out = []
    for line in text.splitlines(keepends=True):
        letters = []
        for byte in line.encode():
            letter = chr(byte)
            if letter in '"\\':
                letters.append("\\" + letter)
            elif letter == "\n":
                letters.append("\\n")
            elif 32 <= byte < 127 and letter != "?":
                letters.append(letter)
            else:
                letters.append(f"\\{byte:03o}")
        out.append('    "' + "".join(letters) + '"')
    return "\n".join(out)


def main():
    html, css, *scripts = sys.argv[1:]
    style = packed(read(css))
    script = '(function () {\n"use strict";\n' + "".join(packed(read(path)) for path in scripts) + "})();\n"
    if "</script" in script or "</style" in style:
        sys.exit("embed.py: an end tag within the script or the style would end it")
    policy = f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'"
    page = read(html)
    for mark, text in (("@CSP@", policy), ("@STYLE@", style), ("@SCRIPT@", script)):
        page = page.replace(mark, text)
    parts = re.split("@(?:TITLE|VERDICT|DATA)@", page)
    if len(parts) != 4:
        sys.exit("embed.py: the page has not one place each for title, verdict and data")
    print('/* Made by report/embed.py. */\n#include "report_parts.h"\n')
    print("const char *const report_parts[REPORT_PARTS] = {")
    for part in parts:
        print(c_string(part) + ",")
    print("};")


main()
