//! MusicBrainz's own schema, as SQL: it comes with the mbdata package, one major version for each schema sequence.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::SetupError;
use crate::process::run_logged;
use crate::{checkout, progress};

/// A schema sequence of MusicBrainz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MusicBrainzSchema {
    /// The sequence, as `replication_control` names it.
    pub sequence: i32,
    version: &'static str,
    path: &'static str,
    sha256: &'static str,
}

impl MusicBrainzSchema {
    /// Of 2026.
    pub const V31: Self = Self {
        sequence: 31,
        version: "31.0.1",
        path: "58/2a/ba28902a0167ea520a41a2bbbfabc0dee011eea9ba58d9f967c6b0822095",
        sha256: "eda71b614e3d98fa26c8d81163730cc17e1e905f55a7bab1fa5fac961e8db4e7",
    };
    /// Of 2025.
    pub const V30: Self = Self {
        sequence: 30,
        version: "30.0.1",
        path: "04/c4/1d142c2d604da0b455c9ea851553b5be253baec97778b467b10d70e2235c",
        sha256: "acf56766ce31225ebad99f6af6ee322debebb744ba4cae67de3ff46254a3a6da",
    };

    /// The folder of the schema's SQL files, downloaded if it isn't here.
    pub fn ensure(self) -> Result<PathBuf, SetupError> {
        let folder = checkout::cache_dir().join(format!("mbdata-{}", self.version));
        if folder.is_dir() {
            return Ok(folder);
        }
        let doing = format!("downloading MusicBrainz's schema {}", self.sequence);
        progress::note(&doing);
        let work = tempfile::Builder::new()
            .prefix("mbdata-")
            .tempdir_in(checkout::cache_dir())
            .map_err(SetupError::file(&doing))?;
        let wheel = self.download(work.path())?;
        let bytes = std::fs::read(&wheel).map_err(SetupError::file(&doing))?;
        let found = hex(&Sha256::digest(&bytes));
        if found != self.sha256 {
            return Err(SetupError::Download {
                what: self.wheel_name(),
                why: format!("its SHA-256 is {found} instead of {}", self.sha256),
            });
        }
        let sql = work.path().join("sql");
        unpack(&bytes, &sql).map_err(|error| SetupError::Download {
            what: self.wheel_name(),
            why: error.to_string(),
        })?;
        std::fs::rename(&sql, &folder).map_err(SetupError::file(&doing))?;
        Ok(folder)
    }

    fn wheel_name(self) -> String {
        format!("mbdata-{}-py3-none-any.whl", self.version)
    }

    /// Downloads by Node.js, which is here anyway, else by pip, which may know a mirror.
    fn download(self, into: &Path) -> Result<PathBuf, SetupError> {
        const FETCH: &str = "const [url, file] = process.argv.slice(1); \
            const answer = await fetch(url); \
            if (!answer.ok) throw new Error(`${url} answers ${answer.status}`); \
            await (await import('node:fs/promises')).writeFile(file, Buffer.from(await answer.arrayBuffer()));";
        let file = into.join(self.wheel_name());
        let limit = Duration::from_secs(300);
        let url = format!(
            "https://files.pythonhosted.org/packages/{}/{}",
            self.path,
            self.wheel_name()
        );
        let mut fetch = Command::new("node");
        fetch
            .args(["--input-type=module", "--eval", FETCH, "--", &url])
            .arg(&file);
        if run_logged("downloading mbdata", &mut fetch, limit).is_ok() {
            return Ok(file);
        }
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--no-deps", "--dest"])
            .arg(into)
            .arg(format!("mbdata=={}", self.version));
        run_logged("downloading mbdata by pip", &mut pip, limit).map_err(SetupError::step(
            format!("downloading {}", self.wheel_name()),
        ))?;
        Ok(file)
    }
}

/// Unpacks the SQL files of a wheel, which is a ZIP archive.
fn unpack(wheel: &[u8], into: &Path) -> Result<(), zip::result::ZipError> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel))?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        let Some(name) = member.enclosed_name() else {
            continue;
        };
        let Ok(name) = name.strip_prefix("mbdata/sql") else {
            continue;
        };
        if member.is_dir() {
            continue;
        }
        let file = into.join(name);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut text = Vec::new();
        member.read_to_end(&mut text)?;
        std::fs::write(file, text)?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
