//! `model.bin` written a second time, from its description in `src/format.rs`: to make files that
//! lie and yet have the right checksum.

use super::Random;

/// What a model.bin holds after its header.
#[derive(Clone)]
pub(crate) struct Payload {
    pub(crate) version: &'static str,
    pub(crate) recipe: &'static str,
    pub(crate) date: &'static str,
    /// Name, sha256 and number of documents.
    pub(crate) data: Vec<(&'static str, &'static str, u32)>,
    /// Folds; accuracy, macro-F1, log-loss, calibration error.
    pub(crate) scores: Option<(u32, [f64; 4])>,
    pub(crate) labels: Vec<String>,
    pub(crate) bias: Vec<f64>,
    pub(crate) vectorizers: Vec<Vectorizer>,
    /// None in version 1.
    pub(crate) addition: Option<Addition>,
}

/// What versions 2 to 6 add.
#[derive(Clone)]
pub(crate) struct Addition {
    /// 0 for the softmax, 1 for one-vs-rest, 2 for margins, and from version 5 on 3 for labels that
    /// are independent.
    pub(crate) link: u8,
    /// 1 for binary counts and 2 for rows that are left as they are; buckets.
    pub(crate) vectorizers: Vec<(u8, u32)>,
    /// From version 3 on.
    pub(crate) licence: Option<&'static str>,
    /// From version 4 on: what is known, and a confidence for each label.
    pub(crate) thresholds: Option<Vec<f32>>,
    /// Words that corrections have added, from version 4 on.
    pub(crate) grown: u32,
    /// From version 6 on.
    pub(crate) six: Option<Six>,
}

/// What version 6 adds, by which it reads the lists of each vectorizer otherwise: `shared` are
/// steps from one first piece to the next, `own` how many pieces follow, `suffixes` the places of
/// these, and `document_frequencies` places, too.
#[derive(Clone)]
pub(crate) struct Six {
    pub(crate) frequencies: Vec<u32>,
    /// Front coded.
    pub(crate) pieces: Vec<u8>,
}

impl Addition {
    /// What version 2 adds.
    pub(crate) fn new(link: u8, vectorizers: Vec<(u8, u32)>) -> Self {
        Self { link, vectorizers, licence: None, thresholds: None, grown: 0, six: None }
    }
}

#[derive(Clone)]
pub(crate) struct Vectorizer {
    /// 0 for words, 1 for characters, 2 for characters inside words and, from version 3 on, 3 for
    /// cues.
    pub(crate) kind: u32,
    pub(crate) ngrams: (u8, u8),
    pub(crate) lowercase: u8,
    pub(crate) token_pattern: String,
    pub(crate) stop_words: Vec<String>,
    pub(crate) number_shapes: u8,
    pub(crate) changes: u8,
    pub(crate) sublinear_tf: u8,
    pub(crate) scale: f32,
    pub(crate) unknown: f32,
    pub(crate) documents: u32,
    pub(crate) shared: Vec<u32>,
    pub(crate) own: Vec<u32>,
    pub(crate) suffixes: Vec<u8>,
    pub(crate) document_frequencies: Vec<u32>,
    pub(crate) coefficients: Coefficients,
}

/// Class after class.
#[derive(Clone)]
pub(crate) enum Coefficients {
    Float32(Vec<f32>),
    /// Of every class but the first.
    Int8 {
        scales: Vec<f32>,
        levels: Vec<u8>,
    },
}

impl Payload {
    /// Two labels and two vectorizers, with something in every field.
    pub(crate) fn sample() -> Self {
        let words = Vectorizer {
            kind: 0,
            ngrams: (1, 2),
            lowercase: 1,
            token_pattern: r"\b\w\w+\b".to_owned(),
            stop_words: vec!["and".to_owned(), "the".to_owned()],
            number_shapes: 1,
            changes: 1,
            sublinear_tf: 0,
            scale: 1.0,
            unknown: 0.0,
            documents: 300,
            // fell, felt, profit fell, σοκ
            shared: vec![0, 3, 0, 0],
            own: vec![4, 1, 11, 6],
            suffixes: "felltprofit fellσοκ".into(),
            document_frequencies: vec![3, 4, 254, 299],
            coefficients: Coefficients::Float32(vec![-1.0, 0.5, -2.0, 3.0, 1.0, -0.5, 2.0, -3.0]),
        };
        let characters = Vectorizer {
            kind: 2,
            ngrams: (3, 4),
            number_shapes: 0,
            changes: 0,
            stop_words: Vec::new(),
            sublinear_tf: 1,
            scale: 0.5,
            unknown: 20.0,
            // up!, upon
            shared: vec![0, 2],
            own: vec![3, 2],
            suffixes: "up!on".into(),
            document_frequencies: vec![1, 2],
            coefficients: Coefficients::Int8 { scales: vec![0.25], levels: vec![4, 0xfe] },
            ..words.clone()
        };
        Self {
            version: "0.1.0",
            recipe: "5eed",
            date: "2026-11-23",
            data: vec![("headlines.csv", "0123abcd", 300), ("more.csv", "", 0)],
            scores: Some((5, [0.75, 0.5, 0.625, 0.125])),
            labels: vec!["falling".to_owned(), "rising".to_owned()],
            bias: vec![0.125, -0.125],
            vectorizers: vec![words, characters],
            addition: None,
        }
    }

