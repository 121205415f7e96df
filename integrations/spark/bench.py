"""Rows a second through Spark, by one executor and by two: `cargo xtask bench spark`."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import cluster
import headlines
from undertone_spark import score

ROWS = 1_000_000
ROUNDS = 3
BILLION = 1_000_000_000
UNDERTONE = os.environ["UNDERTONE"]


def native(df):
    """mapInArrow, a process a task: what undertone_spark does."""
    scored = score(df, "title", undertone=UNDERTONE)
    return scored.selectExpr("count(confidence)").first()[0]


def piped(df):
    """rdd.pipe with lines: nulls become texts, and whatever holds a line end comes apart."""
    command = f"{UNDERTONE} predict --input - --format csv --threads 1"
    lines = df.select("title").rdd.map(lambda row: row.title or "")
    # Each task's output has a header of its own.
    return lines.pipe(command).filter(lambda line: not line.startswith("text,label,")).count()


def passed(df):
    """mapInArrow with nothing in it: what Spark itself takes."""
    return df.mapInArrow(lambda batches: batches, df.schema).selectExpr("count(title)").first()[0]


WAYS = {
    "undertone_spark.score (mapInArrow)": native,
    "rdd.pipe with lines": piped,
    "mapInArrow, rows passed on unscored": passed,
}


def measure(workers, path):
    """Seconds for each way, the middle of the rounds, each way in turn."""
    spark = cluster.start(workers)
    df = spark.read.parquet(path)
    answers = ROWS - -(-ROWS // headlines.NULLS)
    seconds = {way: [] for way in WAYS}
    for round_ in range(ROUNDS + 1):
        for way, function in WAYS.items():
            begun = time.perf_counter()
            found = function(df)
            assert found in (answers, ROWS), (way, found)
            # The first round starts Python and fills caches.
            if round_:
                seconds[way].append(time.perf_counter() - begun)
    spark.stop()
    return {way: statistics.median(times) for way, times in seconds.items()}


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "news.parquet")
        headlines.write(path, ROWS)
        if sys.argv[1:]:
            # Spark keeps one context a process: each number of workers has a process of its own.
            for way, seconds in measure(int(sys.argv[1]), path).items():
                print(f"{way}\t{seconds}")
            return
        begun = time.perf_counter()
        output = os.path.join(folder, "one.arrow")
        one = [UNDERTONE, "predict", "--input", path, "--text-column=title", "--output", output]
        subprocess.run([*one, "--threads=1"], check=True)
        alone = time.perf_counter() - begun
    table = {workers: {} for workers in (1, 2)}
    for workers, measured in table.items():
        run = subprocess.run(
            [sys.executable, __file__, str(workers)], stdout=subprocess.PIPE, check=True, text=True
        )
        for line in run.stdout.splitlines():
            way, seconds = line.split("\t")
            measured[way] = float(seconds)
    print(f"{ROWS:,} headlines on {os.cpu_count()} cores, rows a second:\n")
    print("| | 1 worker | 2 workers | a billion on 100 cores |\n|---|---|---|---|")
    for way in WAYS:
        one, two = (ROWS / table[workers][way] for workers in (1, 2))
        billion = BILLION / (100 * two / 2) / 60
        print(f"| {way} | {one:,.0f} | {two:,.0f} | {billion:.1f} min |")
    print(f"| undertone predict alone, one thread | {ROWS / alone:,.0f} | | |")


if __name__ == "__main__":
    main()
