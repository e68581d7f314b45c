//! MusicBrainz's own schema, as SQL: it comes with the mbdata package, one major version for each schema sequence.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
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
    /// The package's file on PyPI: a wheel, or a source archive of versions that have none.
    file: &'static str,
    path: &'static str,
    sha256: &'static str,
}

impl MusicBrainzSchema {
    /// Of 2026. PyPI doesn't have 32 yet, of September 2026, which changes nothing that is read.
    pub const V31: Self = Self {
        sequence: 31,
        version: "31.0.1",
        file: "mbdata-31.0.1-py3-none-any.whl",
        path: "58/2a/ba28902a0167ea520a41a2bbbfabc0dee011eea9ba58d9f967c6b0822095",
        sha256: "eda71b614e3d98fa26c8d81163730cc17e1e905f55a7bab1fa5fac961e8db4e7",
    };
    /// Of 2025.
    pub const V30: Self = Self {
        sequence: 30,
        version: "30.0.1",
        file: "mbdata-30.0.1-py3-none-any.whl",
        path: "04/c4/1d142c2d604da0b455c9ea851553b5be253baec97778b467b10d70e2235c",
        sha256: "acf56766ce31225ebad99f6af6ee322debebb744ba4cae67de3ff46254a3a6da",
    };

    /// Of 2022. PyPI has none of the sequences 28 and 29.
    pub const V27: Self = Self {
        sequence: 27,
        version: "27.1.0",
        file: "mbdata-27.1.0.tar.gz",
        path: "17/8c/d855ddd29b444e80b0e052df62b3453da1075f9bb94097aadf05ecf073b0",
        sha256: "83c17e6670fe73ecf3bb1bfcb5eecbf9ad8bb9e3bc4ea6daa19cdbc2b6f1aab5",
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
        let archive = self.download(work.path())?;
        let bytes = std::fs::read(&archive).map_err(SetupError::file(&doing))?;
        let found = hex::encode(Sha256::digest(&bytes));
        if found != self.sha256 {
            return Err(SetupError::Download {
                what: self.file.to_owned(),
                why: format!("its SHA-256 is {found} instead of {}", self.sha256),
            });
        }
        let sql = work.path().join("sql");
        let unpacked = if self.file.ends_with(".whl") {
            unpack_wheel(&bytes, &sql)
        } else {
            unpack_source(&bytes, &sql)
        };
        unpacked.map_err(|error| SetupError::Download {
            what: self.file.to_owned(),
            why: error.to_string(),
        })?;
        std::fs::rename(&sql, &folder).map_err(SetupError::file(&doing))?;
        Ok(folder)
    }

    /// Downloads by Node.js, which is here anyway, else by pip, which may know a mirror.
    fn download(self, into: &Path) -> Result<PathBuf, SetupError> {
        const FETCH: &str = "const [url, file] = process.argv.slice(1); \
            const answer = await fetch(url); \
            if (!answer.ok) throw new Error(`${url} answers ${answer.status}`); \
            await (await import('node:fs/promises')).writeFile(file, Buffer.from(await answer.arrayBuffer()));";
        let file = into.join(self.file);
        let limit = Duration::from_secs(300);
        let url = format!(
            "https://files.pythonhosted.org/packages/{}/{}",
            self.path, self.file
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
        run_logged("downloading mbdata by pip", &mut pip, limit)
            .map_err(SetupError::step(format!("downloading {}", self.file)))?;
        Ok(file)
    }
}

/// Unpacks the SQL files of a wheel, which is a ZIP archive.
fn unpack_wheel(wheel: &[u8], into: &Path) -> std::io::Result<()> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel))?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        if let Some(name) = member.enclosed_name()
            && let Ok(name) = name.strip_prefix("mbdata/sql")
            && member.is_file()
        {
            let file = into.join(name);
            write(&mut member, &file)?;
        }
    }
    Ok(())
}

/// Unpacks the SQL files of a source archive, in which all lies in one folder more.
fn unpack_source(archive: &[u8], into: &Path) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    for member in archive.entries()? {
        let mut member = member?;
        let path = member.path()?.into_owned();
        let inside: PathBuf = path.components().skip(1).collect();
        if let Ok(name) = inside.strip_prefix("mbdata/sql")
            && member.header().entry_type().is_file()
            && name
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        {
            write(&mut member, &into.join(name))?;
        }
    }
    Ok(())
}

fn write(member: &mut impl Read, file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::io::copy(member, &mut File::create(file)?).map(drop)
}
