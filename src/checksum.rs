//! CRC-32 (ISO-HDLC), the checksum of gzip and PNG, by which damage to a `model.bin` is noticed.

/// The polynomial, reflected: the lowest bit stands for the highest power.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// The number of bytes that are worked on at a time.
const SLICES: usize = 8;

/// The checksum of several stretches of bytes, one after the other.
///
/// Eight bytes at a time (Kounavis and Berry 2005, "A Systematic Approach to Building High
/// Performance Software-Based CRC Generators"). The tables are random to a compressor, and made in
/// the time of a few kilobytes: they are made here instead of downloaded.
pub(crate) fn crc32(stretches: &[&[u8]]) -> u32 {
    let tables = tables();
    let step = |crc: u32, &byte: &u8| (crc >> 8) ^ tables[0][usize::from(crc as u8 ^ byte)];
    let mut crc = u32::MAX;
    for stretch in stretches {
        let (chunks, rest) = stretch.as_chunks::<SLICES>();
        for chunk in chunks {
            let bytes = (u64::from_le_bytes(*chunk) ^ u64::from(crc)).to_le_bytes();
            let slices = bytes.iter().zip(tables.iter().rev());
            crc = slices.fold(0, |crc, (&byte, table)| crc ^ table[usize::from(byte)]);
        }
        crc = rest.iter().fold(crc, step);
    }
    !crc
}

/// What each value of a byte adds to the checksum, by the number of bytes that follow it.
fn tables() -> [[u32; 256]; SLICES] {
    let mut tables = [[0; 256]; SLICES];
    for (value, entry) in (0..).zip(&mut tables[0]) {
        *entry = (0..u8::BITS).fold(value, |crc, _| (crc >> 1) ^ (POLYNOMIAL * (crc & 1)));
    }
    for slice in 1..SLICES {
        for value in 0..256 {
            let before = tables[slice - 1][value];
            tables[slice][value] = (before >> 8) ^ tables[0][usize::from(before as u8)];
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_check_value_wherever_the_stretches_are_parted() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        let text = b"123456789";
        for at in 0..=text.len() {
            let (one, other) = text.split_at(at);
            assert_eq!(crc32(&[one, other]), 0xcbf4_3926);
        }
    }
}
