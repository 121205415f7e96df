"""A Spark cluster on this machine, whose executors are processes of their own."""

import os
import sys

# Before pyspark looks at them.
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"

import headlines  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def start(workers):
    """`workers` executors with one core and 1 GiB each."""
    spark = (
        SparkSession.builder.master(f"local-cluster[{workers},1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.compression.codec", headlines.COMPRESSION)
        # Many small tasks, so that what is lost with an executor is little.
        .config("spark.sql.files.maxPartitionBytes", "2m")
        .config("spark.sql.files.openCostInBytes", "0")
        .config("spark.sql.files.minPartitionNum", "16")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark.sparkContext.addPyFile(os.path.join(HERE, "undertone_spark.py"))
    return spark


def executors():
    """The process ids of our executors."""
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                names[int(entry)] = file.read()
        except OSError:  # It has ended meanwhile.
            continue

    def is_ours(pid):
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    return [
        pid
        for pid, name in sorted(names.items())
        if name.split(b"\0")[0].endswith(b"java")
        and b"CoarseGrainedExecutorBackend" in name
        and is_ours(pid)
    ]
