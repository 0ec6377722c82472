//! Money: a decimal and a currency, both exact.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount that is not negative: up to 12 digits before the point and up to 8 after it, kept
/// and shown as it was given (`149.90` stays `149.90`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal string such as \"149.99\": up to 12 digits, and up to 8 after a point")]
pub struct ParseMoneyError;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The sum; `None` when it has more than 12 digits before the point.
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = self.0.checked_add(other.0)?;
        (sum < Decimal::from(10_u64.pow(12))).then_some(Self(sum))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// How many digits it has after the point.
    pub fn decimals(self) -> u32 {
        self.0.scale()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let (whole, part) = match text.split_once('.') {
            None => (text, None),
            Some((whole, part)) => (whole, Some(part)),
        };
        let digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 12) || part.is_some_and(|part| !digits(part, 8)) {
            return Err(ParseMoneyError);
        }
        Decimal::from_str_exact(text).map(Self).map_err(|_| ParseMoneyError)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(ParseMoneyError, PhantomData))
    }
}

/// Reads a value from its text; a number is no text, for it may have been a float on its way.
struct Text<T, E>(E, PhantomData<T>);

impl<T: FromStr<Err = E>, E: fmt::Display> Visitor<'_> for Text<T, E> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.strip_prefix("expected ").unwrap_or(&text))
    }

    fn visit_str<F: serde::de::Error>(self, text: &str) -> Result<T, F> {
        text.parse().map_err(|_| F::invalid_value(Unexpected::Str(text), &self))
    }
}

/// A currency in use, by its three letters (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that names no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the three capital letters of a currency in use (ISO 4217), such as USD or EUR")]
pub struct ParseCurrencyError;

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// The smallest amount there is: `0.01` for most.
    pub fn smallest(self) -> Money {
        Money(Decimal::new(1, self.decimals()))
    }

    /// How many digits its amounts have after the point.
    pub fn decimals(self) -> u32 {
        let code = self.as_str();
        CURRENCIES.iter().find(|(_, codes)| codes.contains(code)).map_or(2, |(digits, _)| *digits)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = ParseCurrencyError;

    fn from_str(text: &str) -> Result<Self, ParseCurrencyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| ParseCurrencyError)?;
        let known = letters.iter().all(u8::is_ascii_uppercase)
            && CURRENCIES.iter().any(|(_, codes)| codes.split(' ').any(|code| code == text));
        if known { Ok(Self(letters)) } else { Err(ParseCurrencyError) }
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(ParseCurrencyError, PhantomData))
    }
}

/// The currencies of ISO 4217 (list one) by the digits after the point; funds, metals and codes
/// for tests are left out.
const CURRENCIES: &[(u32, &str)] = &[
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
         CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
         GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL \
         MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN \
         PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
         SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_keep_the_form_they_were_given_in() {
        for text in ["0", "149.99", "149.90", "999999999999.99999999", "007"] {
            let shown = text.parse::<Money>().unwrap().to_string();
            assert_eq!(shown, text.trim_start_matches("00"), "{text}");
        }
        let equal = |a: &str, b: &str| a.parse::<Money>().unwrap() == b.parse::<Money>().unwrap();
        assert!(equal("1.5", "1.50") && !equal("1.5", "1.51"));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,5",
            " 1",
            "1 ",
            "0x1",
            "NaN",
            "1_000",
            "1000000000000",
            "1.123456789",
            "١",
        ] {
            assert_eq!(text.parse::<Money>(), Err(ParseMoneyError), "{text}");
        }
    }

    #[test]
    fn currencies_are_known_by_their_letters() {
        let decimals = |code: &str| code.parse::<Currency>().unwrap().decimals();
        assert_eq!((decimals("EUR"), decimals("JPY"), decimals("KWD")), (2, 0, 3));
        let smallest = |code: &str| code.parse::<Currency>().unwrap().smallest().to_string();
        assert_eq!(["EUR", "JPY", "KWD"].map(smallest), ["0.01", "1", "0.001"]);
        for text in ["", "EU", "eur", "XXX", "ABC", "EURO", "D E", "€€€"] {
            assert_eq!(text.parse::<Currency>(), Err(ParseCurrencyError), "{text}");
        }
    }

    #[test]
    fn amounts_in_json_are_strings() {
        let read = |json: &str| {
            crate::strict_json::parse_into::<Vec<Money>>(json.as_bytes())
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(r#"["1.50"]"#).unwrap()[0].to_string(), "1.50");
        assert_eq!(serde_json::to_string(&read(r#"["1.50"]"#).unwrap()).unwrap(), r#"["1.50"]"#);
        for json in ["[1.5]", r#"["1,5"]"#] {
            let error = read(json).unwrap_err();
            assert!(error.contains("[0]: must be a decimal string such as"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn sums_are_exact(a in 0_u64..1_000_000_000, b in 0_u64..1_000_000_000) {
            let cents = |n: u64| format!("{}.{:02}", n / 100, n % 100).parse::<Money>().unwrap();
            prop_assert_eq!(cents(a).plus(cents(b)), Some(cents(a + b)));
            prop_assert_eq!(cents(a).cmp(&cents(b)), a.cmp(&b));
        }
    }
}
