"""Rows of texts as Python's csv module reads them: the independent reader that the parser of delimited text is compared with.

Reads a JSON string a line from standard input and writes, for each, the rows of the text as one JSON list a line. Lines
with nothing in them are no rows. Used by the tests of crates/history/src/csv_source, on Python 3.11 so far.
"""

import csv
import io
import json
import sys

for line in sys.stdin:
    text = json.loads(line)
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    sys.stdout.write(json.dumps(rows) + "\n")
