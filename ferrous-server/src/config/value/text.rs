//! Texts: any bytes, and directories.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::{Assign, Refusal, Staged, Value, single};
use crate::config::{Parameter, error_text};

/// A live text: any bytes that the row's check lets pass.
#[derive(Debug, Default)]
pub struct Text(ArcSwap<Vec<u8>>);

impl Text {
    /// The bytes, without waiting for anybody.
    pub fn load(&self) -> Guard<Arc<Vec<u8>>> {
        self.0.load()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.load().is_empty()
    }

    /// The bytes as a path; `None` when there are none.
    pub fn path(&self) -> Option<PathBuf> {
        let bytes = self.load();
        (!bytes.is_empty()).then(|| OsStr::from_bytes(&bytes).into())
    }

    /// The bytes for people to read.
    pub fn to_string_lossy(&self) -> String {
        String::from_utf8_lossy(&self.load()).into_owned()
    }
}

impl Value for Text {
    fn stage(&self, row: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let text = single(words);
        row.verify(text)?;
        let text = Arc::new(text.to_vec());
        Ok(Box::new(move || self.0.store(text)))
    }

    fn show(&self) -> Vec<u8> {
        self.load().to_vec()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        vec![quoted(&self.load())]
    }
}

/// The text in quotes, as a line of a file takes it.
pub(super) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(text.len() + 2);
    ferrous_resp::quote_into(&mut line, text);
    line
}

/// A directory that exists. Entering it is left to the server.
#[derive(Debug, Default)]
pub struct Directory(ArcSwap<PathBuf>);

impl Directory {
    /// The absolute path.
    pub fn load(&self) -> Guard<Arc<PathBuf>> {
        self.0.load()
    }
}

impl Value for Directory {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let word = single(words);
        if word.is_empty() {
            return Err("dir can't be empty".into());
        }
        let path = Path::new(OsStr::from_bytes(word));
        let path = path.canonicalize().map_err(|error| error_text(&error))?;
        if !path.is_dir() {
            return Err(error_text(&io::Error::from_raw_os_error(libc::ENOTDIR)).into());
        }
        Ok(Box::new(move || self.0.store(Arc::new(path))))
    }

    fn show(&self) -> Vec<u8> {
        self.load().as_path().to_owned().into_os_string().into_vec()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        vec![quoted(&self.show())]
    }
}
