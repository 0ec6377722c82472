//! A request as a command line.

use fanfare_app::SentRequest;

use crate::text::lossy;

/// Headers that curl writes by itself.
const OWN: [&str; 3] = ["host", "content-length", "accept-encoding"];

/// `curl` with the same URL, headers and body. A header whose value the viewer may not see is left
/// out, and so is a body that is no text.
pub(crate) fn command(request: &SentRequest, body: &[u8]) -> String {
    let mut line = format!("curl -i -X POST {}", quoted(&request.url));
    for header in &request.headers {
        let name = header.name.to_ascii_lowercase();
        if let Some(value) = &header.value
            && !OWN.contains(&name.as_str())
        {
            line += &format!(" \\\n  -H {}", quoted(&format!("{}: {value}", header.name)));
        }
    }
    if std::str::from_utf8(body).is_ok() {
        line += &format!(" \\\n  --data-raw {}", quoted(&lossy(body)));
    }
    line
}

/// In single quotes, where a shell reads nothing but the quote itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fanfare_app::ShownHeader;

    #[test]
    fn a_shell_reads_what_was_sent() {
        let header = |name: &str, value: Option<&str>| ShownHeader {
            name: name.into(),
            value: value.map(str::to_owned),
        };
        let request = SentRequest {
            url: "https://a.example/x?y=$(id)".into(),
            headers: vec![
                header("content-type", Some("application/json")),
                header("x-token", None),
                header("host", Some("a.example")),
            ],
        };
        let line = command(&request, br#"{"name":"O'Neil; rm"}"#);
        let wanted = "curl -i -X POST 'https://a.example/x?y=$(id)' \\\n  \
                      -H 'content-type: application/json' \\\n  \
                      --data-raw '{\"name\":\"O'\\''Neil; rm\"}'";
        assert_eq!(line, wanted);
    }
}
