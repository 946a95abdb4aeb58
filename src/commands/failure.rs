//! What can go wrong, for the person at the keyboard: a kind, one line of text, a hint, and the
//! exit code that scripts see. Every error of the layers below becomes one of these here.

use serde::Serialize;
use serde::ser::SerializeStruct;

/// How the process ends. The numbers are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, whole.
    Ok = 0,
    /// Nothing that was asked for succeeded.
    Failed = 1,
    /// The command line or the config is wrong.
    Usage = 2,
    /// Done in part; what failed is named.
    Partial = 3,
    /// The store refused the credentials, or the token lacks the scope for all that was asked.
    Refused = 4,
    /// Another vortex is working on this version store.
    Busy = 5,
    /// There are differences, or something is not healthy.
    Differs = 6,
    /// Stopped by a signal.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $variant:ident $word:literal $exit:ident),+ $(,)?) => {
        /// What kind of failure: the word for scripts (`error.kind` in JSON).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$meta])* $variant),+ }

        impl Kind {
            /// The word as it stands in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The exit code that goes with it.
            pub fn exit(self) -> Exit {
                match self { $(Self::$variant => Exit::$exit),+ }
            }
        }
    };
}

kinds! {
    /// A flag or argument that is not understood.
    Usage "usage" Usage,
    /// The config file can't be used.
    Config "config" Usage,
    /// No such entity.
    UnknownEntity "unknown_entity" Usage,
    /// A word that is no version.
    BadVersion "bad_version" Usage,
    /// A word that is no time.
    BadTime "bad_time" Usage,
    /// A word that is no path into a document.
    BadField "bad_field" Usage,
    /// A word that is no store hash.
    BadHash "bad_hash" Usage,
    /// An address that a token must not go to.
    BadUrl "bad_url" Usage,
    /// No store hash given anywhere.
    NoStore "no_store" Usage,
    /// No token given anywhere.
    NoToken "no_token" Usage,
    /// The version store is bound to another store.
    OtherStore "other_store" Usage,
    /// The id was never seen.
    UnknownObject "unknown_object" Failed,
    /// The version is not there.
    UnknownVersion "unknown_version" Failed,
    /// The version is a deletion: there is no document.
    Deleted "deleted" Failed,
    /// The document has no such field.
    UnknownField "unknown_field" Failed,
    /// There is no version store yet.
    NoVault "no_version_store" Failed,
    /// The file is not a version store.
    Foreign "not_a_version_store" Failed,
    /// The version store is damaged.
    Corrupt "corrupt" Failed,
    /// The version store was written by a newer vortex.
    TooNew "too_new" Failed,
    /// The folder or file can't be written.
    ReadOnly "read_only" Failed,
    /// The disk is full.
    DiskFull "disk_full" Failed,
    /// A file can't be read or written.
    Io "io" Failed,
    /// The store can't be reached.
    Network "network" Failed,
    /// The store answered with something that makes no sense, or with an error of its own.
    Store "store_error" Failed,
    /// The store's quota stayed spent for too long.
    RateLimited "rate_limited" Failed,
    /// 401.
    Unauthorized "unauthorized" Refused,
    /// 403.
    Forbidden "forbidden" Refused,
    /// Another vortex holds the lock.
    Busy "busy" Busy,
    /// Stopped by a signal.
    Interrupted "interrupted" Interrupted,
    /// Something vortex itself did not expect.
    Internal "internal" Failed,
}

/// One failure, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its kind, which settles the exit code.
    pub kind: Kind,
    /// What happened, to what, why: one line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file that can't be read or written.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull => Kind::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem => Kind::ReadOnly,
            _ => Kind::Io,
        };
        Self::new(kind, format!("can't {doing} {}: {error}", path.display()))
    }

    /// An entity's name that nobody knows, with the nearest that somebody does.
    pub fn unknown_entity(word: &str, nearest: Option<&str>) -> Self {
        let failure = Self::new(Kind::UnknownEntity, format!("there is no entity '{word}'"));
        match nearest {
            Some(name) => failure.hint(format!(
                "did you mean '{name}'? `vortex entities` lists all"
            )),
            None => failure.hint("`vortex entities` lists all"),
        }
    }

    /// Stopped by a signal.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted; what was captured is kept")
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.kind.exit()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("error", 4)?;
        fields.serialize_field("kind", self.kind.as_str())?;
        fields.serialize_field("message", &self.message)?;
        fields.serialize_field("hint", &self.hint)?;
        fields.serialize_field("exit_code", &self.exit().code())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_in_json_has_the_four_promised_fields() {
        let failure = Failure::unknown_entity("brnads", Some("brands"));
        assert_eq!(
            serde_json::to_value(&failure).unwrap(),
            serde_json::json!({
                "kind": "unknown_entity",
                "message": "there is no entity 'brnads'",
                "hint": "did you mean 'brands'? `vortex entities` lists all",
                "exit_code": 2,
            })
        );
    }
}
