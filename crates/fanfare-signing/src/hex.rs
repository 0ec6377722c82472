//! Lower-case hexadecimal of exactly 32 bytes, without allocating.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The 64 digits of 32 bytes.
pub(crate) fn encode(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0u8; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

/// The 32 bytes behind 64 lower-case digits; `None` for anything else, upper case included, so
/// that a value has one spelling.
pub(crate) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.try_into().ok()?;
    let mut bytes = [0u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sixty_four_lower_case_digits_decode() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37 + 9) as u8);
        let text = encode(&bytes);
        assert_eq!(&text[..8], b"092e5378");
        assert_eq!(decode(&text), Some(bytes));
        assert_eq!(decode(&text.to_ascii_uppercase()), None);
        assert_eq!(decode(&text[..63]), None);
        assert_eq!(decode(&[b'g'; 64]), None);
        assert_eq!(decode(&[b'a'; 65]), None);
    }
}