    /// The same in version 2, with 32-bit floats throughout, since its link is not the softmax.
    pub(crate) fn sample_2() -> Self {
        let mut sample = Self::sample();
        sample.vectorizers[1].coefficients = Coefficients::Float32(vec![1.0, -0.5, 0.25, 2.0]);
        sample.addition = Some(Addition::new(1, vec![(2, 1000), (1, 0)]));
        sample
    }

    /// The same in version 3: words, and cues.
    pub(crate) fn sample_3() -> Self {
        let mut sample = Self::sample();
        sample.vectorizers[1].kind = 3;
        sample.vectorizers[1].ngrams = (1, 1);
        sample.addition = Some(Addition {
            licence: Some("MIT OR Apache-2.0"),
            ..Addition::new(0, vec![(0, 0), (0, 0)])
        });
        sample
    }

    /// The same in version 4: with thresholds.
    pub(crate) fn sample_4() -> Self {
        let mut sample = Self::sample_3();
        sample.addition.as_mut().unwrap().thresholds = Some(vec![0.25, 0.75, 0.0]);
        sample.addition.as_mut().unwrap().grown = 7;
        sample
    }

    /// The same in version 5: with labels that are independent, in 32-bit floats.
    pub(crate) fn sample_5() -> Self {
        let mut sample = Self::sample_4();
        sample.vectorizers[1].coefficients = Coefficients::Float32(vec![1.0, -0.5, 0.25, 2.0]);
        sample.addition.as_mut().unwrap().link = 3;
        sample
    }

    /// The sample in version 6, in 8 bits.
    pub(crate) fn sample_6() -> Self {
        let mut sample = Self::sample();
        let [words, characters] = &mut sample.vectorizers[..] else { unreachable!() };
        // The pieces fell (which may follow), felt, profit, up!, upon and σοκ.
        let pieces = b"\xa0fell\x83t\x80profit\x80up!\x82on\x80\xcf\x83\xce\xbf\xce\xba".to_vec();
        words.shared = vec![0, 1, 1, 3];
        words.own = vec![0, 0, 1, 0];
        words.suffixes = vec![0, 0];
        words.document_frequencies = vec![2, 3, 4, 5];
        words.coefficients =
            Coefficients::Int8 { scales: vec![0.5], levels: vec![127, 0xff, 2, 0x81] };
        characters.shared = vec![3, 1];
        characters.own = vec![0, 0];
        characters.suffixes.clear();
        characters.document_frequencies = vec![0, 1];
        characters.coefficients = Coefficients::Int8 { scales: vec![1.0], levels: vec![4, 0xfe] };
        sample.addition = Some(Addition {
            licence: Some("CC0-1.0"),
            thresholds: Some(vec![0.25, 0.75, 0.0]),
            six: Some(Six { frequencies: vec![1, 2, 3, 4, 254, 299], pieces }),
            ..Addition::new(0, vec![(0, 0), (0, 0)])
        });
        sample
    }

