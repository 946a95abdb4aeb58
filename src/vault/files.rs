//! The files that a vault is made of, and who may read them: nobody but their owner.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

use super::error::Error;

/// Makes a file that is created by these options readable by its owner only.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the folder that `path` stands in, where it isn't there, for its owner only.
pub(super) fn make_folder(path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) else {
        return Ok(());
    };
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|e| Error::io("making the folder", folder, e))
}

/// Makes sure that a private file stands at `path`; an existing one is left as it is.
pub(super) fn make_file(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    match private(&mut options).open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(Error::io("creating", path, e)),
    }
}

/// Takes the rights of others away from a file that is ours.
pub(super) fn make_private(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let failed = |e| Error::io("making private", path, e);
        let mode = std::fs::metadata(path)
            .map_err(failed)?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(path, private).map_err(failed)?;
        }
    }
    Ok(())
}

/// What a look at the path, before SQLite touches it, says.
pub(super) enum Look {
    /// Nothing there, or a file without a byte.
    Nothing,
    /// An SQLite file, by its first bytes.
    Database,
    /// Something else; says what.
    Other(&'static str),
}

/// Looks at what stands at `path` without changing it.
pub(super) fn look(path: &Path) -> Result<Look, Error> {
    use std::io::Read;
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";

    let failed = |e| Error::io("opening", path, e);
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Look::Nothing),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
            return Ok(Look::Other("a part of its path is a file, not a folder"));
        }
        Err(e) => return Err(failed(e)),
    };
    if meta.is_dir() {
        return Ok(Look::Other("it is a folder"));
    }
    if !meta.is_file() {
        return Ok(Look::Other("it is a device or the like, not a file"));
    }
    if meta.len() == 0 {
        return Ok(Look::Nothing);
    }
    let mut start = Vec::with_capacity(MAGIC.len());
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut start)
        .map_err(failed)?;
    Ok(if start == MAGIC {
        Look::Database
    } else {
        Look::Other("it is not an SQLite database")
    })
}
