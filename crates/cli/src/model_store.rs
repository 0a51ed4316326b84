//! The models of a project: `models/NAME/VERSION/` with `model.json`, `metrics.json`, `MODEL_CARD.md` and `reference.json`, and the
//! pointer `models/NAME/champion` to the version that scores.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use feature_engineering::reason::Language;
use history::{Date, WriteError, sync_folder_of, write_file};
use scoring::Model;

use crate::exit::UsageError;
use crate::lock::Lock;
use crate::project::Project;

pub(crate) const MODEL: &str = "model.json";
pub(crate) const METRICS: &str = "metrics.json";
pub(crate) const CARD: &str = "MODEL_CARD.md";
/// What a monitor must know of the export of training.
pub(crate) const REFERENCE: &str = "reference.json";
const CHAMPION: &str = "champion";

/// No model file, metrics or card is longer.
const MAX_BYTES: u64 = 64 << 20;

/// The files of one model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelFiles<'a> {
    pub(crate) model: &'a str,
    pub(crate) metrics: &'a str,
    pub(crate) card: &'a str,
    pub(crate) reference: &'a str,
}

/// The folder of a project's models.
#[derive(Debug)]
pub(crate) struct ModelStore {
    folder: PathBuf,
    /// The language that models give their reasons in.
    language: &'static Language,
}

impl ModelStore {
    pub(crate) fn of(project: &Project) -> Self {
        Self {
            folder: project.folder.join("models").join(&project.name),
            language: crate::language::of_reasons(project.language),
        }
    }

    /// Folder of a version.
    pub(crate) fn path(&self, version: &str) -> PathBuf {
        self.folder.join(version)
    }

    /// The version that scores, if there is one.
    ///
    /// # Errors
    /// The pointer cannot be read.
    pub(crate) fn champion(&self) -> anyhow::Result<Option<String>> {
        let path = self.folder.join(CHAMPION);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|version| !version.is_empty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// All versions, oldest test date first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn versions(&self) -> anyhow::Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.folder.display())),
        };
        let mut versions = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", self.folder.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_version(&name) && entry.path().join(MODEL).is_file() {
                versions.push(name);
            }
        }
        versions.sort();
        Ok(versions)
    }

    /// The version asked for, or the champion.
    ///
    /// # Errors
    /// There is no model, or none of this version.
    pub(crate) fn resolve(&self, version: Option<&str>) -> anyhow::Result<String> {
        let version = match version {
            Some(version) => version.to_owned(),
            None => match self.champion()? {
                Some(champion) => champion,
                None => bail!(UsageError(format!("no model in {}: run churn train first", self.folder.display()))),
            },
        };
        // A version is a name and never a path.
        if is_version(&version) && self.path(&version).join(MODEL).is_file() {
            return Ok(version);
        }
        let known = self.versions()?;
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        bail!(UsageError(format!("{}: expected one of the models {known}, found {version}", self.folder.display())));
    }

    /// A model, checked against its sum.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub(crate) fn model(&self, version: &str) -> anyhow::Result<Model> {
        let path = self.path(version).join(MODEL);
        let model = Model::parse(&read(&path)?).with_context(|| path.display().to_string())?.telling(self.language);
        if model.version() != version {
            bail!("{}: expected the model {version}, found {}; the file was moved", path.display(), model.version());
        }
        Ok(model)
    }

    /// Another file of a model.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn text(&self, version: &str, name: &str) -> anyhow::Result<String> {
        read(&self.path(version).join(name))
    }
}

/// The folder of a project's models, ours to write until it is dropped.
#[derive(Debug)]
pub(crate) struct ModelWriter {
    store: ModelStore,
    lock: Option<Lock>,
}

