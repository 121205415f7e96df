"""Spark gives what one process gives: `cargo xtask test --only spark`."""

import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import cluster
import headlines
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
from pyspark.sql import functions as F
from undertone_spark import score

ROWS = 1_000_000
UNDERTONE = os.environ["UNDERTONE"]
ANSWERS = ["label", "confidence", "negative", "neutral", "positive"]


class SparkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.spark = cluster.start(workers=2)

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def score(self, df, column, **options):
        return score(df, column, undertone=UNDERTONE, **options)

    def frame(self, rows, schema):
        return self.spark.createDataFrame(rows, schema)

    def test_a_million_headlines_with_an_executor_killed(self):
        given, found = self.path("news.parquet"), self.path("one.arrow")
        headlines.write(given, ROWS)
        one = [UNDERTONE, "predict", "--input", given, "--text-column=title", "--output", found]
        subprocess.run(one, check=True)
        with pa.ipc.open_file(found) as file:
            expected = file.read_all()
        self.assertEqual(expected.num_rows, ROWS)

        tracker = self.spark.sparkContext.statusTracker()
        killed = []

        def kill():
            """Ends one executor as soon as some tasks are done and others are not."""
            while not killed:
                for stage in tracker.getActiveStageIds():
                    info = tracker.getStageInfo(stage)
                    if info and 3 <= info.numCompletedTasks < info.numTasks - 4:
                        pid = cluster.executors()[0]
                        os.kill(pid, signal.SIGKILL)
                        killed.append((pid, info.numCompletedTasks, info.numTasks))
                        return
                time.sleep(0.01)

        before = cluster.executors()
        self.assertEqual(len(before), 2)
        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        scores = self.path("scores")
        self.score(self.spark.read.parquet(given), "title").write.parquet(scores)
        self.assertTrue(killed, "the executor outlived the job: the job was too short")
        print("killed executor {} after {} of {} tasks".format(*killed[0]))
        self.assertNotIn(killed[0][0], cluster.executors())

        # A task's rows are in order in its file, and its file's number is its place.
        parts = sorted(pathlib.Path(scores).glob("part-*.parquet"))
        self.assertGreater(len(parts), 4)
        tables = [pa.parquet.read_table(part) for part in parts]
        tables.sort(key=lambda table: table["id"][0].as_py())
        table = pa.concat_tables(tables)
        for name in ["id", "title", *ANSWERS]:
            self.assertTrue(
                table[name].combine_chunks().equals(expected[name].combine_chunks()), name
            )
        self.assertEqual(table["error"].null_count, ROWS)
        self.assertEqual(table["label"].null_count, -(-ROWS // headlines.NULLS))

    def test_other_columns_nulls_and_errors(self):
        rows = [
            ("profit rises", {"a": [1, None]}, 1),
            (None, None, 2),
            ("", {"b": []}, None),
            ("one line\nand another, \"quoted\"\t", {}, 4),
        ]
        df = self.frame(rows, "title string, extra map<string, array<int>>, n long").coalesce(1)
        scored = self.score(df, "title").collect()
        self.assertEqual([tuple(row)[:3] for row in scored], rows)
        for row in scored:
            self.assertEqual(row.label is None, row.title is None)
            self.assertIsNone(row.error)
            if row.label is not None:
                self.assertAlmostEqual(row.negative + row.neutral + row.positive, 1.0)
                self.assertEqual(row.confidence, row[row.label])

        binary = df.limit(2).withColumn("title", F.unhex(F.lit("70E9"))).coalesce(1)
        for texts in [binary, binary.withColumn("title", F.col("title").cast("string"))]:
            for row in self.score(texts, "title").collect():
                self.assertIsNone(row.label)
                self.assertIn("UTF-8", row.error)

    def test_a_model_and_a_prefix(self):
        self.spark.sparkContext.addFile(os.path.join(cluster.HERE, "..", "..", "model.bin"))
        df = self.frame([("profit rises", "mine")], "title string, label string")
        [row] = self.score(df, "title", model="model.bin", prefix="u_").collect()
        self.assertEqual((row.label, row.u_confidence), ("mine", row["u_" + row.u_label]))

    def test_few_rows_are_wanted_of_many(self):
        df = self.spark.range(200_000).withColumn("title", F.lit("profit rises"))
        self.assertEqual(len(self.score(df, "title").limit(3).collect()), 3)
        empty = self.score(df.where("id < 0"), "title")
        self.assertEqual((empty.count(), empty.columns[:3]), (0, ["id", "title", "label"]))

    def test_what_is_wrong_is_said(self):
        df = self.frame([("profit rises", 1)], "title string, label long")
        with self.assertRaisesRegex(ValueError, "label.*prefix"):
            self.score(df, "title")
        with self.assertRaisesRegex(TypeError, "'label', found bigint"):
            self.score(df, "label")
        with self.assertRaisesRegex(RuntimeError, "gone.bin: No such file"):
            self.score(df, "title", model="gone.bin", prefix="u_")


if __name__ == "__main__":
    unittest.main(verbosity=2)