    /// The payload's bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for text in [self.version, self.recipe, self.date] {
            string(&mut out, text.as_bytes());
        }
        length(&mut out, self.data.len());
        for &(name, sha256, documents) in &self.data {
            string(&mut out, name.as_bytes());
            string(&mut out, sha256.as_bytes());
            integer(&mut out, documents.into());
        }
        out.push(u8::from(self.scores.is_some()));
        if let Some((folds, scores)) = self.scores {
            integer(&mut out, folds.into());
            out.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
        }
        strings(&mut out, &self.labels);
        length(&mut out, self.bias.len());
        out.extend(self.bias.iter().flat_map(|bias| bias.to_le_bytes()));
        length(&mut out, self.vectorizers.len());
        for vectorizer in &self.vectorizers {
            vectorizer.encode(&mut out);
        }
        if let Some(addition) = &self.addition {
            out.push(addition.link);
            for &(flags, buckets) in &addition.vectorizers {
                out.push(flags);
                out.extend(buckets.to_le_bytes());
            }
            if let Some(licence) = addition.licence {
                out.extend(u16::try_from(licence.len()).unwrap().to_le_bytes());
                out.extend(licence.bytes());
            }
            let thresholds = addition.thresholds.iter().flatten();
            out.extend(thresholds.flat_map(|share| share.to_le_bytes()));
            if addition.thresholds.is_some() {
                out.extend(addition.grown.to_le_bytes());
            }
            if let Some(Six { frequencies, pieces }) = &addition.six {
                out.extend(u32::try_from(frequencies.len()).unwrap().to_le_bytes());
                out.extend(frequencies.iter().flat_map(|one| one.to_le_bytes()));
                out.extend(pieces);
            }
        }
        out
    }

    pub(crate) fn version(&self) -> u32 {
        match &self.addition {
            None => 1,
            Some(Addition { six: Some(_), .. }) => 6,
            Some(Addition { licence: None, .. }) => 2,
            Some(Addition { thresholds: None, .. }) => 3,
            Some(Addition { link: 0..=2, .. }) => 4,
            Some(_) => 5,
        }
    }

    /// The whole file, its checksum right.
    pub(crate) fn seal(&self) -> Vec<u8> {
        seal(self.version(), &self.encode())
    }
}

impl Vectorizer {
    fn encode(&self, out: &mut Vec<u8>) {
        integer(out, self.kind.into());
        out.extend([self.ngrams.0, self.ngrams.1, self.lowercase]);
        string(out, self.token_pattern.as_bytes());
        strings(out, &self.stop_words);
        out.extend([self.number_shapes, self.changes, self.sublinear_tf]);
        out.extend(self.scale.to_le_bytes());
        out.extend(self.unknown.to_le_bytes());
        integer(out, self.documents.into());
        integers(out, &self.shared);
        integers(out, &self.own);
        string(out, &self.suffixes);
        integers(out, &self.document_frequencies);
        match &self.coefficients {
            Coefficients::Float32(values) => {
                integer(out, 0);
                length(out, 4 * values.len());
                out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            Coefficients::Int8 { scales, levels } => {
                integer(out, 1);
                length(out, scales.len());
                out.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
                string(out, levels);
            }
        }
    }
}

/// Puts the header before a payload.
pub(crate) fn seal(version: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"undrtone".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
    let checksum = crc32(bytes.iter().chain(payload));
    bytes.extend(checksum.to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// A payload with one to three bytes altered, left out or put in.
pub(crate) fn damage(payload: &[u8], random: &mut Random) -> Vec<u8> {
    let mut payload = payload.to_owned();
    for _ in 0..1 + random.below(3) {
        let at = random.below(payload.len());
        match random.below(6) {
            0 => payload[at] = random.next() as u8,
            1 => payload[at] ^= 1 << random.below(8),
            // What announces a longer integer, and numbers close to the truth.
            2 => payload[at] = 250 + random.below(6) as u8,
            3 => payload[at] = payload[at].wrapping_add(random.below(5) as u8).wrapping_sub(2),
            4 => drop(payload.remove(at)),
            _ => payload.insert(at, random.next() as u8),
        }
    }
    payload
}

/// CRC-32 as in zip and png, bit by bit.
fn crc32<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

/// bincode's variable-length integers.
pub(crate) fn integer(out: &mut Vec<u8>, value: u64) {
    match value {
        0..=250 => out.push(value as u8),
        251..=0xffff => {
            out.push(251);
            out.extend((value as u16).to_le_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(252);
            out.extend((value as u32).to_le_bytes());
        }
        _ => {
            out.push(253);
            out.extend(value.to_le_bytes());
        }
    }
}

fn length(out: &mut Vec<u8>, length: usize) {
    integer(out, length as u64);
}

fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend(bytes);
}

fn strings(out: &mut Vec<u8>, texts: &[String]) {
    length(out, texts.len());
    for text in texts {
        string(out, text.as_bytes());
    }
}

fn integers(out: &mut Vec<u8>, values: &[u32]) {
    length(out, values.len());
    for &value in values {
        integer(out, value.into());
    }
}
