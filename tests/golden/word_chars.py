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
gaps = []
last = 0
inside = False
for code in range(sys.maxunicode + 1):
    if bool(word.match(chr(code))) != inside:
        inside = not inside
        gap, last = code - last, code
        while gap >= 0x80:
            gaps.append(gap & 0x7F | 0x80)
            gap >>= 7
        gaps.append(gap)

numbers = ", ".join(map(str, gaps)) + ","
print(f"""\
//! The word characters of Python's `\\w`. Written by `tests/golden/word_chars.py` with Python
//! {platform.python_version()} (Unicode {unicodedata.unidata_version}).

use super::char_set::CharSet;

/// The word characters.
pub(super) static WORD_CHARS: CharSet<16> = CharSet::new(&[
{textwrap.fill(numbers, WIDTH, initial_indent="    ", subsequent_indent="    ")}
]);""")
