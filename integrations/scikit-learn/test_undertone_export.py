"""What the exporter refuses, by name. `python -m unittest` in this folder, with scikit-learn."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.svm import SVC, LinearSVC
from undertone_export import Refused, export

TEXTS = ["profit rose", "profit fell", "shares rose today", "shares fell", "no change", "no news"] * 3
LABELS = ["up", "down", "up", "down", "same", "same"] * 3


class Subclass(TfidfVectorizer):
    pass


def exported(pipeline, labels=None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pipeline.json"
        export(pipeline, path, TEXTS, labels)
        return json.loads(path.read_text(encoding="utf-8"))


class Export(unittest.TestCase):
    def refused(self, *steps, words):
        pipeline = make_pipeline(*steps).fit(TEXTS, LABELS)
        with self.assertRaises(Refused) as raised:
            exported(pipeline)
        for word in words:
            self.assertIn(word, str(raised.exception))

    def test_vectorizers(self):
        for settings, words in [
            ({"tokenizer": str.split, "token_pattern": None}, ["tokenizer=", "token_pattern"]),
            ({"preprocessor": str.upper}, ["preprocessor=", "before fitting"]),
            ({"analyzer": str.split}, ["analyzer=", "char_wb"]),
            ({"strip_accents": "unicode"}, ["strip_accents='unicode'", "strip_accents=None"]),
            ({"norm": "l1"}, ["norm='l1'", "norm='l2'"]),
        ]:
            with self.subTest(settings):
                self.refused(TfidfVectorizer(**settings), LogisticRegression(), words=words)

    def test_steps(self):
        for step, word in [
            (TruncatedSVD(2), "TruncatedSVD"),
            (SelectKBest(k=3), "SelectKBest"),
        ]:
            with self.subTest(word):
                self.refused(TfidfVectorizer(), step, LogisticRegression(), words=[word, "leave it out"])
        for step, word in [(HashingVectorizer(), "HashingVectorizer"), (Subclass(), "Subclass")]:
            with self.subTest(word):
                self.refused(step, LogisticRegression(), words=[word, "expected TfidfVectorizer"])
        union = FeatureUnion([("a", CountVectorizer()), ("b", HashingVectorizer())])
        self.refused(union, LogisticRegression(), words=["HashingVectorizer"])

    def test_classifiers(self):
        for classifier, words in [
            (SVC(kernel="linear"), ["SVC", "LinearSVC"]),
            (MultinomialNB(), ["MultinomialNB", "expected LogisticRegression"]),
            (SGDClassifier(loss="modified_huber"), ["modified_huber", "log_loss"]),
            (CalibratedClassifierCV(LinearSVC()), ["ensemble=False"]),
            (
                CalibratedClassifierCV(LinearSVC(), ensemble=False, method="isotonic"),
                ["isotonic", "method='sigmoid'"],
            ),
        ]:
            with self.subTest(words[0]):
                self.refused(TfidfVectorizer(), classifier, words=words)

    def test_no_pipeline(self):
        with self.assertRaisesRegex(Refused, "expected a Pipeline"):
            exported(LogisticRegression())
        with self.assertRaisesRegex(Refused, "one step"):
            exported(make_pipeline(Ridge()))

    def test_what_is_carried_over(self):
        pipeline = make_pipeline(CountVectorizer(binary=True), LinearSVC()).fit(TEXTS, LABELS)
        document = exported(pipeline)
        self.assertEqual(document["link"], "margins")
        self.assertEqual(document["labels"], ["down", "same", "up"])
        self.assertTrue(document["vectorizers"][0]["binary"])
        self.assertIsNone(document["vectorizers"][0]["norm"])
        self.assertEqual(len(document["check"]), len(TEXTS))

    def test_several_labels(self):
        sets = [[[1, 0], [1, 1], [0, 0]][row % 3] for row in range(len(TEXTS))]
        pipeline = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression()))
        pipeline.fit(TEXTS, np.array(sets))
        document = exported(pipeline, labels=["news", "change"])
        self.assertEqual(document["link"], "independent")
        self.assertEqual(document["labels"], ["news", "change"])
        with self.assertRaisesRegex(Refused, "1 labels: expected 2"):
            exported(pipeline, labels=["news"])
        margins = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LinearSVC()))
        with self.assertRaisesRegex(Refused, "without probabilities"):
            exported(margins.fit(TEXTS, np.array(sets)))


if __name__ == "__main__":
    unittest.main()
