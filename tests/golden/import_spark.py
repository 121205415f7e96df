#!/usr/bin/env python3
"""Writes tests/golden/import/spark-*.json: pipelines that Spark fitted, exported for `undertone import`.

Each file is what integrations/spark/undertone_export.py writes, with what the model itself says of a
few texts under "check". Ran with PySpark 4.3.0, numpy 2.4.6 and Java 17, on
the fixtures:

    SPARK_LOCAL_IP=127.0.0.1 python tests/golden/import_spark.py
"""

import csv
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "integrations/spark"))

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import (
    IDF,
    CountVectorizer,
    HashingTF,
    NGram,
    RegexTokenizer,
    StopWordsRemover,
    StringIndexer,
    Tokenizer,
)
from pyspark.sql import SparkSession
from undertone_export import export

UNSEEN = [
    "Bitcoin falls as Pexwell halts withdrawals",
    "Record profit lifts shares of Orrin Bank",
    "Operating profit rose to EUR 2.2 mn from EUR 1.9 mn",
    "“We’re not selling”, says Halden’s CFO – shares slump",
    "GROẞMANN: GEWINN FÄLLT",
    "İSTANBUL BORSASI YÜKSELDİ",
    "Ο ΟΜΙΛΟΣ ΚΕΡΔΙΖΕΙ",
    "ビットコインが急落",
    "to the moon 🚀 or to zero 💀?",
    "bitcoin bitcoin bitcoin bitcoin",
    " fraud\u00a0fraud\u2028record\u0085record  the\tof ",
    "zzyzx qwrtk",
    "",
]


def read(file):
    with (HERE.parent / "fixtures" / file).open(encoding="utf-8", newline="") as lines:
        return [(row["text"], row["label"]) for row in csv.DictReader(lines)]


def keep(name, spark, file, *stages):
    rows = read(file)
    frame = spark.createDataFrame(rows, ["text", "label"]).coalesce(1)
    indexer = StringIndexer(inputCol="label", outputCol="index", stringOrderType="alphabetAsc")
    model = Pipeline(stages=[indexer, *stages]).fit(frame)
    path = HERE / "import" / f"spark-{name}.json"
    # Texts of one space between words: on others a Tokenizer's empty tokens would count.
    texts = [" ".join(text.split()) for text, _ in rows[:: len(rows) // 12]]
    export(model, path, check=UNSEEN + texts)
    # A value a line, for whoever compares two versions of it.
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False, indent=0)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{path.name:28} {path.stat().st_size:8,} bytes")


def regression(features):
    # An L1 part leaves few coefficients, and small files.
    return LogisticRegression(
        featuresCol=features, labelCol="index", regParam=0.01, elasticNetParam=0.9, maxIter=100
    )


def main():
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", False).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    keep(
        "hashing",
        spark,
        "headlines.csv",
        RegexTokenizer(inputCol="text", outputCol="words", pattern=r"\s+"),
        HashingTF(inputCol="words", outputCol="counts", numFeatures=1 << 18),
        IDF(inputCol="counts", outputCol="weighed", minDocFreq=2),
        regression("weighed"),
    )
    keep(
        "few-buckets",
        spark,
        "two.csv",
        Tokenizer(inputCol="text", outputCol="words"),
        HashingTF(inputCol="words", outputCol="counts", numFeatures=97, binary=True),
        regression("counts"),
    )
    keep(
        "counts",
        spark,
        "headlines.csv",
        RegexTokenizer(inputCol="text", outputCol="all", pattern=r"\W+", minTokenLength=2),
        StopWordsRemover(inputCol="all", outputCol="words"),
        CountVectorizer(inputCol="words", outputCol="counts", minDF=3),
        IDF(inputCol="counts", outputCol="weighed"),
        regression("weighed"),
    )
    keep(
        "pairs",
        spark,
        "headlines.csv",
        RegexTokenizer(
            inputCol="text", outputCol="words", pattern=r"\S+", gaps=False, toLowercase=False
        ),
        NGram(inputCol="words", outputCol="pairs", n=2),
        CountVectorizer(inputCol="pairs", outputCol="counts", minDF=2),
        regression("counts"),
    )
    spark.stop()


if __name__ == "__main__":
    main()
