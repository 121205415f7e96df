//! The exponential.

/// e to the power of x, for x ≤ 0: within 1 ulp, and the same everywhere.
///
/// The approximation of FreeBSD's `e_exp.c` (Sun Microsystems 1993), which libm has too, but
/// without a branch, so that the compiler computes several side by side. What is below e^−708,
/// where numbers lose digits, is 0.
#[inline]
pub(crate) fn exp(x: f64) -> f64 {
    const LOWEST: f64 = -708.0;
    /// 1.5·2⁵². Added to a number, it leaves the nearest whole one in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts, of which the first times a small whole number is exact.
    const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
    /// The factors of the powers of r², from the fifth to the first.
    const POLYNOMIAL: [f64; 5] = [
        4.138_136_797_057_238_5e-8,
        -1.653_390_220_546_525_2e-6,
        6.613_756_321_437_934e-5,
        -2.777_777_777_701_559_3e-3,
        0.166_666_666_666_666_02,
    ];

    // x = k·ln 2 + r with |r| ≤ ½ ln 2.
    let rounded = x * core::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let (high, low) = (x - k * LN_2.0, k * LN_2.1);
    let r = high - low;
    // r·(eʳ + 1)/(eʳ − 1) is 2 + a polynomial of r².
    let square = r * r;
    let c = r - POLYNOMIAL.iter().fold(0.0, |sum, factor| (sum + factor) * square);
    let power = 1.0 + (r * c / (2.0 - c) - low + high);
    // Times 2ᵏ: its exponent is k more.
    let scaled = f64::from_bits(power.to_bits().wrapping_add(rounded.to_bits() << 52));
    if x < LOWEST { 0.0 } else { scaled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_libms() {
        let mut x = 0.0;
        while x > -707.9 {
            assert_eq!(exp(x), libm::exp(x), "e^{x}");
            x -= if x > -3.0 { 1.37e-5 } else { 1.37e-3 };
        }
        for (x, power) in [(0.0, 1.0), (-0.0, 1.0), (-708.1, 0.0), (-1e300, 0.0)] {
            assert_eq!(exp(x), power);
        }
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }
}
