"""Writes a fitted Spark text classifier as pipeline.json, for `undertone import`.

    from undertone_export import export
    export(model, "pipeline.json", check=texts)

`model` is a fitted PipelineModel of Tokenizer or RegexTokenizer, StopWordsRemover and NGram where
wanted, HashingTF or CountVectorizer, IDF where wanted, and LogisticRegression; a StringIndexer names the
labels. What a model.bin can't hold is refused by name, with what to do instead. `check` is a list of
texts: what the model says of each is written down too, and `undertone import` refuses a model.bin that
says anything else.
"""

import json
from pathlib import Path

import numpy as np
import pyspark
from pyspark.ml import PipelineModel
from pyspark.ml.classification import LogisticRegressionModel
from pyspark.ml.feature import (
    CountVectorizerModel,
    HashingTF,
    IDFModel,
    IndexToString,
    NGram,
    RegexTokenizer,
    StopWordsRemover,
    StringIndexerModel,
    Tokenizer,
)
from pyspark.sql import SparkSession

# The version of pipeline.json, which integrations/README.md describes.
VERSION = 1

# What Java's \s and \W leave: they know ASCII alone.
NOT_SPACE = "[\x00-\x08\x0e-\x1f!-\U0010ffff]"
WORD = "[A-Za-z0-9_]"
# Patterns of RegexTokenizer between tokens (gaps), and of tokens.
GAPS = {r"\s+": NOT_SPACE, r"\s": NOT_SPACE, r"\W+": WORD, r"\W": WORD}
TOKENS = {r"\S+": NOT_SPACE, r"\w+": WORD}


class Refused(ValueError):
    """Something that a model.bin can't hold. The message says what, where and what to do."""


def export(model, path, check=()):
    """Writes `model` to `path`. Raises Refused for what can't be carried over."""
    if not isinstance(model, PipelineModel):
        raise Refused(
            f"a {type(model).__name__}: expected a fitted PipelineModel; fit a Pipeline from "
            "tokenizer to LogisticRegression"
        )
    stages = Stages(model.stages)
    classifier = stages.take(LogisticRegressionModel)
    labels = stages.labels(classifier.numClasses)
    vectorizer, column_of_nothing = features(stages)
    stages.end()
    if classifier.isSet("thresholds") or classifier.getThreshold() != 0.5:
        raise Refused(
            "LogisticRegressionModel with a threshold: a model.bin gives the most probable label; "
            "clear thresholds and set threshold to 0.5"
        )
    coefficients = classifier.coefficientMatrix.toArray()
    idf = vectorizer["idf"]
    weighed = coefficients if idf is None else coefficients * np.array(idf)
    if column_of_nothing is not None and np.any(weighed[:, column_of_nothing]):
        raise Refused(
            "Tokenizer: it gives an empty token between two spaces, and the classifier weighs that; "
            "fit with RegexTokenizer(pattern='\\s+'), which gives none"
        )
    # Most columns of a HashingTF are of no token that the classifier has seen.
    kept = np.flatnonzero(np.any(weighed, axis=0)).tolist()
    vectorizer["vocabulary"] = [vectorizer["vocabulary"][column] for column in kept]
    vectorizer["idf"] = idf and [idf[column] for column in kept]
    texts = list(check)
    expected = probabilities(model, classifier.getProbabilityCol(), stages.text_column, texts)
    document = {
        "undertone_pipeline": VERSION,
        "source": f"Spark {pyspark.__version__}",
        "labels": labels,
        "link": "softmax",
        "vectorizers": [vectorizer],
        # One row for each label; a single one, of the second label, where there are two labels.
        "coefficients": coefficients[:, kept].tolist(),
        "intercept": classifier.interceptVector.toArray().tolist(),
        "check": [{"text": text, "expected": row} for text, row in zip(texts, expected)],
    }
    Path(path).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def probabilities(model, column, text_column, texts):
    """What the model says of each text, in order."""
    if not texts:
        return []
    frame = SparkSession.active().createDataFrame([(text,) for text in texts], [text_column])
    # One partition keeps the order.
    rows = model.transform(frame.coalesce(1)).select(column).collect()
    return [row[0].toArray().tolist() for row in rows]


