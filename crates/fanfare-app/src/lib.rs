//! Use cases: webhooks, publishing, replay, resend, keys.
