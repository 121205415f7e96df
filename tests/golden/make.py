#!/usr/bin/env python3
"""Writes the golden files: what scikit-learn computes, for Undertone to be checked against.

Ran with Python 3.11 (Unicode 14.0.0), scikit-learn 1.9.1, numpy 2.4.6 and scipy 1.17.1; it refuses
to run with others, and writes into each file what it ran with. README.md says what the files hold.

    python tests/golden/make.py
"""

import csv
import hashlib
import json
import math
import platform
import sys
import unicodedata
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
)
from sklearn.pipeline import FeatureUnion

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"

# Part of every result: Python's Unicode tables decide what a word is, numpy what the numbers are.
RAN_WITH = {
    "unicode": "14.0.0",
    "scikit_learn": "1.9.1",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
}

# No entry of the gradient of the objective may be larger. The penalty makes the objective
# 1-strongly convex in the coefficients, so they are this close to the minimum, too.
MAX_GRADIENT = 1e-12
# What the solver leaves open is not written down: coefficients, intercepts, probabilities and
# objectives are rounded to so many decimals.
SOLVED_DECIMALS = 12


def made_with():
    versions = {
        "unicode": unicodedata.unidata_version,
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    if versions != RAN_WITH:
        sys.exit(
            f"make.py: expected {RAN_WITH}, got {versions}; use Python 3.11 and "
            "`pip install -r tests/golden/requirements.txt`"
        )
    return {"python": platform.python_version()} | versions


def write(name, content):
    """Writes JSON that diffs well: what fits into a line is in one, else one element a line."""

    def lines(value):
        flat = json.dumps(value, ensure_ascii=False)
        if len(flat) <= 100 or not isinstance(value, (dict, list)):
            return flat
        if isinstance(value, dict):
            items = [f"{json.dumps(key)}: {lines(item)}" for key, item in value.items()]
            return "{\n" + ",\n".join(items) + "\n}"
        if all(isinstance(item, (int, float)) for item in value):
            return flat
        return "[\n" + ",\n".join(map(lines, value)) + "\n]"

    content = {"made_with": made_with()} | content
    text = lines(content) + "\n"
    if json.loads(text) != content:
        sys.exit(f"make.py: {name} does not survive being written and read")
    (HERE / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{name:28} {len(text.encode()):8,} bytes")


# --- Models ---------------------------------------------------------------------------------------

# Scored by every model. Some of them hold no known word, some nothing at all.
UNSEEN = [
    "Bitcoin falls as Pexwell halts withdrawals",
    "Record profit lifts shares of Orrin Bank",
    "Company to publish results on 12 June",
    "$ARBO surges 64% after listing!",
    "Is $KVLT a scam? 12,000 users want to know",
    "Operating profit rose to EUR 2.2 mn from EUR 1.9 mn",
    "“We’re not selling”, says Halden’s CFO – shares slump",
    "GROẞMANN: GEWINN FÄLLT",
    "Rouvière relève ses prévisions",
    "İSTANBUL BORSASI YÜKSELDİ",
    "Ο ΟΜΙΛΟΣ ΚΕΡΔΙΖΕΙ",
    "ビットコインが急落",
    "投资者恐慌抛售",
    "خسائر قياسية لشركة نورة",
    "रिकॉर्ड गिरावट",
    "Socie\u0301te\u0301 Montclair: proﬁt warning",
    "🚀🚀🚀",
    "to the moon 🚀 or to zero 💀?",
    "Markets closed for a holiday on Monday",
    "bitcoin bitcoin bitcoin bitcoin",
    "fraud\u00a0fraud\u2028record\u0085record",
    "Kettering  Motors\t\tgain",
    "zzyzx qwrtk",
    "a b c",
    "!?",
    "   ",
    "",
]

WORD_PATTERN = r"(?u)\b\w\w+\b"  # the default
STOP_WORDS = "a an and as at by for from in into is it its of on or says that the to with".split()


def settings(analyzer="word", ngram_range=(1, 1), **changes):
    """The settings of a TfidfVectorizer, all written out. A float in min_df and max_df is a share
    of the documents, an integer a number of documents."""
    defaults = {
        "analyzer": analyzer,
        "ngram_range": list(ngram_range),
        "token_pattern": WORD_PATTERN,
        "stop_words": [],
        "lowercase": True,
        "min_df": 1,
        "max_df": 1.0,
        "max_features": None,
        "sublinear_tf": False,
    }
    assert changes.keys() <= defaults.keys()
    return defaults | changes


def vectorizer(settings):
    return TfidfVectorizer(
        **settings
        | {
            "ngram_range": tuple(settings["ngram_range"]),
            "stop_words": settings["stop_words"] or None,
        }
    )


def read(file):
    path = FIXTURES / file
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        "file": file,
        "rows": len(rows),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }, [(row["text"], row["label"]) for row in rows]


def objective(rows, truth, weights, coefficients, intercept):
    """Σᵢ weightᵢ · −log softmax(xᵢW + b)[yᵢ] + ½‖W‖². C is part of the weights."""
    scores = rows @ coefficients + intercept
    losses = -log_softmax(scores, axis=1)[truth > 0]
    return weights @ losses + 0.5 * np.sum(coefficients**2)


def polish(rows, truth, weights, coefficients, intercept):
    """Newton steps from scikit-learn's solution to MAX_GRADIENT.

    rows n×V, truth n×K one-hot, weights n, coefficients V×K, intercept K. The step solves
    Hessian · step = gradient by conjugate gradients. Adding a constant to every intercept changes
    nothing, so the Hessian has one null direction; the gradient is orthogonal to it but for
    rounding, which is taken out, and so is the step: the intercepts keep their sum, zero.
    """
    features, classes = coefficients.shape
    for _ in range(20):
        p = softmax(rows @ coefficients + intercept, axis=1)
        error = weights[:, None] * (p - truth)
        of_intercept = error.sum(axis=0)
        gradient = np.vstack([rows.T @ error + coefficients, of_intercept - of_intercept.mean()])
        if np.abs(gradient).max() < MAX_GRADIENT:
            return coefficients, intercept, float(np.abs(gradient).max())

        def hessian(flat, p=p):
            step = flat.reshape(features + 1, classes)
            scores = p * (rows @ step[:-1] + step[-1])
            scores = weights[:, None] * (scores - p * scores.sum(axis=1, keepdims=True))
            return np.vstack([rows.T @ scores + step[:-1], scores.sum(axis=0)]).ravel()

        size = gradient.size
        step, _ = cg(LinearOperator((size, size), hessian), gradient.ravel(), rtol=1e-8)
        step = step.reshape(features + 1, classes)
        before = objective(rows, truth, weights, coefficients, intercept)
        coefficients, intercept = coefficients - step[:-1], intercept - step[-1]
        after = objective(rows, truth, weights, coefficients, intercept)
        if after > before + 1e-12 * before:
            sys.exit(f"make.py: a Newton step went uphill, from {before!r} to {after!r}")
    sys.exit(f"make.py: no convergence; the gradient is still {np.abs(gradient).max():.1e}")


def fit(rows, labels, c, class_weight, sample_weights):
    """Fits scikit-learn's LogisticRegression and polishes it.

    For two classes scikit-learn fits one sigmoid: coefficients v of the second class against the
    first, penalised by ½‖v‖². Undertone's softmax over two classes has its minimum at W = (−v/2,
    v/2), where the penalty is ½‖W‖² = ¼‖v‖². That is half of scikit-learn's objective at twice C:
    C·loss + ¼‖v‖² = ½(2C·loss + ½‖v‖²).
    """
    classes = sorted(set(labels))
    two = len(classes) == 2
    model = LogisticRegression(
        C=2 * c if two else c, class_weight=class_weight, tol=1e-9, max_iter=100_000
    ).fit(rows, labels, sample_weight=sample_weights)
    assert list(model.classes_) == classes

    truth = np.array([[label == name for name in classes] for label in labels], dtype=float)
    class_weights = np.ones(len(classes))
    if class_weight == "balanced":
        class_weights = len(labels) / (len(classes) * truth.sum(axis=0))
    weights = c * truth @ class_weights
    if sample_weights is not None:
        weights = weights * sample_weights

    halves = np.array([[-0.5], [0.5]])
    found = model.coef_.T @ halves.T if two else model.coef_.T
    start = model.intercept_ @ halves.T if two else model.intercept_
    assert abs(start.sum()) < 1e-9
    coefficients, intercept, gradient = polish(rows, truth, weights, found, start)
    # The polish may only add digits; were it another minimum, the definitions would differ.
    assert np.abs(coefficients - found).max() < 1e-5 and np.abs(intercept - start).max() < 1e-5
    model.coef_ = coefficients.T[1:] - coefficients.T[:1] if two else coefficients.T
    model.intercept_ = intercept[1:] - intercept[:1] if two else intercept
    value = objective(rows, truth, weights, coefficients, intercept)
    return model, coefficients, intercept, class_weights, float(value), gradient


def solved(array):
    return np.round(array, SOLVED_DECIMALS).tolist()


def check_settings_bite(fitted, given, texts):
    """A limit that removes nothing would test nothing, and a tie at max_features is decided by
    numpy's unstable sort: no one could be asked to agree."""
    everything = given | {"min_df": 1, "max_df": 1.0, "max_features": None}
    counts = lambda changes: len(vectorizer(everything | changes).fit(texts).vocabulary_)
    for key in ("min_df", "max_df", "max_features"):
        if given[key] != everything[key]:
            assert counts({key: given[key]}) < counts({}), key
    if given["max_features"] is not None:
        # With idf and norm off and tf as it is, the sum of a column is the frequency of a term.
        raw = vectorizer(everything).set_params(use_idf=False, norm=None).fit(texts)
        sums = np.asarray(raw.transform(texts).sum(axis=0)).ravel()
        ranked = np.sort(sums)[::-1]
        limit = given["max_features"]
        assert ranked[limit - 1] > ranked[limit], "a tie at max_features"
    assert len(fitted.vocabulary_) > 100


def model(
    name,
    *vectorizers,
    file="headlines.csv",
    c=1.0,
    class_weight=None,
    weigh=None,
    every=24,
    note="",
):
    """Fits a pipeline on a fixture and writes it down. `every`: which rows of tf-idf are written;
    `weigh`: the sample weight of a row number."""
    data, documents = read(file)
    texts, labels = zip(*documents)
    union = FeatureUnion([(str(i), vectorizer(each)) for i, each in enumerate(vectorizers)])
    rows = sparse.csr_array(union.fit_transform(texts))
    rows.sort_indices()
    fitted = [each for _, each in union.transformer_list]
    for each, given in zip(fitted, vectorizers):
        check_settings_bite(each, given, texts)

    weights = None if weigh is None else np.array([weigh(row) for row in range(len(texts))])
    classifier, coefficients, intercept, class_weights, value, gradient = fit(
        rows, labels, c, class_weight, weights
    )
    p = classifier.predict_proba(rows)
    p_unseen = classifier.predict_proba(union.transform(UNSEEN))
    # Fifty probabilities a row would be most of all golden files together.
    step = 1 if len(classifier.classes_) < 10 else 10
    print(f"{name:28} {rows.shape[1]:5} features, largest gradient {gradient:.1e}")
    content = {
        "note": note,
        "data": data,
        "vectorizers": [
            {
                "settings": given,
                "vocabulary": sorted(each.vocabulary_),
                "idf": each.idf_.tolist(),
            }
            for each, given in zip(fitted, vectorizers)
        ],
        "tfidf": [
            {
                "row": row,
                "columns": rows.indices[slice(*rows.indptr[row : row + 2])].tolist(),
                "values": rows.data[slice(*rows.indptr[row : row + 2])].tolist(),
            }
            for row in range(0, len(texts), every)
        ],
        "C": c,
        "class_weight": class_weight,
        "class_weights": class_weights.tolist(),
        "sample_weights": None if weights is None else weights.tolist(),
        "largest_gradient": float(f"{gradient:.1e}"),
        "objective": solved(value),
        "classes": list(classifier.classes_),
        "intercept": solved(intercept),
        "coefficients": solved(coefficients),
        "probabilities": [{"row": row, "p": solved(p[row])} for row in range(0, len(texts), step)],
        "unseen": [{"text": text, "p": solved(each)} for text, each in zip(UNSEEN, p_unseen)],
    }
    write(f"{name}.json", content if note else {k: v for k, v in content.items() if k != "note"})


def models():
    model("default", settings(), every=6)
    model("word-pairs-sublinear", settings("word", (1, 2), min_df=2, sublinear_tf=True))
    model("char-wb", settings("char_wb", (2, 4), min_df=3, max_df=0.5))
    model("char-max-features", settings("char", (3, 3), max_features=471))
    model(
        "union",
        settings("word", (1, 2), min_df=2),
        settings("char_wb", (3, 4), min_df=0.02),
    )
    model("stop-words", settings("word", (1, 2), min_df=2, stop_words=STOP_WORDS))
    model("balanced", settings(min_df=2), class_weight="balanced")
    model("c10", settings(min_df=2), c=10.0)
    model(
        "sample-weights",
        settings(min_df=2),
        weigh=lambda row: (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 0.1)[row % 7],
    )
    model("short-tokens", settings(token_pattern=r"\b\w+\b", min_df=2))
    model("sign-tokens", settings(token_pattern=r"[\w$%']{2,}|[!?]", min_df=2))
    model(
        "two-classes",
        settings(),
        file="two.csv",
        note="The softmax over two classes, not scikit-learn's single sigmoid, which is the same "
        "model at half of this C: see fit() in make.py.",
    )
    model("fifty-classes", settings(min_df=3), file="fifty.csv", every=30)


# --- Tokens ---------------------------------------------------------------------------------------

ANALYZERS = {
    "word_1_1": settings("word", (1, 1)),
    "word_1_2": settings("word", (1, 2)),
    "word_2_3": settings("word", (2, 3)),
    "char_2_3": settings("char", (2, 3)),
    "char_wb_2_3": settings("char_wb", (2, 3)),
    "char_wb_4_6": settings("char_wb", (4, 6)),
    "word_short": settings(token_pattern=r"\b\w+\b"),
    "word_signs": settings(token_pattern=r"[\w$%']{2,}|[!?]"),
    "word_1_2_stop": settings("word", (1, 2), stop_words=["the", "of", "σας", "don"]),
}

# Every character here is older than Unicode 14, Python 3.11's version.
AWKWARD = [
    # Nothing, and next to nothing.
    "",
    " ",
    "     ",
    "\t\n\r",
    "a",
    "A",
    "ab",
    "a b",
    "a  b",
    "!",
    "_",
    "__",
    "…",
    # Plain headlines.
    "Bitcoin slides below $61,000 as traders rush for the exit",
    "Profit rose 12.5 % to EUR 3.1 mn",
    "The end of the road, the end of the line",
    "x" * 3,
    # White space: runs are one space to the char analyzers, single ones stay what they are.
    "tab\tone",
    "tab\t\ttwo",
    "line\nbreak",
    "line\r\nbreak",
    "  leading and trailing  ",
    "\u00a0no-break\u00a0space\u00a0",
    "no-break\u00a0\u00a0twice",
    "narrow\u202fno-break",
    "line\u2028separator\u2029paragraph",
    "ideographic\u3000space",
    "next\u0085line",
    "file\x1cgroup\x1drecord\x1eunit\x1fend",
    "\x1c\x1d\x1e\x1f",
    "vertical\x0btab form\x0cfeed",
    "en\u2002em\u2003thin\u2009hair\u200a",
    "ogham\u1680space math\u205fspace",
    "\u3000\u2028\u0085 ",
    # Not white space in Python, although they look so.
    "zero\u200bwidth",
    "word\u2060joiner",
    "mongolian\u180evowel",
    "\ufeffmark at the start",
    "soft\u00adhyphen",
    "braille\u2800blank",
    # Controls.
    "nul\x00inside",
    "\x00",
    "\x00\x00 ab",
    "bell\x07 and \x1b[31mred\x1b[0m",
    "delete\x7fc1\x80\x88\x9fend",
    # Underscores, apostrophes, hyphens, signs.
    "snake_case _private __init__ _ a_b",
    "don't O'Brien ’tis l’été d'Angelo",
    "state-of-the-art e-mail co‑founder – — −28%",
    "$BTC $5.3bn €1,2m £3 5% 100%! What?! 50/50 #88 @home C++ C#",
    "'' '''' $$ $% %' $!? ?!",
    "U.S. e.g. 9 a.m. v2.3.1 1,234,567.89",
    "https://example.org/a_b?c=d&e=%20f",
    # Numbers that are no ASCII digits: all of them word characters to Python.
    "x² m³ CO₂ H₂O 10⁻³",
    "½ ¼ ⅓ ⅐ 1½",
    "Ⅳ ⅳ Ⅻ ↀ ↈ part Ⅳa",
    "① ⑳ ⑴ ⒈ ⓪ ➊ ㊿",
    "Ⓐⓑ 🄰 🅐 🅰 ⒜",
    "٣٤٥ ۴۵۶ १२३ ৪৫৬ ๑๒๓ １２３ 𝟏𝟐𝟑 𝟘𝟙",
    "一二三 〇 〡〢 ㆒",
    "№ 5 ℡ ™ ℠ ℅ ℀ ª º",
    "৳ ৴ ௰ ௱ ௲ ൰",
    # Letters in mathematical and other disguises.
    "𝐁𝐢𝐭𝐜𝐨𝐢𝐧 𝓭𝓻𝓸𝓹𝓼 𝕯𝖔𝖜 ℝ ℂ ℵ ℘ ℮",
    "Ｆｕｌｌ　Ｗｉｄｔｈ ｶﾀｶﾅ",
    "ﬁnance ﬂow oﬃce ﬀ ﬅ ĳ Ĳ œ Œ æ Æ",
    "ˈstress ʰ ˆ ˇ ˉ ꞌ ʼn ŉ",
    # Lowercasing.
    "İSTANBUL İ Iı ISPARTA ışık",
    "i\u0307 İi̇ I\u0307",
    "Σ",
    "ΑΣ",
    "ΑΣΑ",
    "ΑΣ. ΣΑΣ ΣΣ ΣΣΣ",
    "ΑΣ\u0301 Α\u0301Σ ΑΣ'Α ΑΣ·Α ΑΣ:Α ΑΣ-Α ΑΣ\u00adΑ ΑΣ\u200dΑ",
    "ΟΔΥΣΣΕΥΣ ΟΔΟΣ. ὈΔΥΣΣΕΎΣ ΣΑΣ ΤΗΣ",
    "1Σ Σ1 _Σ aΣ_ ʰΣ ⅠΣ ⓐΣ ªΣ 日Σ",
    "STRAẞE Straße ẞ ß GROẞ",
    "ǅ ǈ ǋ ǲ Ǆ Ǳ",
    "K Å Ω ϴ ẞ",
    "ᾈ ᾼ ῼ ᾳ Ὣ",
    "Ⴀ Ა ა ⴀ Ꭰ ꭰ Ᏸ",
    "𐐀𐐨 𞤀𞤢 𐓀 Ⰰ Ꙁ",
    "Ёлка ЩУКА ЇЖАК Ѹ Ԯ Ӏ",
    "ÀÉÎÕÜ ŠČŘŽ ŁÓDŹ ĐÀ NẴNG Ǿ Ⱥ Ⱦ Ɐ Ȿ",
    # Combining marks: no word characters.
    "Socie\u0301te\u0301 ge\u0301ne\u0301rale",
    "n\u0303 a\u0300\u0301\u0302 e\u20dd",
    "\u0301 \u0301\u0301 a\u0301",
    "Z͑ͫ̓a̴l͖g͎o̥",
    "क\u093f ब\u093fटकॉइन की कीमत में गिरावट ज्ञ श्री क्ष",
    "বাংলাদেশ ব্যাংক தமிழ்நாடு తెలుగు ಕನ್ನಡ മലയാളം ગુજરાતી ਪੰਜਾਬੀ සිංහල",
    "ธนาคารกลางจะประชุมในวันพุธ น้ำ ที่",
    "ລາວ မြန်မာ ខ្មែរ བོད་ཡིག",
    # Scripts from right to left, with and without marks.
    "انخفضت أسهم شركة نورة بنسبة ٧٪",
    "مُحَمَّد ﷺ ﷲ لا ﻻ كـــتاب",
    "صعود\u200cها \u202bمضمّن\u202c \u200fbtc\u200e",
    'שָׁלוֹם עוֹלָם מניית "אלמור" צה״ל צ\'ק',
    # Scripts without spaces, and with syllables.
    "ビットコインが急落、6万ドルを割り込む",
    "か\u3099 が ﾎﾞ ー ヽ 々 〆 〜 ・",
    "比特币价格暴跌，投资者恐慌抛售 𠀀𪛖",
    "삼한전자 주가 사상 최고치… 40% 증가",
    "\u1112\u1161\u11ab\u1100\u1173\u11af 한글 ㅎㅏㄴ",
    "ꦧꦱꦗꦮ ᠮᠣᠩᠭᠣᠯ አማርኛ ᓀᐦᐃᔭᐍᐏᐣ ⵜⴰⵎⴰⵣⵉⵖⵜ ߒߞߏ",
    "𒀀𒁀 𓀀𓁐 𐎠𐎡 𐤀𐤁 ᚠᚢ",
    # Emoji: none is a word character, and one may be many characters.
    "to the moon 🚀🚀🚀",
    "🚀",
    "👩‍👩‍👧‍👦 family",
    "👍🏽 thumbs ✊🏿 ❤️ ❤ ☺︎",
    "🇫🇮🇸🇪 flags 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "keycap 1️⃣ #️⃣ 10️⃣",
    "up📈down📉 a🔥b btc🚀",
    "\ue000private\uf8ff use \U000f0000",
    "non\uffff character \ufffd \U0010ffff",
    # Long.
    "a" * 300,
    "supercalifragilistic" * 12,
    "é" * 130,
    "🚀" * 65,
    "ab " * 40,
    ("x" * 64 + " ") * 3,
]


def tokens():
    assert len(set(AWKWARD)) == len(AWKWARD)
    assert all(
        unicodedata.category(c) != "Cn" or ord(c) & 0xFFFE == 0xFFFE
        for text in AWKWARD
        for c in text
    )
    analyzers = {name: vectorizer(each).build_analyzer() for name, each in ANALYZERS.items()}
    write(
        "tokens.json",
        {
            "analyzers": ANALYZERS,
            "cases": [
                {
                    "text": text,
                    "lowercase": text.lower(),
                    "features": {name: analyze(text) for name, analyze in analyzers.items()},
                }
                for text in AWKWARD
            ],
        },
    )


# --- Metrics --------------------------------------------------------------------------------------

BINS = 15


def calibration_error(truth, p):
    """Expected calibration error: the top probabilities fall into BINS bins of equal width, bin b
    holding b/BINS ≤ top < (b+1)/BINS and the last one also 1; Σ over the bins of
    (rows in the bin / all rows) · |accuracy in the bin − mean top probability in the bin|."""
    top = p.max(axis=1)
    right = p.argmax(axis=1) == truth
    scaled = top * BINS
    # A border is no fair test: it depends on how the last bit was rounded.
    assert not np.any((np.abs(scaled - np.round(scaled)) < 1e-9) & (top != 1.0))
    bins = np.minimum(scaled.astype(int), BINS - 1)
    error = 0.0
    for b in range(BINS):
        here = bins == b
        if here.any():
            error += here.mean() * abs(right[here].mean() - top[here].mean())
    return float(error)


def measured(name, truth, p):
    """A class counts in macro-F1 if it occurs or is predicted; 0/0 is 0; of equal probabilities the
    first is predicted; log-loss clips at the machine epsilon of a float64, 2⁻⁵²."""
    truth, p = np.array(truth), np.array(p)
    classes = list(range(p.shape[1]))
    predicted = p.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=classes, zero_division=0
    )
    return {
        "name": name,
        "truth": truth.tolist(),
        "probabilities": p.tolist(),
        "predicted": predicted.tolist(),
        "accuracy": float(accuracy_score(truth, predicted)),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.astype(int).tolist(),
        "log_loss": float(log_loss(truth, p, labels=classes)),
        "confusion": confusion_matrix(truth, predicted, labels=classes).tolist(),
        "calibration_error": calibration_error(truth, p),
    }


