//! What to set up at the provider: three steps each.

use fanfare_app::ConnectionView;
use fanfare_model::inbound::Provider;

use crate::state::Origin;

/// A step.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    /// What is typed or chosen there.
    pub(super) code: Option<&'static str>,
}

const fn step(title: &'static str, text: &'static str, code: Option<&'static str>) -> Step {
    Step { title, text, code }
}

/// The URL that the provider is given: Twilio's is where Twilio was said to find this server, for it
/// signs the whole URL.
pub(super) fn url(view: &ConnectionView, origin: &Origin) -> String {
    let base = view.connection.public_url.as_deref().unwrap_or(origin.as_str());
    format!("{base}{}", view.path)
}

const STRIPE: [Step; 3] = [
    step(
        "Add the URL in Stripe",
        "Developers → Webhooks → Add destination. Choose these events; all others are ignored here.",
        Some(
            "checkout.session.completed, checkout.session.async_payment_succeeded, \
             checkout.session.async_payment_failed, checkout.session.expired, \
             payment_intent.succeeded, payment_intent.payment_failed, payment_intent.canceled, \
             invoice.paid, invoice.payment_failed, invoice.voided, charge.refunded, \
             refund.created, refund.updated, refund.failed, charge.dispute.created, \
             charge.dispute.closed, customer.subscription.created, \
             customer.subscription.updated, customer.subscription.deleted",
        ),
    ),
    step(
        "Say which order is paid",
        "When your shop creates the payment, put the order's id, or its number in your shop, into \
         the metadata. A client_reference_id does as well; then the amount has to fit the order.",
        Some("metadata[order_id]=ord_…"),
    ),
    step(
        "Bring the signing secret here",
        "Stripe shows it on the page of the destination (whsec_…). Then send a test event from there.",
        None,
    ),
];

const TWILIO: [Step; 3] = [
    step(
        "Add the URL in Twilio",
        "Messaging → Services → your service → Integration: as the delivery status callback. Or \
         name it for each message, as StatusCallback.",
        None,
    ),
    step(
        "Let answers in",
        "The same URL as the webhook for incoming messages lets STOP and START mark the consumer \
         who sent it.",
        None,
    ),
    step(
        "Bring the auth token here",
        "Account → API keys & tokens: the primary auth token. Twilio signs with it alone.",
        None,
    ),
];

const RESEND: [Step; 3] = [
    step(
        "Add the URL in Resend",
        "Webhooks → Add webhook. Choose the events of e-mails; contact.updated tells who asked for \
         no more.",
        Some(
            "email.sent, email.delivered, email.delivery_delayed, email.bounced, \
             email.complained, email.opened, email.clicked, email.failed, contact.updated",
        ),
    ),
    step(
        "Send to consumers by their address",
        "A bounce, a complaint or an opt-out is marked on the consumer who has the e-mail address.",
        None,
    ),
    step(
        "Bring the signing secret here",
        "Resend shows it on the page of the webhook (whsec_…).",
        None,
    ),
];

/// The steps at a provider.
pub(super) const fn steps(provider: Provider) -> &'static [Step; 3] {
    match provider {
        Provider::Stripe => &STRIPE,
        Provider::Twilio => &TWILIO,
        Provider::Resend => &RESEND,
    }
}
