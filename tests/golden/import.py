#!/usr/bin/env python3
"""Writes tests/golden/import/: pipelines that scikit-learn fitted, exported for `undertone import`.

Each file is what integrations/scikit-learn/undertone_export.py writes, with what the pipeline itself
says of a few texts under "check". Ran with the versions of requirements.txt, on the fixtures.

    python tests/golden/import.py
"""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import sklearn

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "integrations/scikit-learn"))

from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.svm import LinearSVC
from undertone_export import export

SKLEARN = "1.9.1"

# Scored by every pipeline, with a few of the headlines that it was fitted on.
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
    "fraud\u00a0fraud\u2028record\u0085record  the  of",
    "zzyzx qwrtk",
    "",
]


def read(file, column="label"):
    with (HERE.parent / "fixtures" / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["text"] for row in rows], [row[column] for row in rows]


def write(name, pipeline, file="headlines.csv"):
    texts, labels = read(file)
    pipeline.fit(texts, labels)
    keep(name, pipeline, texts)


def keep(name, pipeline, texts, labels=None):
    path = HERE / "import" / f"{name}.json"
    export(pipeline, path, check=UNSEEN + texts[:: len(texts) // 12], labels=labels)
    # A value a line, for whoever compares two versions of it.
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False, indent=0)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{path.name:24} {path.stat().st_size:8,} bytes")


def main():
    if sklearn.__version__ != SKLEARN:
        sys.exit(f"import.py: expected scikit-learn {SKLEARN}, got {sklearn.__version__}")
    write("softmax", make_pipeline(TfidfVectorizer(min_df=3), LogisticRegression(C=3)))
    write(
        "union",
        make_pipeline(
            FeatureUnion(
                [
                    ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=4, sublinear_tf=True)),
                    ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), min_df=18)),
                    ("counts", CountVectorizer(analyzer="char", ngram_range=(2, 2), min_df=45)),
                ],
                transformer_weights={"characters": 0.75, "counts": 0.05},
            ),
            LogisticRegression(),
        ),
    )
    write(
        "binary-counts",
        make_pipeline(
            CountVectorizer(binary=True, stop_words=["the", "of", "to"], min_df=4),
            LogisticRegression(),
        ),
    )
    write(
        "one-vs-rest",
        make_pipeline(
            CountVectorizer(lowercase=False, token_pattern=r"[\w$%']{2,}|[!?]", min_df=3),
            TfidfTransformer(smooth_idf=False, norm=None),
            OneVsRestClassifier(LogisticRegression()),
        ),
    )
    write(
        "sgd",
        make_pipeline(
            TfidfVectorizer(min_df=3, use_idf=False),
            SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0),
        ),
    )
    write(
        "svc-calibrated",
        make_pipeline(
            TfidfVectorizer(min_df=3, dtype=np.float32),
            CalibratedClassifierCV(LinearSVC(random_state=0), ensemble=False),
        ),
    )
    write("svc", make_pipeline(TfidfVectorizer(min_df=3), LinearSVC(random_state=0)))
    write("two-labels", make_pipeline(TfidfVectorizer(min_df=2), LogisticRegression()), "two.csv")
    write(
        "two-labels-sgd",
        make_pipeline(
            TfidfVectorizer(min_df=2, smooth_idf=False), SGDClassifier(loss="log_loss", random_state=0)
        ),
        "two.csv",
    )
    write(
        "two-labels-svc", make_pipeline(TfidfVectorizer(min_df=2), LinearSVC(random_state=0)), "two.csv"
    )
    # Several labels a text, or none.
    texts, labels = read("topics.csv", "labels")
    binarizer = MultiLabelBinarizer()
    sets = binarizer.fit_transform([re.findall(r"\w+", each) for each in labels])
    several = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression()))
    keep("several-labels", several.fit(texts, sets), texts, labels=binarizer.classes_)
    # Calibrated from outside, on headlines that the pipeline has not seen.
    texts, labels = read("two.csv")
    fitted = make_pipeline(TfidfVectorizer(min_df=2), LinearSVC(random_state=0))
    fitted.fit(texts[::2], labels[::2])
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted)).fit(texts[1::2], labels[1::2])
    keep("calibrated-later", calibrated, texts)


if __name__ == "__main__":
    main()