def drawn(seed, rows, classes, skill):
    """Random truth, and probabilities that know something about it."""
    random = np.random.default_rng(seed)
    truth = random.choice(classes, size=rows, p=softmax(np.arange(classes) * 0.4))
    scores = random.normal(size=(rows, classes)) * 1.5
    scores[np.arange(rows), truth] += skill
    # Four decimals that sum to one: exact in the file, whatever made them.
    whole = np.floor(softmax(scores, axis=1) * 10_000).astype(int)
    whole[:, 0] += 10_000 - whole.sum(axis=1)
    return truth.tolist(), (whole / 10_000).tolist()


def metrics():
    a, b, tie = [0.75, 0.15, 0.1], [0.2, 0.7, 0.1], [0.35, 0.35, 0.3]
    cases = [
        measured("one row", [0], [[0.7, 0.3]]),
        measured("all right", [0, 1, 2], [a, b, [0.0, 0.0, 1.0]]),
        measured("all wrong", [1, 2, 0], [a, b, [0.1, 0.0, 0.9]]),
        measured("certain and wrong", [1, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.25, 0.75]]),
        measured("ties", [0, 1, 2, 1], [tie, tie, [0.25, 0.375, 0.375], [0.5, 0.5, 0.0]]),
        measured("a class never predicted", [0, 1, 2, 2, 0], [a, b, [0.45, 0.3, 0.25], b, a]),
        measured("a class that never occurs", [0, 1, 1, 0], [a, b, [0.1, 0.25, 0.65], a]),
        measured("a class neither predicted nor there", [0, 1, 1], [a, b, a]),
        measured("two classes", *drawn(1, 40, 2, 1.0)),
        measured("three classes", *drawn(2, 120, 3, 1.5)),
        measured("seven classes, poor", *drawn(3, 90, 7, 0.3)),
    ]
    write("metrics.json", {"bins": BINS, "epsilon": math.ulp(1.0), "cases": cases})


if __name__ == "__main__":
    models()
    tokens()
    metrics()