impl ModelWriter {
    /// Makes the folder if need be, takes its lock, proves it writable, and removes what runs that were killed left
    /// behind.
    ///
    /// # Errors
    /// Another run holds the folder, or it cannot be written.
    pub(crate) fn open(project: &Project) -> anyhow::Result<Self> {
        let store = ModelStore::of(project);
        let folder = store.folder.clone();
        let io = |source| WriteError::Io { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(io)?;
        let mut writer = Self { store, lock: None };
        writer.lock = Some(Lock::take(&folder)?);
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !(name.starts_with(".churn-") && name.ends_with(".tmp")) {
                continue;
            }
            let removed = match entry.file_type().map_err(io)?.is_dir() {
                true => std::fs::remove_dir_all(entry.path()),
                false => std::fs::remove_file(entry.path()),
            };
            removed.map_err(io)?;
        }
        writer.temporary_folder().and_then(tempfile::TempDir::close).map_err(io)?;
        Ok(writer)
    }

    /// What is there.
    pub(crate) fn store(&self) -> &ModelStore {
        &self.store
    }

    /// Writes a model whole or not at all. A version is made of its content, so that one that is there already is the
    /// same model; its metrics and card are brought up to date.
    ///
    /// # Errors
    /// The folder cannot be written; nothing has changed then.
    pub(crate) fn write(&self, version: &str, files: ModelFiles<'_>) -> Result<PathBuf, WriteError> {
        let path = self.store.path(version);
        let io = |source| WriteError::Io { path: path.clone(), source };
        let contents =
            [(MODEL, files.model), (METRICS, files.metrics), (CARD, files.card), (REFERENCE, files.reference)];
        if path.join(MODEL).exists() {
            for (name, text) in contents {
                if std::fs::read_to_string(path.join(name)).ok().as_deref() != Some(text) {
                    write_file(&path.join(name), text.as_bytes())?;
                }
            }
            return Ok(path);
        }
        let temporary = self.temporary_folder().map_err(io)?;
        for (name, text) in contents {
            write_file(&temporary.path().join(name), text.as_bytes())?;
        }
        set_permissions(temporary.path()).map_err(io)?;
        std::fs::rename(temporary.path(), &path).map_err(io)?;
        // Renamed away: there is nothing left to remove.
        let _ = temporary.keep();
        sync_folder_of(&path).map_err(io)?;
        Ok(path)
    }

    /// Makes a version the one that scores.
    ///
    /// # Errors
    /// The pointer cannot be written; the old one stands then.
    pub(crate) fn set_champion(&self, version: &str) -> Result<(), WriteError> {
        write_file(&self.store.folder.join(CHAMPION), format!("{version}\n").as_bytes())
    }

    fn temporary_folder(&self) -> std::io::Result<tempfile::TempDir> {
        tempfile::Builder::new().prefix(".churn-").suffix(".tmp").tempdir_in(&self.store.folder)
    }
}

impl Drop for ModelWriter {
    /// A run that wrote no model leaves no folder: removing one with something in it fails, and should.
    fn drop(&mut self) {
        drop(self.lock.take());
        if std::fs::remove_dir(&self.store.folder).is_ok()
            && let Some(parent) = self.store.folder.parent()
        {
            let _ = std::fs::remove_dir(parent);
        }
    }
}

/// Versions are an as-of date and eight hexadecimal digits.
pub(crate) fn is_version(text: &str) -> bool {
    let Some((date, hash)) = text.rsplit_once('-') else { return false };
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    date.parse::<Date>().is_ok() && hash.len() == 8 && hash.bytes().all(is_hex)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", path.display());
    let size = std::fs::metadata(path).with_context(cannot)?.len();
    if size > MAX_BYTES {
        bail!("{}: expected at most {MAX_BYTES} bytes, found {size}", path.display());
    }
    std::fs::read_to_string(path).with_context(cannot)
}

/// Temporary folders are for their owner only; models hold no customer's data, and other jobs read them.
#[cfg(unix)]
pub(crate) fn set_permissions(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
pub(crate) fn set_permissions(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
