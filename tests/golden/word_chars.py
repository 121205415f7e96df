#!/usr/bin/env python3
"""Prints src/text/word_chars.rs: what Python's regular expressions call a word character.

    python3 tests/golden/word_chars.py > src/text/word_chars.rs

scikit-learn's token patterns are Python's, so `\\w` has to mean what it means there. The table
depends on Python's Unicode version alone; the committed one is from Python 3.11 (Unicode 14.0.0).
"""

import platform
import re
import sys
import textwrap
import unicodedata

WIDTH = 99  # where rustfmt breaks a list, with its default max_width of 100

word = re.compile(r"\w")
borders = []
inside = False
for code in range(sys.maxunicode + 1):
    if bool(word.match(chr(code))) != inside:
        inside = not inside
        borders.append(code)

numbers = ", ".join(f"0x{code:04x}" for code in borders) + ","
print(f"""\
//! Where runs of word characters begin and end: Python's `\\w`. Written by
//! `tests/golden/word_chars.py` with Python {platform.python_version()} (Unicode {unicodedata.unidata_version}).

/// Code points in ascending order: at even positions (0, 2, …) a run of word characters begins, at
/// odd positions the first character after it stands.
pub(super) static WORD_CHAR_BOUNDARIES: [u32; {len(borders)}] = [
{textwrap.fill(numbers, WIDTH, initial_indent="    ", subsequent_indent="    ")}
];""")
