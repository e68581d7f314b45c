//! Programs that come as Python packages, each version in an environment of its own.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::run_logged;
use crate::{checkout, progress};

/// Checks CloudFormation templates against AWS's own schemas.
const CFN_LINT: PythonTool = PythonTool {
    package: "cfn-lint",
    version: "1.58.0",
    program: "cfn-lint",
};
/// Checks CloudFormation templates for what endangers security.
const CHECKOV: PythonTool = PythonTool {
    package: "checkov",
    version: "3.3.30",
    program: "checkov",
};
/// Builds Lambda functions, whatever machine it runs on.
const CARGO_LAMBDA: PythonTool = PythonTool {
    package: "cargo-lambda",
    version: "1.9.2",
    program: "cargo-lambda",
};
/// AWS, emulated.
const MINISTACK: PythonTool = PythonTool {
    package: "ministack",
    version: "1.5.33",
    program: "ministack",
};
/// AWS's command.
const AWS_CLI: PythonTool = PythonTool {
    package: "awscli",
    version: "1.46.3",
    program: "aws",
};

/// Asks a service whatever its OpenAPI description allows, and more, and holds the answers against it.
const SCHEMATHESIS: PythonTool = PythonTool {
    package: "schemathesis",
    version: "4.32.5",
    program: "schemathesis",
};

/// A program of a Python package.
#[derive(Clone, Copy, Debug)]
struct PythonTool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
}

/// What checks the templates of the infrastructure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateLints {
    /// `cfn-lint`
    pub cfn_lint: PathBuf,
    /// `checkov`
    pub checkov: PathBuf,
}

/// What a deployment on this machine needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emulation {
    /// `ministack`
    pub ministack: PathBuf,
    /// `aws`
    pub aws: PathBuf,
}

impl TemplateLints {
    /// Finds or installs them.
    pub fn ensure() -> Result<Self, SetupError> {
        Ok(Self {
            cfn_lint: CFN_LINT.ensure()?,
            checkov: CHECKOV.ensure()?,
        })
    }
}

impl Emulation {
    /// Finds or installs it.
    pub fn ensure() -> Result<Self, SetupError> {
        Ok(Self {
            ministack: MINISTACK.ensure()?,
            aws: AWS_CLI.ensure()?,
        })
    }
}

/// Finds or installs the program `cargo-lambda`.
pub fn cargo_lambda() -> Result<PathBuf, SetupError> {
    CARGO_LAMBDA.ensure()
}

/// Finds or installs the program `schemathesis`.
pub fn schemathesis() -> Result<PathBuf, SetupError> {
    SCHEMATHESIS.ensure()
}

impl PythonTool {
    /// The program, installed if it isn't here. Several processes may ask at once.
    fn ensure(self) -> Result<PathBuf, SetupError> {
        let Self {
            package,
            version,
            program,
        } = self;
        let name = format!("{package}-{version}");
        let folder = checkout::cache_dir().join(&name);
        let (installed, done) = (folder.join("bin").join(program), folder.join("complete"));
        if done.is_file() {
            return Ok(installed);
        }
        let doing = format!("installing {package} {version} from PyPI");
        let locking = SetupError::file(format!("locking {}", folder.display()));
        let lock = std::fs::create_dir_all(checkout::cache_dir())
            .and_then(|()| File::create(checkout::cache_dir().join(format!("{name}.lock"))))
            .and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(locking)?;
        if !done.is_file() {
            progress::note(&doing);
            let mut make = Command::new("python3");
            make.args(["-m", "venv", "--clear"]).arg(&folder);
            run_logged(&doing, &mut make, Duration::from_secs(120)).map_err(|_| missing())?;
            let mut install = Command::new(folder.join("bin/python"));
            install
                .args(["-m", "pip", "install", "--quiet", "--no-input"])
                .arg("--disable-pip-version-check")
                .arg(format!("{package}=={version}"));
            run_logged(&doing, &mut install, Duration::from_secs(900))
                .map_err(SetupError::step(&doing))?;
            std::fs::write(&done, "").map_err(SetupError::file(&doing))?;
        }
        drop(lock);
        Ok(installed)
    }
}

fn missing() -> SetupError {
    SetupError::Missing {
        what: "Python 3 with its modules venv and pip".to_owned(),
        remedy: "install it: `apt-get install python3-venv`, `dnf install python3` or `brew install python`"
            .to_owned(),
    }
}
