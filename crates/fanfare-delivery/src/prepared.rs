//! A webhook made ready for sending: URL parsed, secrets opened, keys expanded. Made once per
//! version of the webhook, never per attempt.

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_egress::{EgressPolicy, Target, UrlError};
use fanfare_model::{Timestamp, WebhookId};
use fanfare_signing::{
    FanfareUses, Keyring, Rotation, SealContext, SealError, Secret, SigningKeys,
};
use fanfare_store::{Sealed, Webhook};
use http::{HeaderName, HeaderValue};
use parking_lot::RwLock;

/// Everything an attempt needs to know of its webhook.
pub(crate) struct Prepared {
    pub(crate) webhook: Arc<Webhook>,
    /// Whether the webhook was deleted.
    pub(crate) deleted: bool,
    /// The URL policy may have become stricter since the URL was taken.
    pub(crate) target: Result<Target, UrlError>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    keys: Result<Keys, SealError>,
}

struct Keys {
    current: SigningKeys,
    /// During a rotation's overlap.
    overlap: Option<(SigningKeys, Timestamp)>,
}

impl Prepared {
    fn new(webhook: Arc<Webhook>, deleted: bool, keyring: &Keyring, policy: &EgressPolicy) -> Self {
        let keys = Keys::open(&webhook, keyring);
        let headers = webhook.headers.iter().filter_map(|header| {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            let mut value = HeaderValue::from_str(&header.value).ok()?;
            value.set_sensitive(true);
            Some((name, value))
        });
        let (headers, target) = (headers.collect(), Target::parse(&webhook.url, policy));
        Self { webhook, deleted, target, headers, keys }
    }

    /// The keys to sign with at this time, or why the secret cannot be opened.
    pub(crate) fn keys(&self, now: Timestamp) -> Result<&SigningKeys, &SealError> {
        let keys = self.keys.as_ref()?;
        match &keys.overlap {
            Some((overlap, until)) if now < *until => Ok(overlap),
            _ => Ok(&keys.current),
        }
    }
}

impl Keys {
    fn open(webhook: &Webhook, keyring: &Keyring) -> Result<Self, SealError> {
        let (organization, id) = (webhook.organization_id.to_string(), webhook.id.to_string());
        let context = SealContext::webhook_secret(&organization, &id);
        let open = |sealed: &Sealed| -> Result<Secret, SealError> {
            let bytes = keyring.open(context, &sealed.0)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| SealError::Open)?;
            Secret::parse(text).map_err(|_| SealError::Open)
        };
        let new = open(&webhook.secret)?;
        let overlap = match &webhook.previous_secret {
            None => None,
            Some(previous) => {
                let old = open(&previous.secret)?;
                let fanfare_uses =
                    if previous.signs_fanfare { FanfareUses::Old } else { FanfareUses::New };
                let rotation = Rotation { new: &new, old: &old, fanfare_uses };
                Some((SigningKeys::rotating(rotation), previous.until))
            }
        };
        Ok(Self { current: SigningKeys::new(&new), overlap })
    }
}

/// The latest known version of every webhook that had work.
pub(crate) struct PreparedWebhooks {
    known: RwLock<HashMap<WebhookId, Arc<Prepared>>>,
    keyring: Arc<Keyring>,
    policy: EgressPolicy,
}

impl PreparedWebhooks {
    pub(crate) fn new(keyring: Arc<Keyring>, policy: EgressPolicy) -> Self {
        Self { known: RwLock::default(), keyring, policy }
    }

    /// The webhook as it is now: at least as new as `seen`.
    pub(crate) fn get(&self, seen: &Arc<Webhook>) -> Arc<Prepared> {
        if let Some(known) = self.known.read().get(&seen.id)
            && known.webhook.version >= seen.version
        {
            return known.clone();
        }
        self.put(seen, false)
    }

    /// Takes note of a change. Older news than what is known is ignored.
    pub(crate) fn put(&self, webhook: &Arc<Webhook>, deleted: bool) -> Arc<Prepared> {
        let mut known = self.known.write();
        if let Some(known) = known.get(&webhook.id)
            && known.webhook.version >= webhook.version
            && !deleted
        {
            return known.clone();
        }
        let prepared = Prepared::new(webhook.clone(), deleted, &self.keyring, &self.policy);
        let prepared = Arc::new(prepared);
        known.insert(webhook.id, prepared.clone());
        prepared
    }
}
