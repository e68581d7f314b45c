//! Where an origin has its answers.

use std::path::Path;
use std::process::Command;

use linernotes_dev::run::{Cluster, DynamoDb};

use crate::Outcome;

/// A way to keep answers.
pub struct Keeping {
    /// For the table.
    pub name: &'static str,
    /// Rather than in the embedded store.
    pub in_dynamodb: bool,
    memory_mib: u32,
}

/// Those compared. Without memory, every answer is read from the store.
pub const KEEPING: [Keeping; 4] = [
    Keeping {
        name: "linernotes, memory over the embedded store",
        in_dynamodb: false,
        memory_mib: 128,
    },
    Keeping {
        name: "linernotes, memory over DynamoDB",
        in_dynamodb: true,
        memory_mib: 128,
    },
    Keeping {
        name: "linernotes, embedded store alone",
        in_dynamodb: false,
        memory_mib: 0,
    },
    Keeping {
        name: "linernotes, DynamoDB alone",
        in_dynamodb: true,
        memory_mib: 0,
    },
];

impl Keeping {
    /// The settings of an origin that keeps its answers so.
    pub fn settings(&self, cluster: &Cluster, emulator: &DynamoDb) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("LINERNOTES_DATABASE__URL", cluster.url()),
            ("LINERNOTES_STORE__MEMORY_MIB", self.memory_mib.to_string()),
            // Crawling has a benchmark of its own.
            ("LINERNOTES_CRAWLER__TIMERS", "false".to_owned()),
        ];
        if self.in_dynamodb {
            let table = format!("bench-{}", self.memory_mib);
            settings.extend([
                ("LINERNOTES_STORE__KIND", "dynamodb".to_owned()),
                ("LINERNOTES_STORE__TABLE", table),
                ("LINERNOTES_STORE__ENDPOINT", emulator.url().to_owned()),
            ]);
        }
        settings
    }
}

/// Makes the table that the settings name.
pub fn create_table(program: &Path, settings: &[(&str, String)]) -> Outcome<()> {
    let made = Command::new(program)
        .arg("create-table")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .output()?;
    if made.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&made.stderr).into())
    }
}
