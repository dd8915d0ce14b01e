//! The files of the append-only file, and the manifest that names them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use ferrous_persist::aof::{BaseFormat, FileKind, LogFile, Manifest};

use crate::config::persistence::Persistence as Parameters;
use crate::persistence::directory;

/// The directory, and what its manifest says.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    directory: PathBuf,
    /// What the names of the files begin with.
    prefix: String,
    /// What is to be loaded, and what is to be deleted.
    pub(crate) manifest: Manifest,
}

impl Files {
    /// The files that are there.
    ///
    /// # Errors
    /// When the manifest is damaged, or is missing although there are files that it should name.
    pub(crate) fn find(parameters: &Parameters) -> anyhow::Result<Self> {
        let text = |text: &crate::config::value::Text| text.to_string_lossy();
        let mut files = Self {
            directory: PathBuf::from(text(&parameters.appenddirname)),
            prefix: text(&parameters.appendfilename),
            manifest: Manifest::default(),
        };
        let path = files.manifest_path();
        match fs::read(&path) {
            Ok(bytes) => {
                files.manifest = Manifest::parse(&bytes).with_context(|| {
                    format!(
                        "{} is damaged. Restore it from a backup, or write it anew: one line 'file NAME seq NUMBER type \
                         LETTER' for the base (b) and for each increment (i), in order",
                        path.display()
                    )
                })?;
                files.finish_conversion()?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => files.without_manifest()?,
            Err(error) => {
                return Err(error).with_context(|| format!("reading {}", path.display()));
            }
        }
        Ok(files)
    }

    /// Deals with a directory that has no manifest: there is nothing in it, or there is a log of old beside it.
    fn without_manifest(&mut self) -> anyhow::Result<()> {
        let orphans = self.orphans();
        if !orphans.is_empty() {
            bail!(
                "{} is missing, but {} holds {}. Restore the manifest from a backup, or write it anew: one line 'file \
                 NAME seq NUMBER type LETTER' for the base (b) and for each increment (i), in order. To start without \
                 this data, move the files away",
                self.manifest_path().display(),
                self.directory.display(),
                orphans.join(", ")
            );
        }
        let single = PathBuf::from(&self.prefix);
        if single.is_file() {
            self.convert(&single)?;
        }
        Ok(())
    }

    /// Names of files that look as if they belonged to the log.
    fn orphans(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| self.is_ours(name)).collect();
        names.sort_unstable();
        names
    }

