//! The terminal while a list is on it: keys in, lines out.
//!
//! Promises: the terminal is as it was when the value is dropped, also after a panic. The thread that
//! reads keys ends within [`LOOK`] of that.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{
    self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use tokio::sync::mpsc;

use super::list::{Key, List};

/// How often the thread that reads keys looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);
/// Keys that wait.
const KEYS: usize = 64;

/// The terminal.
pub(super) struct Terminal {
    closed: Arc<AtomicBool>,
}

impl Terminal {
    /// Takes the terminal; what is pressed comes out of the channel.
    pub(super) fn open() -> io::Result<(Self, mpsc::Receiver<Key>)> {
        enable_raw_mode()?;
        let closed = Arc::new(AtomicBool::new(false));
        let terminal = Self { closed: closed.clone() };
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        let (pressed, keys) = mpsc::channel(KEYS);
        std::thread::Builder::new().name("keys".into()).spawn(move || read(&closed, &pressed))?;
        Ok((terminal, keys))
    }

    /// Shows the list as it is.
    pub(super) fn draw(&self, list: &List) -> io::Result<()> {
        let (width, height) = terminal::size()?;
        let mut out = io::stdout().lock();
        for (index, line) in list.lines(width.into(), height.into()).iter().enumerate() {
            queue!(out, MoveTo(0, u16::try_from(index).unwrap_or(u16::MAX)))?;
            queue!(out, Clear(ClearType::CurrentLine))?;
            out.write_all(line.as_bytes())?;
        }
        out.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // There is nothing better to do when even this fails.
        let _left = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _cooked = disable_raw_mode();
    }
}

fn read(closed: &AtomicBool, pressed: &mpsc::Sender<Key>) {
    while !closed.load(Ordering::Relaxed) {
        let key = match event::poll(LOOK) {
            Ok(true) => event::read().ok().as_ref().and_then(key),
            Ok(false) => None,
            // The terminal is gone.
            Err(_) => Some(Key::Quit),
        };
        if let Some(key) = key
            && pressed.blocking_send(key).is_err()
        {
            return;
        }
    }
}

/// What an event of the terminal means.
fn key(event: &Event) -> Option<Key> {
    let pressed = match event {
        Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) => {
            (*code, modifiers.contains(KeyModifiers::CONTROL))
        }
        Event::Resize(..) => return Some(Key::Redraw),
        _ => return None,
    };
    Some(match pressed {
        (KeyCode::Char('c'), true) | (KeyCode::Char('q'), false) => Key::Quit,
        (KeyCode::Up | KeyCode::Char('k'), false) => Key::Up,
        (KeyCode::Down | KeyCode::Char('j'), false) => Key::Down,
        (KeyCode::Char('r'), false) => Key::Retry,
        (KeyCode::Char('d') | KeyCode::Enter, false) => Key::Details,
        (KeyCode::Char('o'), false) => Key::Open,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_last_line_says() {
        let press = |code, modifiers| key(&Event::Key(KeyEvent::new(code, modifiers)));
        let plain = KeyModifiers::NONE;
        for (code, meant) in [
            (KeyCode::Up, Key::Up),
            (KeyCode::Char('j'), Key::Down),
            (KeyCode::Char('r'), Key::Retry),
            (KeyCode::Char('d'), Key::Details),
            (KeyCode::Char('o'), Key::Open),
            (KeyCode::Char('q'), Key::Quit),
        ] {
            assert_eq!(press(code, plain), Some(meant));
        }
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Key::Quit));
        assert_eq!(press(KeyCode::Char('c'), plain), None);
        assert_eq!(key(&Event::Resize(80, 24)), Some(Key::Redraw));
    }
}
