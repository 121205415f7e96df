"""Writes a fitted scikit-learn text classifier as pipeline.json, for `undertone import`.

    from undertone_export import export
    export(pipeline, "pipeline.json", check=texts)

`pipeline` is a fitted Pipeline of TfidfVectorizer or CountVectorizer (several in a FeatureUnion, each
with a TfidfTransformer behind it or not) and a linear classifier. What a model.bin can't hold is
refused by name, with what to do instead. `check` is a list of texts: what the pipeline says of each is
written down too, and `undertone import` refuses a model that says anything else.

From a shell, for a pipeline kept with joblib (only open files that you trust: they can run code):

    python undertone_export.py pipeline.joblib pipeline.json --check headlines.txt
"""

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

# The version of pipeline.json, which integrations/README.md describes.
VERSION = 1


class Refused(ValueError):
    """Something that a model.bin can't hold. The message says what, where and what to do."""


def export(pipeline, path, check=(), labels=None):
    """Writes `pipeline` to `path`. Raises Refused for what can't be carried over.

    `labels` are the names of the columns that a classifier of several labels a text was fitted on,
    such as the `classes_` of a MultiLabelBinarizer: the pipeline itself doesn't know them.
    """
    vectorizers, last = taken_apart(pipeline)
    linear = linear_model(last)
    texts = list(check)
    expected = []
    if texts and linear.link == "margins":
        expected = np.reshape(pipeline.decision_function(texts), (len(texts), -1)).tolist()
    elif texts:
        expected = pipeline.predict_proba(texts).tolist()
    known = linear.labels.tolist()
    labels = [str(label) for label in (known if labels is None else labels)]
    if len(labels) != len(known):
        raise Refused(f"{len(labels)} labels: expected {len(known)}, one for each of the pipeline's")
    document = {
        "undertone_pipeline": VERSION,
        "source": f"scikit-learn {sklearn.__version__}",
        "labels": labels,
        "link": linear.link,
        "vectorizers": vectorizers,
        # One row for each label; a single one, of the second label, where there are two labels.
        "coefficients": linear.coefficients.tolist(),
        "intercept": linear.intercept.tolist(),
        "check": [{"text": text, "expected": row} for text, row in zip(texts, expected)],
    }
    Path(path).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


# --- The classifier -------------------------------------------------------------------------------


@dataclass
class Linear:
    """Labels (K), K×V coefficients and K intercepts, or one of each for two labels."""

    labels: np.ndarray
    coefficients: np.ndarray
    intercept: np.ndarray
    # softmax, one-vs-rest, margins or independent.
    link: str


def linear_model(model):
    """The linear model inside a fitted classifier."""
    kind = type(model)
    if kind is CalibratedClassifierCV:
        return calibrated(model)
    if kind is OneVsRestClassifier:
        return one_against_rest(model)
    if kind not in (LogisticRegression, LogisticRegressionCV, SGDClassifier, LinearSVC):
        raise Refused(
            f"the classifier {kind.__name__}: expected LogisticRegression, LogisticRegressionCV, "
            "SGDClassifier, LinearSVC, or one of them in CalibratedClassifierCV or "
            "OneVsRestClassifier; train one of these"
        )
    coefficients = np.asarray(model.coef_, dtype=float)
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=float), len(coefficients))
    linear = Linear(model.classes_, coefficients, intercept, "margins")
    if kind is SGDClassifier:
        if model.loss == "modified_huber":
            raise Refused(
                "SGDClassifier(loss='modified_huber'): its probabilities are neither a softmax nor "
                "sigmoids; train with loss='log_loss'"
            )
        return replace(linear, link="one-vs-rest") if model.loss in ("log_loss", "log") else linear
    if kind is LinearSVC:
        return linear
    # Before version 1.8, multi_class chose between the two; since then, the solver alone.
    multi_class = getattr(model, "multi_class", "auto")
    if len(model.classes_) == 2:
        # Its softmax was over (−z, z), whose sigmoid is that of 2z.
        factor = 2 if multi_class == "multinomial" else 1
        return replace(
            linear, coefficients=factor * coefficients, intercept=factor * intercept, link="softmax"
        )
    rest = multi_class == "ovr" or model.solver == "liblinear"
    return replace(linear, link="one-vs-rest" if rest else "softmax")


def calibrated(model):
    """Platt's sigmoid is a factor and a term for each margin: it goes into the coefficients."""
    if len(model.calibrated_classifiers_) != 1:
        raise Refused(
            f"CalibratedClassifierCV with {len(model.calibrated_classifiers_)} classifiers, whose "
            "mean is no linear model; fit it with ensemble=False"
        )
    fitted = model.calibrated_classifiers_[0]
    if model.method != "sigmoid":
        raise Refused(
            f"CalibratedClassifierCV(method={model.method!r}): its curve is no sigmoid; "
            "fit it with method='sigmoid'"
        )
    linear = linear_model(thawed(fitted.estimator))
    # p = 1 / (1 + exp(a·margin + b)), of each label, or of the second one of two.
    a = np.array([calibrator.a_ for calibrator in fitted.calibrators])
    b = np.array([calibrator.b_ for calibrator in fitted.calibrators])
    return Linear(
        model.classes_,
        -a[:, None] * linear.coefficients,
        -a * linear.intercept - b,
        "softmax" if len(a) == 1 else "one-vs-rest",
    )