class Stages:
    """The stages of a pipeline, taken out one after the other."""

    def __init__(self, stages):
        self.stages = list(stages)
        self.text_column = None

    def find(self, *kinds):
        """Takes out the first stage of these kinds, None where there is none."""
        for stage in self.stages:
            if isinstance(stage, kinds):
                self.stages.remove(stage)
                return stage
        return None

    def take(self, *kinds):
        stage = self.find(*kinds)
        if stage is None:
            names = " or ".join(kind.__name__ for kind in kinds)
            raise Refused(f"a pipeline without {names}: expected one; fit it with one")
        return stage

    def labels(self, count):
        """The names of the labels: the indexer's, or Spark's numbers."""
        indexer, back = self.find(StringIndexerModel), self.find(IndexToString)
        if back is not None and back.getLabels():
            return list(back.getLabels())
        if indexer is not None:
            return list(indexer.labels)
        return [str(float(label)) for label in range(count)]

    def end(self):
        """Refuses what is left."""
        if self.stages:
            raise Refused(
                f"the stage {type(self.stages[0]).__name__}: a model.bin has tokenizer, "
                "StopWordsRemover, NGram, HashingTF or CountVectorizer, IDF and LogisticRegression; "
                "fit without it"
            )


def features(stages):
    """The vectorizer as pipeline.json has it, with the whole vocabulary, and the column of the empty
    token where there can be one."""
    tokenizer = stages.take(Tokenizer, RegexTokenizer)
    stages.text_column = tokenizer.getInputCol()
    plain = isinstance(tokenizer, Tokenizer)
    lowercase = True if plain else tokenizer.getToLowercase()
    pattern = f"{NOT_SPACE}+" if plain else token_pattern(tokenizer)

    remover = stages.find(StopWordsRemover)
    if remover is not None and not lowercase and not remover.getCaseSensitive():
        raise Refused(
            "StopWordsRemover(caseSensitive=False) behind a RegexTokenizer(toLowercase=False): a "
            "model.bin removes words as they are written; set both or neither"
        )
    words = remover.getStopWords() if remover is not None else []
    if remover is not None and not remover.getCaseSensitive():
        words = [word.lower() for word in words]

    ngram = stages.find(NGram)
    n = ngram.getN() if ngram is not None else 1
    if n > 1 and plain:
        raise Refused(
            "NGram behind Tokenizer, whose empty tokens become part of n-grams; fit with "
            "RegexTokenizer(pattern='\\s+')"
        )

    counter = stages.take(HashingTF, CountVectorizerModel)
    hashing = isinstance(counter, HashingTF)
    if hashing:
        if n > 1:
            raise Refused(
                "NGram before HashingTF: a model.bin hashes single tokens; use CountVectorizer"
            )
        vocabulary = [str(bucket) for bucket in range(counter.getNumFeatures())]
        column_of_nothing = counter.indexOf("") if plain else None
    else:
        if counter.getMinTF() != 1.0:
            raise Refused(
                f"CountVectorizerModel(minTF={counter.getMinTF()}): a model.bin counts every "
                "occurrence; fit with minTF=1.0"
            )
        vocabulary = list(counter.vocabulary)
        column_of_nothing = vocabulary.index("") if plain and "" in vocabulary else None
    weighing = stages.find(IDFModel)
    return {
        "analyzer": "word",
        "ngram_range": [n, n],
        "lowercase": lowercase,
        "token_pattern": pattern,
        "stop_words": sorted(set(words)),
        "buckets": counter.getNumFeatures() if hashing else None,
        "binary": counter.getBinary(),
        "sublinear_tf": False,
        "norm": None,
        "scale": 1.0,
        "vocabulary": vocabulary,
        "idf": None if weighing is None else weighing.idf.toArray().tolist(),
    }, column_of_nothing


def token_pattern(tokenizer):
    """A RegexTokenizer's tokens as runs of one class."""
    pattern, gaps = tokenizer.getPattern(), tokenizer.getGaps()
    known = GAPS if gaps else TOKENS
    if pattern not in known:
        raise Refused(
            f"RegexTokenizer(pattern={pattern!r}, gaps={gaps}): a model.bin takes one of "
            f"{', '.join(known)} for gaps={gaps}; fit with one of these"
        )
    least = tokenizer.getMinTokenLength()
    # Java counts an emoji as two, a model.bin as one character; \W leaves no emoji.
    if least < 1 or least > 1 and known[pattern] != WORD:
        raise Refused(
            f"RegexTokenizer(pattern={pattern!r}, minTokenLength={least}): a model.bin takes 1, or "
            r"more with the pattern \W+; fit with one of these"
        )
    return f"{known[pattern]}{{{least},}}"
