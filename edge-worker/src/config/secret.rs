use std::fmt;

use subtle::ConstantTimeEq;

/// A value that must not be seen: it isn't printed, and comparing takes the same time wherever it differs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value; an empty one is none.
    pub fn new(value: String) -> Option<Self> {
        (!value.is_empty()).then_some(Self(value))
    }

    /// The value itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `given` is the value. Only its length can be told from the time this takes.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_itself_alone_and_is_not_printed() {
        let secret = Secret::new("key-1".to_owned()).unwrap();
        assert!(secret.is("key-1"));
        for other in ["", "key-2", "key-", "key-11"] {
            assert!(!secret.is(other), "{other}");
        }
        assert_eq!(format!("{secret:?}"), "…");
        assert_eq!(Secret::new(String::new()), None);
    }
}
