"""Writes crates/history/src/id_warnings/decompositions.txt: canonical decompositions (NFD) of letters of Latin, Greek and
Cyrillic, from the Unicode Character Database of Python's unicodedata.

    python3 tests/reference/decompositions.py
"""

import pathlib
import unicodedata

RANGES = [(0xC0, 0x250), (0x370, 0x400), (0x400, 0x530), (0x1E00, 0x1F00), (0x1F00, 0x2000)]
lines = []
for first, behind in RANGES:
    for code in range(first, behind):
        apart = unicodedata.normalize("NFD", chr(code))
        if apart != chr(code):
            lines.append(" ".join(f"{c:04X}" for c in [code, *map(ord, apart)]))
target = pathlib.Path(__file__).parents[2] / "crates/history/src/id_warnings/decompositions.txt"
target.write_text("\n".join(lines) + "\n")
print(len(lines), "letters, Unicode", unicodedata.unidata_version)
