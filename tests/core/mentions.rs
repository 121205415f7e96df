//! Names in texts: the list that is shipped, and what holds for every text.

use crate::common;

use std::sync::LazyLock;

use common::{Random, root};
use proptest::prelude::*;
use undertone::{Mention, Names};

static LIST: LazyLock<String> =
    LazyLock::new(|| std::fs::read_to_string(root().join("mentions.txt")).unwrap());

static NAMES: LazyLock<Names> = LazyLock::new(|| Names::parse(&LIST).unwrap());

fn found(text: &str) -> Vec<&'static str> {
    NAMES.find_names(text).into_iter().map(|name| &NAMES.names()[name][..]).collect()
}

#[test]
fn the_shipped_list_has_the_coins_and_firms_of_most_headlines() {
    let (coins, firms) = LIST.split_at(LIST.find("# --- Companies").unwrap());
    let names = |part: &str| Names::parse(part).unwrap().names().len();
    let (coins, firms) = (names(coins), names(firms));
    assert!(coins >= 140 && firms >= 350, "{coins} coins, {firms} companies");
    assert_eq!(NAMES.names().len(), coins + firms);
    for name in NAMES.names() {
        // Each is found where it can only be the name.
        let text = format!("Analysts like shares of {name} a lot");
        assert_eq!(found(&text), [name], "{text}");
    }
}

#[test]
fn headlines_name_whom_they_are_about() {
    for (text, expected) in [
        ("Bitcoin ETF inflows hit a record as BTC nears $120,000", &["Bitcoin"][..]),
        (
            "Bitcoin Cash outperforms bitcoin and Ethereum Classic",
            &["Bitcoin Cash", "Bitcoin", "Ethereum Classic"],
        ),
        (
            "Solana's $SOL slips; XRP, ADA and $DOGE follow",
            &["Solana", "XRP", "Cardano", "Dogecoin"],
        ),
        ("Apple Unveils Cheaper Phone", &["Apple"]),
        ("Google and Facebook face fines in Europe", &["Alphabet", "Meta"]),
        (
            "JPMorgan, Goldman and BofA raise Nvidia price target",
            &["JPMorgan", "Goldman Sachs", "Bank of America", "Nvidia"],
        ),
        ("Visa and Mastercard settle with retailers", &["Mastercard"]),
        ("Retailers settle with Visa and Mastercard", &["Visa", "Mastercard"]),
        ("Visa's profit rises", &["Visa"]),
        ("Near-term risks link gas flow to one target", &[]),
        ("Yields Near One-Year High as Traders Link Flow to Target Gap", &[]),
        ("THE GAP BETWEEN ONE TARGET AND THE NEAR LINK: A FLOW, IT CAN DASH", &[]),
        ("BITCOIN PLUNGES, COINBASE AND TESLA FOLLOW", &["Bitcoin", "Coinbase", "Tesla"]),
        ("NEAR Protocol and Stacks (STX) gain", &["Near Protocol", "Stacks"]),
        ("South China Sea tension lifts oil as the Arctic Circle thaws", &[]),
        ("Warming passes 1.5 degrees Celsius", &[]),
        ("Exxon pays $3M to farmers, etc. in a US$T deal", &["ExxonMobil"]),
        ("Hermes and Hermès, L’Oréal and LOREAL", &["Hermès", "L'Oréal"]),
        ("Profit rose 7%", &[]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

const PIECES: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\n",
    "\u{a0}",
    "-",
    "'s",
    "’s ",
    "$",
    "$$",
    "&",
    " & ",
    ".",
    ", ",
    "_",
    "İ",
    "K",
    "Σ",
    "ǅ",
    "ß",
    "e\u{301}",
    "\u{200d}",
    "👩‍👩‍👧",
    "🚀",
    "日本",
    "Bitcoin",
    "bitcoin ",
    "Cash",
    "BTC",
    "$BTC",
    "Near ",
    "NEAR",
    "Target ",
    "Best Buy",
    "AT&T",
    "J.P. Morgan",
    "L’Oréal",
    "S",
    "s",
    "A",
    "3M ",
    " shares",
    "Why ",
    "falls ",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn mentions_are_stretches_of_the_text_one_after_the_other(text in text()) {
        let mentions = NAMES.find(&text);
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut end = 0;
        for Mention { name, bytes, utf16 } in &mentions {
            prop_assert!(*name < NAMES.names().len());
            prop_assert!(end <= bytes.start && bytes.start < bytes.end);
            let stretch = text.get(bytes.clone()).unwrap();
            prop_assert_eq!(String::from_utf16(&units[utf16.clone()]).unwrap(), stretch);
            end = bytes.end;
        }
        let mut distinct: Vec<usize> = Vec::new();
        for mention in &mentions {
            if !distinct.contains(&mention.name) {
                distinct.push(mention.name);
            }
        }
        prop_assert_eq!(NAMES.find_names(&text), distinct);
    }

    #[test]
    fn any_text_is_a_list_or_is_refused_with_a_line_of_it(list in text()) {
        match Names::parse(&list) {
            Ok(names) => prop_assert!(names.find(&list).len() <= list.len()),
            Err(error) => prop_assert!((1..=list.lines().count()).contains(&error.line)),
        }
    }

    #[test]
    fn a_name_that_is_no_other_word_is_found_in_any_text(before in text(), after in text()) {
        let names = Names::parse("Zyxwvut Qponm").unwrap();
        for form in ["Zyxwvut Qponm", "zyxwvut-qponm", "ZYXWVUT QPONM"] {
            let text = format!("{before} {form} {after}");
            let start = before.len() + 1;
            let found = names.find(&text).iter().any(|one| one.bytes == (start..start + form.len()));
            prop_assert!(found);
        }
    }
}

/// Of a form's words, each begins as many others do, and none ends as it should.
#[test]
fn a_long_text_of_beginnings_of_names_is_searched_to_its_end() {
    let list: String = (0..200).map(|n| format!("a a a a a a a b{n}\n")).collect();
    let names = Names::parse(&list).unwrap();
    let text = format!("{}b7", "a ".repeat(200_000));
    let mentions = names.find(&text);
    assert_eq!(mentions.len(), 1);
    assert_eq!((mentions[0].name, mentions[0].bytes.end), (7, text.len()));
    let word = "a".repeat(1 << 20);
    assert_eq!(names.find(&word), []);
}

#[test]
fn a_list_in_any_order_finds_the_same() {
    let mut lines: Vec<&str> = LIST.lines().collect();
    let mut random = Random(7);
    let texts = ["Bitcoin Cash and Meta-analysis of $NEAR", "Target shares at Best Buy, AT&T"];
    let names_in = |names: &Names, text: &str| -> Vec<(String, usize)> {
        let mentions = names.find(text).into_iter();
        mentions.map(|one| (names.names()[one.name].clone(), one.bytes.start)).collect()
    };
    for _ in 0..5 {
        for place in (1..lines.len()).rev() {
            lines.swap(place, random.below(place + 1));
        }
        let names = Names::parse(&lines.join("\n")).unwrap();
        for text in texts {
            assert_eq!(names_in(&names, text), names_in(&NAMES, text));
        }
    }
}
