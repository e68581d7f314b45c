use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::guide::{Guide, make_place};
use super::{Architecture, Aws, Edge, RunError};
use crate::process::run_logged;
use crate::setup::Emulation;

/// The guide whose commands are run.
const GUIDE: &str = "deploy";
/// The heading of those that take everything away again.
const UNDO: &str = "Undo it";
/// How long all of them may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// What stands before the commands. `curl` finds a Function URL at the emulator's address.
const PRELUDE: &str = r#"set -euo pipefail
curl() {
  local arguments=()
  for argument in "$@"; do
    if [[ $argument =~ ^https://([0-9a-z-]+)\.lambda-url\.[0-9a-z-]+\.on\.aws(.*)$ ]]; then
      argument="$AWS_ENDPOINT_URL/_aws/lambda-url/${BASH_REMATCH[1]}${BASH_REMATCH[2]}"
    fi
    arguments+=("$argument")
  done
  command curl "${arguments[@]}"
}
"#;

/// Linernotes, deployed to an emulator of AWS by the very commands of `docs/deploy.md`.
#[derive(Debug)]
pub struct Deployment {
    /// The emulator.
    pub aws: Aws,
    guide: Guide,
    folder: PathBuf,
    /// What the commands have set.
    variables: BTreeMap<String, String>,
    /// What the stack says of itself.
    outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// Starts an emulator and deploys to it the functions whose archives are in a folder, with a replica on this machine.
    pub fn start(
        tools: &Emulation,
        functions: &Path,
        database_url: &str,
        folder: &Path,
    ) -> Result<Self, RunError> {
        make_place(&folder.join("guide"))?;
        let aws = Aws::start(tools, &folder.join("aws"))?;
        let mut deployment = Self {
            aws,
            guide: Guide::read(GUIDE)?,
            folder: folder.to_owned(),
            variables: BTreeMap::new(),
            outputs: BTreeMap::new(),
        };
        let values = deployment.values(functions, database_url)?;
        let prelude: String = values
            .iter()
            .map(|(name, value)| format!("{name}={}\n", quoted(value)))
            .collect();
        let names = deployment.guide.values.iter().map(|value| &value.name);
        let missing: Vec<&String> = names
            .filter(|name| !values.iter().any(|(known, _)| known == name))
            .collect();
        if !missing.is_empty() {
            return Err(RunError::File {
                doing: format!("giving values to {missing:?} of docs/{GUIDE}.md"),
                source: std::io::ErrorKind::Unsupported.into(),
            });
        }
        let commands = deployment.guide.script(|heading| heading != UNDO);
        let exports = deployment.exports();
        deployment.run("deploying", &format!("{prelude}{exports}{commands}"))?;
        deployment.outputs = deployment.outputs()?;
        Ok(deployment)
    }

    /// Takes everything away again, as in a new shell: of all variables, the commands know the reader's values alone.
    pub fn undo(&mut self) -> Result<(), RunError> {
        let commands = self.guide.script(|heading| heading == UNDO);
        let known = self.variables.clone();
        self.variables
            .retain(|name, _| self.guide.values.iter().any(|value| value.name == *name));
        let undone = self.run("undoing the deployment", &commands);
        self.variables = known;
        undone
    }

    /// Starts the worker in front of it, with the variables and secrets that the guide has it deployed with, on a port (0
    /// for a free one).
    pub fn edge(&self, worker: &Path, port: u16) -> Result<Edge, RunError> {
        let of = |name| self.variable(name).to_owned();
        let variables = [
            ("ORIGIN_URL", self.api()),
            ("CACHE_HOST", of("DOMAIN")),
            ("CONTACT", of("EMAIL")),
            // On AWS the URL tells it.
            ("ORIGIN_AWS_REGION", self.aws.region().to_owned()),
            ("ORIGIN_AWS_ACCESS_KEY_ID", of("EDGE_KEY_ID")),
            ("ORIGIN_AWS_SECRET_ACCESS_KEY", of("EDGE_KEY")),
            ("PURGE_KEY", of("PURGE_KEY")),
        ];
        Edge::start(worker, port, &self.folder, &variables)
    }

    /// Where the API answers, on this machine.
    pub fn api(&self) -> String {
        self.aws
            .address_of(self.variable("API"))
            .unwrap_or_default()
    }

    /// What a variable of the commands is, empty without it.
    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }

    /// An output of the stack, empty without it.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// All outputs of the stack, a name and a value in each line.
    fn outputs(&self) -> Result<BTreeMap<String, String>, RunError> {
        let told = self.aws.ask(&[
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            self.variable("STACK"),
            "--query",
            "Stacks[0].Outputs[].[OutputKey,OutputValue]",
        ])?;
        let pairs = told.lines().filter_map(|line| line.split_once('\t'));
        Ok(pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    /// The values that the guide leaves to its reader.
    fn values(
        &self,
        functions: &Path,
        database_url: &str,
    ) -> Result<Vec<(&'static str, String)>, RunError> {
        let vpc = self
            .aws
            .ask(&["ec2", "describe-vpcs", "--query", "Vpcs[0].VpcId"])?;
        let in_vpc = format!("Name=vpc-id,Values={vpc}");
        let find = |what: &str, query: &str| {
            self.aws
                .ask(&["ec2", what, "--filters", &in_vpc, "--query", query])
                .map(|found| found.split_whitespace().collect::<Vec<_>>().join(","))
        };
        let port = database_url
            .rsplit_once(':')
            .and_then(|(_, rest)| rest.split('/').next())
            .unwrap_or("5432");
        Ok(vec![
            ("AWS_REGION", self.aws.region().to_owned()),
            ("AWS_DEFAULT_REGION", self.aws.region().to_owned()),
            ("STACK", "linernotes".to_owned()),
            ("BUCKET", "linernotes-code-000000000000".to_owned()),
            ("ARCHITECTURE", Architecture::here().name().to_owned()),
            ("FUNCTIONS", functions.display().to_string()),
            ("VPC", vpc.clone()),
            ("SUBNETS", find("describe-subnets", "Subnets[].SubnetId")?),
            (
                "ROUTE_TABLES",
                find("describe-route-tables", "RouteTables[].RouteTableId")?,
            ),
            (
                "DATABASE_SECURITY_GROUP",
                find("describe-security-groups", "SecurityGroups[:1].GroupId")?,
            ),
            ("DATABASE_PORT", port.to_owned()),
            ("DATABASE_URL", database_url.to_owned()),
            ("DOMAIN", "music.invalid".to_owned()),
            ("EMAIL", "ops@music.invalid".to_owned()),
        ])
    }

    /// What has programs see the values that the guide has them see.
    fn exports(&self) -> String {
        let exported = self.guide.values.iter().filter(|value| value.is_exported);
        exported
            .map(|value| format!("export {}\n", value.name))
            .collect()
    }

    /// Runs commands after those that have been run before.
    fn run(&mut self, what: &str, commands: &str) -> Result<(), RunError> {
        let state = self.folder.join("variables");
        let script = self.folder.join("commands.sh");
        let mut before: String = self
            .variables
            .iter()
            .map(|(name, value)| format!("{name}={}\n", quoted(value)))
            .collect();
        if !before.is_empty() {
            before += &self.exports();
        }
        // Functions of the commands are the commands' own text, so they are there again if the text is.
        let functions = self.guide.script(|_| true);
        let functions: String = functions
            .lines()
            .filter(|line| line.contains("() {") && line.ends_with('}'))
            .flat_map(|line| [line, "\n"])
            .collect();
        let text = format!(
            "{PRELUDE}{functions}{before}{commands}\ncompgen -A variable | grep -E '^[A-Z][A-Z_]*$' | while read -r name; do\n  \
             printf '%s=%s\\0' \"$name\" \"${{!name-}}\"\ndone > {}\n",
            quoted(&state.display().to_string())
        );
        std::fs::write(&script, text)
            .map_err(RunError::file(format!("writing {}", script.display())))?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::iter::once(self.aws.cli_folder().to_owned()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(path)
            .map_err(|error| RunError::file("finding aws")(std::io::Error::other(error)))?;
        let mut shell = Command::new("bash");
        shell
            .arg(&script)
            .current_dir(self.folder.join("guide"))
            .envs(self.aws.environment())
            // Where everything is, the commands say themselves.
            .env_remove("AWS_REGION")
            .env_remove("AWS_DEFAULT_REGION")
            .env("PATH", path);
        run_logged(what, &mut shell, PATIENCE)?;
        let reading = RunError::file(format!("reading {}", state.display()));
        let known = std::fs::read_to_string(&state).map_err(reading)?;
        self.variables = known
            .split('\0')
            .filter_map(|entry| entry.split_once('='))
            .filter(|(name, _)| !is_the_shells(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(())
    }
}

/// Whether a variable was there before the commands.
fn is_the_shells(name: &str) -> bool {
    name.starts_with("BASH")
        || matches!(name, "EUID" | "PPID" | "UID" | "SHELLOPTS" | "IFS" | "PATH")
        || std::env::var_os(name).is_some()
        || (name.starts_with("AWS_") && !matches!(name, "AWS_REGION" | "AWS_DEFAULT_REGION"))
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
