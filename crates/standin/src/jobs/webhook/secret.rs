//! Secrets, and what is signed with them: Standard Webhooks, `v1`.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::str::FromStr;

/// What a sender and its receivers know, and nobody else: `whsec_` and 24 to 64 bytes in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// What is no secret. It is not shown: it may be one with a slip of the pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// It is no base64.
    #[error(
        "the secret of webhooks cannot be read: give whsec_ and base64, as in whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    )]
    Unreadable,
    /// It is too short or too long.
    #[error(
        "the secret of webhooks has {0} bytes: give 24 to 64 of them in base64, or leave it out to have one made"
    )]
    Length(usize),
    /// The system has no randomness to make one of.
    #[error("no secret can be made for webhooks, since the system has no randomness: give one")]
    NoRandomness,
}

const PREFIX: &str = "whsec_";
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
const MADE: usize = 32;

// === impl Secret ===

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, BadSecret> {
        let mut bytes = vec![0; MADE];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| BadSecret::NoRandomness)?;
        Ok(Secret(bytes))
    }

    /// As its receivers are told it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn signature(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        let tag = sign(&Key::new(HMAC_SHA256, &self.0), &signed);
        format!("v1,{}", STANDARD.encode(tag))
    }
}

/// One signature by each secret: while one is being replaced, receivers know the one or the other.
pub(super) fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.signature(id, timestamp, body)).collect();
    signatures.join(" ")
}

impl FromStr for Secret {
    type Err = BadSecret;

    fn from_str(text: &str) -> Result<Self, BadSecret> {
        let text = text.trim();
        let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
        let bytes = STANDARD.decode(encoded).map_err(|_| BadSecret::Unreadable)?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(BadSecret::Length(bytes.len()));
        }
        Ok(Secret(bytes))
    }
}

/// Without the secret.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_is_told() {
        let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secret: Secret = text.parse().unwrap();
        assert_eq!(secret.reveal(), text);
        assert_eq!(text.trim_start_matches(PREFIX).parse(), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let made = Secret::generate().unwrap();
        assert_eq!(made.reveal().parse(), Ok(made.clone()));
        assert_ne!(made, Secret::generate().unwrap());
    }

    #[test]
    fn what_is_none_is_refused_and_not_shown() {
        for (text, error) in [
            ("whsec_not base64", BadSecret::Unreadable),
            ("whsec_c2hvcnQ=", BadSecret::Length(5)),
            ("", BadSecret::Length(0)),
            (&STANDARD.encode([0; 65]), BadSecret::Length(65)),
        ] {
            assert_eq!(text.parse::<Secret>(), Err(error));
        }
    }

    /// Signed by the official Python library, standardwebhooks 1.1.0; the first is the specification's own.
    const SIGNED: [(&str, &str, i64, &str, &str); 3] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_00000000-0000-4000-8000-000000000000",
            1_700_000_000,
            r#"{"type":"job.completed","timestamp":"2023-11-14T22:13:20.000Z","data":{"text":"naïve ☃"}}"#,
            "v1,O7FtWHZkZCzmNRQoH/8WkO31ApOFKpudK2WVqUtwy7Q=",
        ),
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
            "m",
            0,
            "",
            "v1,f52fS8MMI3AaLVODCkYqKAwHsLlcHsHtmqpPYSFUypg=",
        ),
    ];

    #[test]
    fn signatures_are_those_of_the_official_library() {
        for (secret, id, timestamp, body, signature) in SIGNED {
            assert_eq!(signatures(&[secret.parse().unwrap()], id, timestamp, body.as_bytes()), signature);
        }
    }

    #[test]
    fn each_secret_signs() {
        let secrets = [SIGNED[0].0, SIGNED[2].0].map(|secret| secret.parse().unwrap());
        let both = signatures(&secrets, "m", 0, b"");
        let alone = secrets.map(|secret| signatures(&[secret], "m", 0, b""));
        assert_eq!(both, format!("{} {}", alone[0], SIGNED[2].4));
        assert_eq!(both, alone.join(" "));
    }
}