def one_against_rest(model):
    """A classifier for each label, put side by side again."""
    parts = [linear_model(each) for each in model.estimators_]
    margins = any(part.link == "margins" for part in parts)
    if margins and model.multilabel_:
        raise Refused(
            "OneVsRestClassifier of classifiers without probabilities, with several labels a text: "
            "train it with LogisticRegression"
        )
    link = "softmax" if len(parts) == 1 else "one-vs-rest"
    link = "independent" if model.multilabel_ else link
    return Linear(
        model.classes_,
        np.vstack([part.coefficients for part in parts]),
        np.concatenate([part.intercept for part in parts]),
        "margins" if margins else link,
    )


# --- The features ---------------------------------------------------------------------------------


def thawed(model):
    """What a FrozenEstimator holds."""
    return model.estimator if type(model).__name__ == "FrozenEstimator" else model


def taken_apart(pipeline):
    """The vectorizers of a pipeline, as pipeline.json has them, and its classifier."""
    pipeline = thawed(pipeline)
    if type(pipeline) is CalibratedClassifierCV and len(pipeline.calibrated_classifiers_) == 1:
        # Calibrated from outside, the pipeline being inside: the vectorizers are its own, and the
        # classifier is the calibration of the pipeline's last step.
        inner = thawed(pipeline.calibrated_classifiers_[0].estimator)
        if type(inner) is Pipeline:
            vectorizers, last = taken_apart(inner)
            return vectorizers, with_estimator(pipeline, last)
    if type(pipeline) is not Pipeline:
        raise Refused(
            f"a {type(pipeline).__name__}: expected a Pipeline from vectorizer to classifier; "
            "make_pipeline(vectorizer, classifier) makes one"
        )
    steps = [step for _, step in pipeline.steps if step not in (None, "passthrough")]
    if len(steps) < 2:
        raise Refused("a Pipeline of one step: expected a vectorizer and a classifier")
    return features(steps[:-1], 1.0), thawed(steps[-1])


def with_estimator(model, estimator):
    """The calibration of another estimator: the sigmoids as they are."""
    from copy import copy

    model, fitted = copy(model), copy(model.calibrated_classifiers_[0])
    fitted.estimator = estimator
    model.calibrated_classifiers_ = [fitted]
    return model


def features(steps, weight):
    """What steps from texts to rows are in pipeline.json: a list of vectorizers."""
    first, *others = steps
    kind = type(first)
    if kind is FeatureUnion and not others:
        weights = first.transformer_weights or {}
        return [
            vectorizer
            for name, part in first.transformer_list
            if part != "drop"
            for vectorizer in features([part], weight * weights.get(name, 1.0))
        ]
    if kind is Pipeline:
        return features([step for _, step in first.steps] + others, weight)
    if kind not in (TfidfVectorizer, CountVectorizer):
        raise Refused(
            f"the step {kind.__name__}: expected TfidfVectorizer, CountVectorizer, or a FeatureUnion "
            "of them; of HashingVectorizer's columns nobody knows the words, so use one of these"
        )
    weighing = first._tfidf if kind is TfidfVectorizer else None
    if weighing is None and others and type(others[0]) is TfidfTransformer:
        weighing = others.pop(0)
    if others:
        raise Refused(
            f"the step {type(others[0]).__name__} behind the features: a model.bin has nothing "
            "between features and classifier; leave it out, or choose features with max_features "
            "and min_df"
        )
    return [vectorizer(first, weighing, weight)]


def vectorizer(counter, weighing, weight):
    """One vectorizer as pipeline.json has it."""
    name = type(counter).__name__
    for key, why in {
        "preprocessor": "a model.bin can't run Python; change the texts before fitting",
        "tokenizer": "a model.bin can't run Python; say what a token is with token_pattern",
        "strip_accents": "a model.bin keeps accents; fit with strip_accents=None",
    }.items():
        if getattr(counter, key) is not None:
            raise Refused(f"{name}({key}={getattr(counter, key)!r}): {why}")
    if counter.input != "content":
        raise Refused(
            f"{name}(input={counter.input!r}): a model.bin is given texts, not files; fit on texts"
        )
    if counter.analyzer not in ("word", "char", "char_wb"):
        raise Refused(
            f"{name}(analyzer={counter.analyzer!r}): a model.bin can't run Python; use 'word', 'char' "
            "or 'char_wb'"
        )
    norm = weighing.norm if weighing else None
    if norm not in (None, "l2"):
        raise Refused(
            f"{type(weighing).__name__}(norm={norm!r}): a model.bin has rows of l2 norm 1 or as they "
            "are; fit with norm='l2' or norm=None"
        )
    terms = sorted(counter.vocabulary_, key=counter.vocabulary_.__getitem__)
    return {
        "analyzer": counter.analyzer,
        "ngram_range": list(counter.ngram_range),
        "lowercase": counter.lowercase,
        "token_pattern": counter.token_pattern if counter.analyzer == "word" else None,
        "stop_words": sorted(counter.get_stop_words() or []) if counter.analyzer == "word" else [],
        "buckets": None,
        "binary": counter.binary,
        "sublinear_tf": bool(weighing and weighing.sublinear_tf),
        "norm": norm,
        "scale": float(weight),
        "vocabulary": terms,
        "idf": weighing.idf_.tolist() if weighing and weighing.use_idf else None,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline", help="the fitted pipeline, kept with joblib")
    parser.add_argument("out", help="the pipeline.json to write")
    parser.add_argument("--check", help="a file of texts, one a line, that the import is checked on")
    arguments = parser.parse_args()
    import joblib

    texts = []
    if arguments.check:
        texts = Path(arguments.check).read_text(encoding="utf-8").splitlines()
    try:
        export(joblib.load(arguments.pipeline), arguments.out, texts)
    except Refused as refused:
        sys.exit(f"error: {arguments.pipeline}: {refused}")


if __name__ == "__main__":
    main()
