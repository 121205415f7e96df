"""Headlines for tests and measurements: our own committed ones with their words exchanged."""

import csv
import pathlib
import random

import pyarrow as pa
import pyarrow.parquet as pq

OWN = pathlib.Path(__file__).parents[2] / "tests" / "fixtures" / "headlines.csv"
ROWS_A_GROUP = 50_000
# Java's own. Spark's snappy is a native library that does not load on every machine.
COMPRESSION = "gzip"
# One in so many rows has no headline.
NULLS = 97


def texts(rows, seed=7):
    """`rows` headlines: each has an own headline's length, and words of all of them."""
    with open(OWN, newline="", encoding="utf-8") as file:
        own = [row["text"].split() for row in csv.DictReader(file)]
    words = [word for headline in own for word in headline]
    draw = random.Random(seed)
    for row in range(rows):
        headline = " ".join(draw.choices(words, k=len(own[draw.randrange(len(own))])))
        yield None if row % NULLS == 0 else headline


def write(path, rows):
    """A Parquet file with the columns `id` and `title`."""
    schema = pa.schema([("id", pa.int64()), ("title", pa.string())])
    titles = texts(rows)
    with pq.ParquetWriter(path, schema, compression=COMPRESSION) as writer:
        for start in range(0, rows, ROWS_A_GROUP):
            ids = range(start, min(start + ROWS_A_GROUP, rows))
            columns = [pa.array(ids, pa.int64()), pa.array([next(titles) for _ in ids])]
            writer.write_table(pa.table(columns, schema=schema))
