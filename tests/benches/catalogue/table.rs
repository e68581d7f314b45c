//! The figures as a table.

use std::fmt;
use std::time::Duration;

use crate::measure::Measured;

const COLUMNS: usize = 10;

/// The question that all others are compared with.
pub const REFERENCE: &str = "`SELECT 1`";

const HEADINGS: [&str; COLUMNS] = [
    "question",
    "artists",
    "p50 ms",
    "p99 ms",
    "× `SELECT 1`",
    "growth",
    "origin CPU ms",
    "PostgreSQL CPU ms",
    "CPU growth",
    "kB",
];

/// What was measured, of all sizes.
#[derive(Default)]
pub struct Table(Vec<(&'static str, u32, Measured)>);

impl Table {
    /// Adds a question's figures for a replica of a size.
    pub fn add(&mut self, question: &'static str, artists: u32, measured: Measured) {
        self.0.push((question, artists, measured));
    }

    /// A question's figures at the size given, or at the first.
    fn find(&self, question: &str, at: Option<u32>) -> Option<&Measured> {
        self.0
            .iter()
            .find(|(other, artists, _)| {
                *other == question && at.is_none_or(|size| size == *artists)
            })
            .map(|(.., measured)| measured)
    }

    /// All sizes of a question together, questions in the order they were asked.
    fn rows(&self) -> Vec<[String; COLUMNS]> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        let place = |question: &str| self.0.iter().position(|(other, ..)| *other == question);
        sorted.sort_by_key(|(question, ..)| place(question));
        sorted
            .into_iter()
            .map(|(question, artists, measured)| {
                let reference = self.find(REFERENCE, Some(*artists));
                let first = self.find(question, None);
                [
                    (*question).to_owned(),
                    artists.to_string(),
                    milliseconds(measured.median),
                    milliseconds(measured.p99),
                    ratio(
                        Some(measured.median),
                        reference.map(|reference| reference.median),
                    ),
                    ratio(Some(measured.median), first.map(|first| first.median)),
                    milliseconds(measured.own_cpu),
                    measured.database_cpu.map_or_else(unknown, milliseconds),
                    ratio(measured.cpu(), first.and_then(Measured::cpu)),
                    measured
                        .bytes
                        .map_or_else(unknown, |bytes| format!("{:.1}", bytes as f64 / 1_000.0)),
                ]
            })
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = self.rows();
        rows.insert(0, HEADINGS.map(str::to_owned));
        f.write_str(&linernotes_tests::table(&rows))
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1_000.0)
}

fn ratio(time: Option<Duration>, reference: Option<Duration>) -> String {
    time.zip(reference)
        .map_or_else(unknown, |(time, reference)| {
            format!("{:.2}", time.div_duration_f64(reference))
        })
}

fn unknown() -> String {
    "–".to_owned()
}
