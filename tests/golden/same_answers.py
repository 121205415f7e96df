#!/usr/bin/env python3
"""Writes same-answers.json: odd texts, and what scikit-learn's pipeline makes of them.

The native library, the command line, the module in Node and the module in Chromium are all asked
for the same probabilities, by `golden.rs` and by `tests/package/same-answers.test.mjs`.

    python tests/golden/same_answers.py
"""

import numpy as np
from make import fit, read, settings, solved, vectorizer, write
from scipy import sparse
from sklearn.pipeline import FeatureUnion

FILE = "headlines.csv"
VECTORIZERS = [settings("word", (1, 2), min_df=2), settings("char_wb", (3, 4), min_df=0.02)]
C = 1.0
MEGABYTE = 1_000_000


def text(text, times=1):
    return {"text": text, "times": times}


def units(*units):
    """UTF-16 code units as a JavaScript string may hold them; elsewhere a half pair is U+FFFD."""
    return {"units": list(units)}


def megabyte_of(piece):
    return text(piece, MEGABYTE // len(piece.encode()))


TEXTS = {
    "a headline": [text("Record profit lifts shares of Orrin Bank")],
    "empty": [text("")],
    "only spaces": [text("     ")],
    "only spaces of other kinds": [text("\u00a0\u2003\u3000\u202f\u2028\u2029\u0085\t\v\f")],
    "emoji": [text("🚀🚀 Bitcoin to the moon 🌕 or to zero 💀?")],
    "joined emoji": [text("👩‍👩‍👧‍👦 🏴‍☠️ 🇫🇮 👍🏽 1️⃣ profit")],
    "Chinese": [text("投资者恐慌抛售，利润下降 record profit")],
    "Japanese": [text("ビットコインが急落、業績予想を下方修正 falls")],
    "Korean": [text("비트코인 급락에 투자자 손실 shares")],
    "Arabic": [text("خسائر قياسية لشركة نورة and a record loss")],
    "Hebrew with direction marks": [text("\u202bהפסד שיא\u202c \u2067profit\u2069 ירידה")],
    "Hindi": [text("रिकॉर्ड गिरावट: शेयर बाज़ार falls")],
    "combining marks": [text("Socie\u0301te\u0301 Montclair: profi\u0302t war\u0308ning")],
    "many combining marks": [text("p" + "\u0301\u0323\u0330" * 50 + "rofit falls")],
    "a ligature and full width": [text("proﬁt warning Ｐｒｏｆｉｔ rises")],
    "letters beyond the first plane": [text("𝐁𝐢𝐭𝐜𝐨𝐢𝐧 𝒇𝒂𝒍𝒍𝒔 𐐒𐐮𐐻𐐿 profit")],
    "capitals that change length": [text("İSTANBUL GROẞMANN ΟΔΥΣΣΕΥΣ ŉ ΐ shares")],
    "NUL": [text("\0\0profit\0rises\0")],
    "other controls": [text("profit\u0007\u001b[31m falls\u007f \ufffe\uffff\ufeff")],
    "a byte order mark first": [text("\ufeffprofit falls")],
    "line ends": [text("profit rises\r\nshares fall\n\nrecord\rloss\n")],
    "quotes": [text('"Profit", he said, "falls"; \'record\' ,,""')],
    "markup": [text("<img src=x onerror=alert(1)> &lt;profit&gt;")],
    "half a pair, the first": [text("profit "), units(0xD83D), text(" falls")],
    "half a pair, the second": [text("profit "), units(0xDE00), text(" falls")],
    "halves in the wrong order": [text("profit "), units(0xDE00, 0xD83D), text(" falls")],
    "half a pair at the end": [text("record profit"), units(0xD83D)],
    "half a pair before an emoji": [units(0xD83D), text("🚀 profit")],
    "half a pair in the middle of a word": [text("prof"), units(0xDBFF), text("it falls")],
    "a very long word": [text("profit "), text("a", 100_000), text(" falls")],
    "a long word that isn't ASCII": [text("ñandú", 20_000), text(" falls")],
    "many short words": [text("a ", 50_000), text("record loss")],
    "1 MB of headlines": [megabyte_of("Record profit lifts shares; Pexwell halts withdrawals. ")],
    "1 MB of emoji and Chinese": [megabyte_of("🚀 利润下降 ")],
    "1 MB without a space": [megabyte_of("profit")],
    "1 MB of spaces": [megabyte_of(" ")],
    "1 MB that ends in half a pair": [megabyte_of("é falls "), units(0xD83D)],
}


def whole(parts):
    """The text as everyone but JavaScript sees it."""
    utf16 = b"".join(
        (part["text"] * part["times"]).encode("utf-16-le")
        if "text" in part
        else np.array(part["units"], dtype="<u2").tobytes()
        for part in parts
    )
    return utf16.decode("utf-16-le", errors="replace")


def main():
    data, documents = read(FILE)
    texts, labels = zip(*documents)
    union = FeatureUnion([(str(i), vectorizer(each)) for i, each in enumerate(VECTORIZERS)])
    rows = sparse.csr_array(union.fit_transform(texts))
    classifier, *_ = fit(rows, labels, C, None, None)
    p = classifier.predict_proba(union.transform([whole(parts) for parts in TEXTS.values()]))
    write(
        "same-answers.json",
        {
            "data": data,
            "vectorizers": VECTORIZERS,
            "C": C,
            "classes": list(classifier.classes_),
            "texts": [
                {"name": name, "parts": parts, "p": solved(row)}
                for (name, parts), row in zip(TEXTS.items(), p)
            ],
        },
    )


if __name__ == "__main__":
    main()
