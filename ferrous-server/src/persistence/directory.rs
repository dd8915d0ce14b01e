//! Files that appear whole or not at all, and stay when the power goes.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that is being written under another name than the one it will have. Dropped before it is kept, it is removed.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl NewFile {
    /// Creates it, in place of whatever is there.
    ///
    /// # Errors
    /// When the system does not.
    pub(crate) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        Ok(Self {
            file,
            path,
            kept: false,
        })
    }

    /// The file, to write to.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the file durable and gives it the name `target`, in place of whatever has it.
    ///
    /// # Errors
    /// When the system does not; the file at `target` is as it was, unless it is the last step that failed.
    pub(crate) fn keep_as(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        self.kept = true;
        sync_parent(target)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // It may be gone with its directory.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Puts `bytes` into the file `target`, whole or not at all.
///
/// # Errors
/// When the system does not; what the file held before it still holds.
pub(crate) fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let mut file = NewFile::create(target.with_file_name(name))?;
    file.file().write_all(bytes)?;
    file.keep_as(target)
}

/// Makes the names in the directory that holds `path` durable.
///
/// # Errors
/// When the system does not.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Ok(()),
    };
    File::open(parent)?.sync_all()
}
