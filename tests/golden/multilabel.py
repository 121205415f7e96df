#!/usr/bin/env python3
"""Writes multilabel.json: what scikit-learn makes of texts with several labels each.

    python tests/golden/multilabel.py
"""

import csv
import hashlib

import numpy as np
from make import FIXTURES, made_with, settings, vectorizer, write
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    hamming_loss,
    precision_recall_fscore_support,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

FILE = "topics.csv"
UNSEEN = ["Orrin Bank cuts jobs after a record loss", "Court fines a bidder", "Zzyzx", ""]
# The solver is Newton's, which leaves no more than rounding.
DECIMALS = 10


def rounded(array):
    return np.round(array, DECIMALS).tolist()


def main():
    versions = made_with()
    content = (FIXTURES / FILE).read_bytes()
    rows = list(csv.DictReader(content.decode().splitlines()))
    texts = [row["text"] for row in rows]
    sets = [[label.strip() for label in row["labels"].split(";") if label] for row in rows]
    binarizer = MultiLabelBinarizer()
    truth = binarizer.fit_transform(sets)

    features = vectorizer(settings("word", (1, 1)))
    matrix = features.fit_transform(texts).toarray()
    unseen = features.transform(UNSEEN).toarray()
    models = []
    for c, class_weight in [(1.0, None), (10.0, None), (1.0, "balanced")]:
        one = LogisticRegression(
            C=c, class_weight=class_weight, solver="newton-cholesky", tol=1e-13, max_iter=1000
        )
        fitted = OneVsRestClassifier(one).fit(matrix, truth)
        models.append(
            {
                "C": c,
                "class_weight": class_weight,
                "coefficients": rounded(np.vstack([e.coef_ for e in fitted.estimators_]).T),
                "intercept": rounded([e.intercept_[0] for e in fitted.estimators_]),
                "probabilities": rounded(fitted.predict_proba(matrix)),
                "unseen": rounded(fitted.predict_proba(unseen)),
            }
        )

    # Sets of labels as a model gives them, right and wrong; the last is never right or given.
    random = np.random.default_rng(1)
    right = np.hstack([truth, np.zeros((len(truth), 1), int)])
    given = np.where(random.random(right.shape) < 0.15, 1 - right, right)
    given[:, -1] = 0
    precision, recall, f1, support = precision_recall_fscore_support(
        right, given, average=None, zero_division=0
    )
    metrics = {
        "truth": right.tolist(),
        "given": given.tolist(),
        "micro_f1": f1_score(right, given, average="micro"),
        "macro_f1": f1_score(right, given, average="macro", zero_division=0),
        "subset_accuracy": accuracy_score(right, given),
        "hamming_loss": hamming_loss(right, given),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
    }
    write(
        "multilabel.json",
        {
            "data": {
                "file": FILE,
                "rows": len(rows),
                "sha256": hashlib.sha256(content).hexdigest(),
            },
            "labels": list(binarizer.classes_),
            "texts": UNSEEN,
            "models": models,
            "metrics": metrics,
        },
    )
    print(f"multilabel: {matrix.shape[1]} features with {versions['scikit_learn']}")


main()
