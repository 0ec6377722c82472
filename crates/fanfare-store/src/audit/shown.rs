//! What the audit log shows of each thing. Secrets, custom headers' values, the seed of a draw,
//! metadata and personal data of consumers are left out.

use fanfare_model::launch::{
    Distribution, DistributionRules, Experience, Order, Participant, Product,
};
use serde_json::{Value, json};

use super::Audited;
use crate::{
    ApiKey, Connection, Delivery, Job, JobStatus, Link, LinkPurpose, Membership, Organization,
    Session, Webhook,
};

impl Audited for Value {
    fn shown(&self) -> Value {
        self.clone()
    }
}

impl Audited for Webhook {
    fn shown(&self) -> Value {
        let headers: Vec<_> = self.headers.iter().map(|header| &header.name).collect();
        json!({
            "channel": self.channel.as_str(),
            "url": self.url,
            "description": self.description,
            "events": self.events.patterns(),
            "headers": headers,
            "maxInFlight": self.max_in_flight,
            "rateLimit": self.rate_limit,
            "status": self.status.as_str(),
            "disabledReason": self.disabled_reason.map(|reason| reason.as_str()),
            "previousSecretUntil": self.previous_secret.as_ref().map(|it| it.until.to_string()),
            "signsWithPrevious": self.previous_secret.as_ref().is_some_and(|it| it.signs_fanfare),
            "version": self.version,
        })
    }
}

impl Audited for Connection {
    fn shown(&self) -> Value {
        json!({
            "provider": self.provider.as_str(),
            "name": self.name,
            "account": self.account,
            "publicUrl": self.public_url,
            "livemode": self.livemode,
            "hasSecret": self.secret.is_some(),
            "previousSecretUntil": self.previous.as_ref().map(|(_, until)| until.to_string()),
        })
    }
}

impl Audited for ApiKey {
    fn shown(&self) -> Value {
        let scopes: Vec<_> = self.scopes.iter().map(fanfare_model::Scope::as_str).collect();
        json!({
            "name": self.name,
            "prefix": self.prefix,
            "scopes": scopes,
            "revokedAt": self.revoked_at.map(|at| at.to_string()),
        })
    }
}

impl Audited for Job {
    fn shown(&self) -> Value {
        json!({ "spec": self.spec, "cancelled": self.status == JobStatus::Cancelled, "total": self.total })
    }
}

impl Audited for Delivery {
    fn shown(&self) -> Value {
        json!({
            "webhookId": self.webhook_id,
            "eventId": self.event_id,
            "status": self.status.as_str(),
        })
    }
}

impl Audited for Organization {
    fn shown(&self) -> Value {
        json!({ "name": self.name })
    }
}

impl Audited for Membership {
    fn shown(&self) -> Value {
        json!({ "role": self.role.as_str(), "suspended": self.suspended })
    }
}

impl Audited for Session {
    fn shown(&self) -> Value {
        json!({ "userId": self.user_id, "ip": self.ip, "userAgent": self.user_agent })
    }
}

impl Audited for Link {
    fn shown(&self) -> Value {
        let expires_at = self.expires_at.to_string();
        match &self.purpose {
            LinkPurpose::Invitation { email, role, .. } => {
                json!({ "email": email, "role": role.as_str(), "expiresAt": expires_at })
            }
            LinkPurpose::Reset { user_id } | LinkPurpose::SignIn { user_id } => {
                json!({ "userId": user_id, "expiresAt": expires_at })
            }
            LinkPurpose::Setup { .. } => json!({ "expiresAt": expires_at }),
        }
    }
}

impl Audited for Product {
    fn shown(&self) -> Value {
        json!({ "name": self.name, "url": self.url })
    }
}

impl Audited for Experience {
    fn shown(&self) -> Value {
        json!({
            "name": self.name,
            "slug": self.slug,
            "status": self.status.as_str(),
            "openAt": self.open_at.map(|at| at.to_string()),
            "closeAt": self.close_at.map(|at| at.to_string()),
            "timeZone": self.time_zone,
            "productIds": self.product_ids,
        })
    }
}

impl Audited for Distribution {
    fn shown(&self) -> Value {
        let rules = match &self.rules {
            DistributionRules::Queue(rules) => json!({
                "admissionRate": rules.admission_rate,
                "admissionExpiresAfter": rules.admission_expires_after,
            }),
            DistributionRules::Draw(rules) => json!({
                "winnerCount": rules.winner_count,
                "drawAt": rules.draw_at.map(|at| at.to_string()),
                "selectionExpiresAfter": rules.selection_expires_after,
                "replaceExpired": rules.replace_expired,
            }),
            DistributionRules::Auction(rules) => json!({
                "currencyCode": rules.currency.to_string(),
                "startingPrice": rules.starting_price.to_string(),
                "reservePrice": rules.reserve_price.map(|price| price.to_string()),
                "minimumIncrement": rules.minimum_increment.to_string(),
                "settleAt": rules.settle_at.to_string(),
                "autoExtendSeconds": rules.auto_extend_seconds,
                "winExpiresAfter": rules.win_expires_after,
            }),
        };
        json!({
            "experienceId": self.experience_id,
            "productId": self.product_id,
            "name": self.name,
            "type": self.kind().as_str(),
            "status": self.status.as_str(),
            "openAt": self.open_at.map(|at| at.to_string()),
            "closeAt": self.close_at.map(|at| at.to_string()),
            "capacity": self.capacity,
            "rules": rules,
        })
    }
}

impl Audited for Participant {
    fn shown(&self) -> Value {
        json!({ "status": self.status.as_str() })
    }
}

impl Audited for Order {
    fn shown(&self) -> Value {
        json!({
            "consumerId": self.consumer_id,
            "status": self.status.as_str(),
            "totalAmount": self.total_amount.to_string(),
            "currencyCode": self.currency.to_string(),
        })
    }
}
