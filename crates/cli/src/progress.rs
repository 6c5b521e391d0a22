//! A line on standard error while a person waits. It appears only on a terminal and is gone when the work is done.

use modelward_assessment::Progress;
use modelward_report::hostile::{columns, cut_path, visible};
use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_millis(100);

/// The line, when it is wanted.
pub(crate) struct Line {
    start: Instant,
    last: Mutex<Option<Instant>>,
    width: usize,
}

impl Line {
    /// A line, when standard error is a terminal.
    pub(crate) fn start() -> Option<Self> {
        io::stderr().is_terminal().then(|| Line {
            start: Instant::now(),
            last: Mutex::new(None),
            width: width(),
        })
    }

    /// Shows how far the work is, at most ten times a second.
    pub(crate) fn show(&self, progress: &Progress) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.map_or(self.start.elapsed() < EVERY, |at| at.elapsed() < EVERY) {
            return;
        }
        *last = Some(Instant::now());
        let seconds = self.start.elapsed().as_secs_f64().max(0.001);
        let rest = format!(
            "  {}/{}  {}/s  {} findings",
            bytes(progress.bytes_done as f64),
            bytes(progress.bytes as f64),
            bytes(progress.bytes_done as f64 / seconds),
            progress.findings
        );
        let room = self.width.saturating_sub(columns(&rest) + 10).max(10);
        let _ = write!(io::stderr(), "\r\x1b[Kscanning  {}{rest}", cut_path(&visible(&progress.path), room));
        let _ = io::stderr().flush();
    }

    /// Takes the line away and says how long it took.
    pub(crate) fn end(&self, files: u64, size: u64) {
        let mut out = io::stderr();
        if self.last.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            let _ = write!(out, "\r\x1b[K");
        }
        let _ = writeln!(
            out,
            "scanned {files} files, {}, in {:.1} s",
            bytes(size as f64),
            self.start.elapsed().as_secs_f64()
        );
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.last.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// Columns of the terminal: `COLUMNS`, else what the terminal says, else 100.
pub(crate) fn width() -> usize {
    let named = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    named.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))).unwrap_or(100)
}

fn bytes(count: f64) -> String {
    match count {
        n if n >= 1e9 => format!("{:.1} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.1} MB", n / 1e6),
        n if n >= 1e3 => format!("{:.1} kB", n / 1e3),
        n => format!("{n:.0} B"),
    }
}
