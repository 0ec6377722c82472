//! Somebody who is signed in at the dashboard.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use fanfare_testkit::HttpClient;

use crate::run::measure::Setting;
use crate::run::server::{SEALED_WITH, Server};

/// A session.
pub(super) struct Visitor {
    client: HttpClient,
    cookie: String,
}

impl Visitor {
    /// Invites an owner by the command line, who accepts.
    ///
    /// # Errors
    /// When the invitation is not made or not accepted.
    pub(super) fn sign_in(setting: &Setting, server: &Server, folder: &Path) -> Result<Self> {
        let output = Command::new(&setting.server)
            .args(["user", "invite", "owner@bench.example", "--role", "owner"])
            .env_clear()
            .env("FANFARE_DATABASE_URL", &server.url)
            .env("FANFARE_ENCRYPTION_KEY", SEALED_WITH)
            .current_dir(folder)
            .output()
            .context("running `fanfare user`")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "no invitation was made: {complaint}");
        let text = String::from_utf8(output.stdout)?;
        let token = text.lines().next().and_then(|link| link.split_once("token="));
        let (_, token) = token.context("the invitation has no token")?;
        let mut client = HttpClient::new(server.addr, None);
        let form = format!("token={token}&name=Olga&password=correct+horse+battery");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = client.send("POST", "/invitation", &headers, form.as_bytes())?;
        ensure!(answer.status == 303, "the invitation was answered {}", answer.text());
        let cookie = answer.header("set-cookie").and_then(|value| value.split(';').next());
        let cookie = cookie.context("no session began")?.to_owned();
        Ok(Self { client, cookie })
    }

    /// The page at an address, and its status: 200, or 503 from a list that would have to look
    /// through too much.
    ///
    /// # Errors
    /// When the answer is none, or no such page.
    pub(super) fn get(&mut self, address: &str) -> Result<(u16, String)> {
        let answer = self.client.send("GET", address, &[("cookie", &self.cookie)], b"")?;
        ensure!([200, 503].contains(&answer.status), "answered {}", answer.status);
        let kind = answer.header("content-type").unwrap_or_default();
        ensure!(kind.starts_with("text/html"), "answered with {kind}");
        Ok((answer.status, String::from_utf8(answer.body)?))
    }
}
