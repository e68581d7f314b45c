//! The figures as a table.

use std::fmt;
use std::time::Duration;

use crate::measure::Measured;

/// The question that all others are compared with.
pub const REFERENCE: &str = "`SELECT 1`";

const HEADINGS: [&str; 9] = [
    "question",
    "artists",
    "p50 ms",
    "p99 ms",
    "× `SELECT 1`",
    "growth",
    "origin CPU ms",
    "PostgreSQL CPU ms",
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

    /// The median of a question at the first size, or at the size given.
    fn median(&self, question: &str, at: Option<u32>) -> Duration {
        self.0
            .iter()
            .find(|(other, artists, _)| {
                *other == question && at.is_none_or(|size| size == *artists)
            })
            .map_or(Duration::ZERO, |(.., measured)| measured.median)
    }

    /// All sizes of a question together, questions in the order they were asked.
    fn rows(&self) -> Vec<[String; 9]> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        let place = |question: &str| self.0.iter().position(|(other, ..)| *other == question);
        sorted.sort_by_key(|(question, ..)| place(question));
        sorted
            .into_iter()
            .map(|(question, artists, measured)| {
                let reference = self.median(REFERENCE, Some(*artists));
                let smallest = self.median(question, None);
                [
                    (*question).to_owned(),
                    artists.to_string(),
                    milliseconds(measured.median),
                    milliseconds(measured.p99),
                    format!("{:.1}", measured.median.div_duration_f64(reference)),
                    format!("{:.2}", measured.median.div_duration_f64(smallest)),
                    milliseconds(measured.own_cpu),
                    measured.database_cpu.map_or_else(unknown, milliseconds),
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

fn unknown() -> String {
    "–".to_owned()
}
