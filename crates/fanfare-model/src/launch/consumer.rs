//! End customers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Metadata;
use crate::delivery::text_enum;
use crate::{ConsumerId, Timestamp};

text_enum! {
    /// How a consumer came in.
    ConsumerSource {
        /// Through the API.
        Api = 0 "api",
        /// Entered by hand in the dashboard.
        Manual = 1 "manual",
        /// Read from a file.
        Import = 2 "import",
        /// Synchronised from Klaviyo.
        Klaviyo = 3 "klaviyo",
        /// By entering an experience.
        ExperienceEntry = 4 "experience_entry",
    }
}

/// An end customer of an organization. Everything but ids and times is personal data.
#[derive(Debug, Clone, PartialEq)]
pub struct Consumer {
    /// Its id.
    pub id: ConsumerId,
    /// E-mail address as given; unique in the organization whatever the case of its letters.
    pub email: Option<String>,
    /// Phone number, where possible in E.164.
    pub phone: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// The id in the organization's own system; unique in the organization.
    pub external_id: Option<String>,
    /// What the organization keeps with the consumer.
    pub metadata: Option<Metadata>,
    /// How the consumer came in.
    pub source: ConsumerSource,
    /// Whether messages reach the person.
    pub reach: Reach,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is known of whether messages reach a person, as providers told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// When the e-mail address refused a message for good.
    pub email_bounced_at: Option<Timestamp>,
    /// When the person called a message spam.
    pub email_complained_at: Option<Timestamp>,
    /// When the person asked for no more e-mail.
    pub email_opted_out_at: Option<Timestamp>,
    /// When the person asked for no more text messages.
    pub sms_opted_out_at: Option<Timestamp>,
}

impl Reach {
    /// The same for another e-mail address: nothing is known of it.
    #[must_use]
    pub const fn with_another_email(self) -> Self {
        Self { email_bounced_at: None, email_complained_at: None, email_opted_out_at: None, ..self }
    }

    /// The same for another phone number: nothing is known of it.
    #[must_use]
    pub const fn with_another_phone(self) -> Self {
        Self { sms_opted_out_at: None, ..self }
    }
}
