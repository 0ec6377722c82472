//! Text of others, made safe to show.
//!
//! [`Visible`] is the escaper of every template (`askama.toml`): it writes HTML's special
//! characters as references, and shows what would be invisible or would reorder a line: C0 and C1
//! controls, DEL, and the bidirectional controls. Line ends and tabs stay, because `<pre>` needs
//! them. What it writes is right in a text node and in a quoted attribute.

use std::fmt::{self, Write};

use askama::filters::Escaper;

/// Escapes, and shows what would be hidden.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, char) in string.char_indices() {
            let reference = match char {
                '<' => "&#60;",
                '>' => "&#62;",
                '&' => "&#38;",
                '"' => "&#34;",
                '\'' => "&#39;",
                // The one of a line end that begins at `\r` is not worth a mark.
                '\r' if string[at..].starts_with("\r\n") => "",
                other if is_hidden(other) => {
                    dest.write_str(&string[plain..at])?;
                    write_name(&mut dest, other)?;
                    plain = at + other.len_utf8();
                    continue;
                }
                _ => continue,
            };
            dest.write_str(&string[plain..at])?;
            dest.write_str(reference)?;
            plain = at + char.len_utf8();
        }
        dest.write_str(&string[plain..])
    }
}

/// Whether a character would not be seen, or would move others.
const fn is_hidden(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Separators that browsers treat as line ends, tags, and the two marks that hide text.
        '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

fn write_name(dest: &mut impl Write, char: char) -> fmt::Result {
    match char {
        '\u{0}'..='\u{1f}' => {
            // The control pictures stand in the order of the controls.
            let picture = char::from_u32(0x2400 + char as u32).unwrap_or('\u{fffd}');
            dest.write_char(picture)
        }
        '\u{7f}' => dest.write_char('\u{2421}'),
        other => write!(dest, "⟨U+{:04X}⟩", other as u32),
    }
}

/// Bytes as text: what is not UTF-8 is shown as U+FFFD. The escaper does the rest.
pub(crate) fn lossy(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        Visible.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            shown(r#"<script>"><svg onload='x'>&amp;"#),
            "&#60;script&#62;&#34;&#62;&#60;svg onload=&#39;x&#39;&#62;&#38;amp;"
        );
    }

    #[test]
    fn what_is_hidden_is_shown() {
        assert_eq!(shown("a\0b\u{1b}[31mc\u{7f}"), "a␀b␛[31mc␡");
        assert_eq!(shown("user\u{202e}gnp.exe"), "user⟨U+202E⟩gnp.exe");
        assert_eq!(shown("\u{2066}\u{2069}\u{9b}"), "⟨U+2066⟩⟨U+2069⟩⟨U+009B⟩");
        assert_eq!(shown("a\u{200b}b\u{feff}"), "a⟨U+200B⟩b⟨U+FEFF⟩");
        assert_eq!(shown("\u{e0041}"), "⟨U+E0041⟩");
    }

    #[test]
    fn ordinary_text_stays() {
        let text = "Zürich 東京 👩‍🚀 עברית\n\tindented";
        assert_eq!(shown(text), text);
        assert_eq!(shown("a\r\nb\rc"), "a\nb␍c");
        assert_eq!(lossy(b"a\xffb"), "a\u{fffd}b");
    }
}
