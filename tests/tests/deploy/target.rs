use std::path::Path;
use std::process::Command;

use linernotes_dev::run::{Cluster, Deployment, Replica, build_functions_for_tests};
use linernotes_dev::setup::{Emulation, MusicBrainzSchema};
use linernotes_origin::telemetry::with_causes;
use linernotes_tests::{replica, replica_sql};
use serde_json::Value;
use tempfile::TempDir;

/// A deployment and its replica.
pub struct Target {
    pub deployment: Deployment,
    _postgres: Cluster,
    // Last: the folder goes when its users are gone.
    folder: TempDir,
}

impl Target {
    pub fn start() -> Self {
        let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
        let database = as_service(&postgres);
        let tools = Emulation::ensure().expect("`cargo dev test` has installed it");
        // Compiled here, so that tests of other things don't wait for it.
        let deployment = build_functions_for_tests()
            .and_then(|functions| {
                Deployment::start(&tools, &functions.folder, &database, folder.path())
            })
            .unwrap_or_else(|error| panic!("{}", with_causes(&error)));
        Self {
            deployment,
            _postgres: postgres,
            folder,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn undo(&mut self) {
        let undone = self.deployment.undo();
        undone.unwrap_or_else(|error| panic!("{}", with_causes(&error)));
    }

    /// What AWS's command answers its owner.
    pub fn aws(&self, arguments: &[&str]) -> Value {
        let (succeeds, said) = self.aws_with(&[], arguments);
        assert!(
            succeeds,
            "{arguments:?}: {said}\n{}",
            self.deployment.aws.log()
        );
        serde_json::from_str(&said).unwrap_or(Value::Null)
    }

    /// Whether AWS's command does it in another environment, and what it says.
    pub fn aws_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
        let output = Command::new(self.deployment.aws.cli_folder().join("aws"))
            .args(arguments)
            .args(["--output", "json"])
            .envs(self.deployment.aws.environment())
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let said = if output.status.success() {
            output.stdout
        } else {
            output.stderr
        };
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        (output.status.success(), said)
    }

    pub fn output(&self, name: &str) -> &str {
        let value = self.deployment.output(name);
        assert!(!value.is_empty(), "the stack has no output {name}");
        value
    }

    /// An item of the table; null without it.
    pub fn item(&self, partition: &str, sort: &str) -> Value {
        let key = format!(r#"{{"pk": {{"S": "{partition}"}}, "sk": {{"S": "{sort}"}}}}"#);
        let table = self.output("TableName");
        let found = self.aws(&["dynamodb", "get-item", "--table-name", table, "--key", &key]);
        found["Item"].clone()
    }
}

/// Makes the service's user by the statements of `docs/self-host.md`, and returns the URL by which it connects. The replica's
/// owner has its name here.
fn as_service(postgres: &Cluster) -> String {
    let statements = replica_sql("the replica's user");
    postgres
        .connect()
        .unwrap()
        .batch_execute(&statements)
        .unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    postgres.url().replace("linernotes@", "service:secret@")
}
