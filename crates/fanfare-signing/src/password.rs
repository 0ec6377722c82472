//! Passwords at rest: argon2id, 19 MiB, two passes, one lane (OWASP's first choice), a salt of 16
//! bytes and a hash of 32, as text in the usual form `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
//!
//! The parameters are read from the text, so that they can grow without locking anybody out; a text
//! that asks for much more than we ever would is refused, or it could stop the machine. Both functions
//! take tens of milliseconds and 19 MiB: call them where that blocks nobody, and bound how many run.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const LENGTH: usize = 32;
/// Nothing stored may ask for more than so many times what we ask for.
const MOST: u32 = 8;

/// A password could not be hashed, or what is stored is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("hashing a password failed: {0}")]
pub struct PasswordError(String);

/// The text to store for a password. `salt` must be random.
pub fn hash_password(password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
    let hash = compute(password, &salt, [MEMORY_KIB, PASSES, LANES])?;
    Ok(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(*hash)
    ))
}

/// Whether a password is the one that was stored.
pub fn verify_password(password: &str, stored: &str) -> Result<bool, PasswordError> {
    let no_hash = || PasswordError("what is stored is no hash of a password".into());
    let (costs, salt, expected) = parse(stored).ok_or_else(no_hash)?;
    let hash = compute(password, &salt, costs)?;
    Ok(constant_time::verify_slices_are_equal(&*hash, &expected).is_ok())
}

fn compute(
    password: &str,
    salt: &[u8],
    [memory, passes, lanes]: [u32; 3],
) -> Result<Zeroizing<[u8; LENGTH]>, PasswordError> {
    let failed = |error: argon2::Error| PasswordError(error.to_string());
    let params = Params::new(memory, passes, lanes, Some(LENGTH)).map_err(failed)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = Zeroizing::new([0; LENGTH]);
    argon2.hash_password_into(password.as_bytes(), salt, &mut *hash).map_err(failed)?;
    Ok(hash)
}

/// Costs, salt and hash.
fn parse(stored: &str) -> Option<([u32; 3], Vec<u8>, Vec<u8>)> {
    let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
    let (costs, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let mut costs = costs.split(',').zip(["m=", "t=", "p="]);
    let mut cost = |own: u32| {
        let (text, name) = costs.next()?;
        text.strip_prefix(name)?.parse().ok().filter(|cost| *cost <= own * MOST)
    };
    let costs = [cost(MEMORY_KIB)?, cost(PASSES)?, cost(LANES)?];
    let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok();
    Some((costs, decode(salt)?, decode(hash)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_verifies_against_its_own_hash_alone() {
        let stored = hash_password("correct horse battery", [1; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify_password("correct horse battery", &stored).unwrap());
        assert!(!verify_password("correct horse batterz", &stored).unwrap());
        assert!(!verify_password("", &stored).unwrap());
        assert_ne!(stored, hash_password("correct horse battery", [2; 16]).unwrap());
    }

    /// The vector of the reference implementation (`argon2 somesalt -id -t 2 -m 16 -p 1 -l 32`,
    /// password `password`).
    #[test]
    fn hashes_of_other_programs_verify() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
                      CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify_password("password", stored).unwrap());
    }

    #[test]
    fn what_is_no_hash_or_too_costly_is_an_error() {
        let costly = "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$\
                      CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for stored in ["", "secret", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ", costly] {
            assert!(verify_password("password", stored).is_err(), "{stored}");
        }
    }
}
