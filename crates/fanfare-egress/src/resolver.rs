//! From a host name to its addresses.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// A resolution under way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Resolves host names. The guard calls it once per connection, vets every answer, and gives up
/// on it when the connect budget is spent; an error or an empty answer refuses the connection.
pub trait Resolve: Send + Sync {
    /// All addresses of this host: lower case ASCII, no trailing dot, never an IP literal.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The operating system's resolver, on tokio's blocking threads. Names with a dot are looked up
/// as fully qualified, so that search domains never apply; names without one (which only an
/// operator's allow list lets through) as they are, so that `localhost` is found.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let name = if host.contains('.') { format!("{host}.") } else { host.to_owned() };
            let answers = tokio::net::lookup_host((name, 0)).await?;
            Ok(answers.map(|answer| answer.ip()).collect())
        })
    }
}