    fn is_ours(&self, name: &str) -> bool {
        let parts = name
            .strip_prefix(&self.prefix)
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|rest| rest.split_once('.'));
        parts.is_some_and(|(number, kind)| {
            number.bytes().all(|byte| byte.is_ascii_digit())
                && matches!(kind, "base.rdb" | "base.aof" | "incr.aof")
        })
    }

    /// Makes a log that is one file, as servers before Redis 7 wrote it, the base of this one.
    fn convert(&mut self, single: &Path) -> anyhow::Result<()> {
        tracing::info!(
            "Making {} the base of the append-only files in {}",
            single.display(),
            self.directory.display()
        );
        self.create_directory()?;
        self.manifest = Manifest::of_single_file(&self.prefix);
        self.store(&self.manifest)?;
        self.take_over(single)
    }

    /// Goes on with a conversion that a crash has interrupted when the manifest was written and the file not moved yet.
    fn finish_conversion(&self) -> anyhow::Result<()> {
        let single = Path::new(&self.prefix);
        let base = self.manifest.base.as_ref();
        let is_expected =
            base.is_some_and(|base| base.name == self.prefix && !self.path(base).exists());
        if is_expected && single.is_file() {
            self.take_over(single)?;
        }
        Ok(())
    }

    /// Moves a log that is one file to where the manifest says that it is.
    fn take_over(&self, single: &Path) -> anyhow::Result<()> {
        let target = self.directory.join(&self.prefix);
        fs::rename(single, &target)
            .with_context(|| format!("moving {} into {}", single.display(), target.display()))?;
        directory::sync_parent(&target)?;
        directory::sync_parent(single)?;
        Ok(())
    }

    /// True when there is nothing to load.
    pub(crate) fn is_empty(&self) -> bool {
        self.manifest.files().next().is_none()
    }

    /// Where a file is.
    pub(crate) fn path(&self, file: &LogFile) -> PathBuf {
        self.directory.join(&file.name)
    }

    fn manifest_path(&self) -> PathBuf {
        self.directory.join(format!("{}.manifest", self.prefix))
    }

    /// The bytes of a file; 0 when it is not there.
    pub(crate) fn bytes(&self, file: &LogFile) -> u64 {
        fs::metadata(self.path(file)).map_or(0, |data| data.len())
    }

    /// The bytes of all files to be loaded.
    pub(crate) fn total_bytes(&self) -> u64 {
        self.manifest.files().map(|file| self.bytes(file)).sum()
    }

    /// Makes the directory, if it is not there.
    pub(crate) fn create_directory(&self) -> anyhow::Result<()> {
        match fs::create_dir(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error)
                .with_context(|| format!("Can't create directory {}", self.directory.display())),
            _ => {
                ensure!(
                    self.directory.is_dir(),
                    "{} is not a directory",
                    self.directory.display()
                );
                directory::sync_parent(&self.directory)?;
                Ok(())
            }
        }
    }

    /// Writes a manifest in the place of the one that is there.
    pub(crate) fn store(&self, manifest: &Manifest) -> anyhow::Result<()> {
        let path = self.manifest_path();
        directory::replace(&path, manifest.to_string().as_bytes())
            .with_context(|| format!("writing {}", path.display()))
    }

    /// Begins an increment: makes the file. The manifest names it only in memory.
    pub(crate) fn begin_increment(&mut self) -> anyhow::Result<File> {
        self.create_directory()?;
        let mut manifest = self.manifest.clone();
        let path = self.path(manifest.begin_increment(&self.prefix));
        let file = File::create(&path)
            .with_context(|| format!("Can't open the append-only file {}", path.display()))?;
        directory::sync_parent(&path)?;
        self.manifest = manifest;
        Ok(file)
    }

    /// Opens the last increment to go on with it; nothing when there is none. Returns its size, too.
    pub(crate) fn open_last_increment(&self) -> anyhow::Result<Option<(File, u64)>> {
        let Some(last) = self.manifest.increments.last() else {
            return Ok(None);
        };
        let path = self.path(last);
        let file = OpenOptions::new()
            .write(true)
            .open(&path)
            .with_context(|| format!("Can't open the append-only file {}", path.display()))?;
        let size = file.metadata()?.len();
        Ok(Some((file, size)))
    }

    /// Makes the file at `temporary` the base, in the place of the old one and of all increments but the last `kept`.
    pub(crate) fn replace_base(
        &mut self,
        temporary: directory::NewFile,
        format: BaseFormat,
        kept: usize,
    ) -> anyhow::Result<()> {
        let mut manifest = self.manifest.clone();
        let path = self.path(manifest.replace_base(&self.prefix, format, kept));
        temporary
            .keep_as(&path)
            .with_context(|| format!("giving {} its name", path.display()))?;
        self.store(&manifest)?;
        self.manifest = manifest;
        Ok(())
    }

    /// Takes the last increment back, which holds nothing that is needed.
    pub(crate) fn drop_last_increment(&mut self) {
        if let Some(file) = self.manifest.increments.pop() {
            // It may be gone with its directory.
            let _ = fs::remove_file(self.path(&file));
        }
    }

    /// Deletes what is no longer part of the log.
    ///
    /// # Errors
    /// When the manifest cannot be written; what is deleted is named there as something to delete, which does no harm.
    pub(crate) fn delete_history(&mut self) -> anyhow::Result<()> {
        let history = self.manifest.take_history();
        if history.is_empty() {
            return Ok(());
        }
        for file in &history {
            debug_assert_eq!(file.kind, FileKind::History);
            match fs::remove_file(self.path(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!("Removing {}: {error}", self.path(file).display());
                }
                _ => tracing::info!("Removing the history file {}", file.name),
            }
        }
        self.store(&self.manifest)
    }
}
