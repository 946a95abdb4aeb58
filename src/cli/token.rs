//! Where an access token comes from, and where `login` leaves it. No token is ever printed.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::environment::Environment;
use super::settings::Store;
use crate::commands::failure::{Failure, Kind};

/// The keyring's name for what is ours.
const SERVICE: &str = "vortex";
/// How long the keyring may take: long enough for a person to type its password.
const KEYRING_WAIT: Duration = Duration::from_secs(60);
/// No token is longer; a larger file is not a token.
const TOKEN_BYTES_MAX: usize = 4096;

/// A token, and what the user should know about the place where it was found.
pub struct Found {
    /// The token.
    pub token: SecretString,
    /// A warning, when others can read it.
    pub warning: Option<String>,
}

/// Why a keyring did not serve.
pub enum KeyringError {
    /// It works and has no such entry.
    NoEntry,
    /// There is none, or it refuses.
    Absent(String),
}

/// The token for a store: environment, file, keyring. `alone` is false when several stores are
/// worked on, where a token in the environment could only be right for one of them.
pub fn find(store: &Store, environment: &Environment, alone: bool) -> Result<Found, Failure> {
    if alone {
        if let Some(word) = environment.text("VORTEX_TOKEN")? {
            let token = clean(&word, "VORTEX_TOKEN")?;
            return Ok(Found {
                token,
                warning: None,
            });
        }
        if let Some(path) = environment.path("VORTEX_TOKEN_FILE") {
            return read_file(&path);
        }
    }
    if let Some(path) = &store.token_file {
        return read_file(path);
    }
    let kept = match environment.keyring {
        true => keyring_get(&store.hash),
        false => Err(KeyringError::Absent("not asked".into())),
    };
    match kept {
        Ok(token) => Ok(Found {
            token: clean(token.expose_secret(), "the keyring")?,
            warning: None,
        }),
        Err(why) => Err(no_token(store, &why, alone)),
    }
}

/// The token for a store that is restored into beside the one to work on: from the environment under
/// a name of its own, its profile's file, the keyring. Never what is meant for the other one.
pub fn find_other(store: &Store, environment: &Environment) -> Result<Found, Failure> {
    if let Some(word) = environment.text("VORTEX_TO_TOKEN")? {
        let token = clean(&word, "VORTEX_TO_TOKEN")?;
        return Ok(Found {
            token,
            warning: None,
        });
    }
    find(store, environment, false).map_err(|failure| {
        if failure.kind != Kind::NoToken || store.token_file.is_some() {
            return failure;
        }
        failure.hint(
            "set VORTEX_TO_TOKEN, run `vortex login --store NAME` for that store, or put \
             token_file = \"...\" into its profile; VORTEX_TOKEN is never sent to another store",
        )
    })
}

/// The client secret by which events are signed, where there is one: environment, file, keyring.
/// Having none is no fault: events are then known by the secret header alone.
pub fn client_secret(store: &Store, environment: &Environment) -> Result<Option<Found>, Failure> {
    if let Some(word) = environment.text("VORTEX_CLIENT_SECRET")? {
        let token = clean(&word, "VORTEX_CLIENT_SECRET")?;
        return Ok(Some(Found {
            token,
            warning: None,
        }));
    }
    if let Some(path) = environment.path("VORTEX_CLIENT_SECRET_FILE") {
        return read_file(&path).map(Some);
    }
    if !environment.keyring {
        return Ok(None);
    }
    match keyring_get(&client_secret_entry(&store.hash)) {
        Ok(secret) => Ok(Some(Found {
            token: clean(secret.expose_secret(), "the keyring")?,
            warning: None,
        })),
        Err(_) => Ok(None),
    }
}

/// The keyring's name for a store's client secret.
pub fn client_secret_entry(hash: &str) -> String {
    format!("{hash}/client-secret")
}

fn no_token(store: &Store, why: &KeyringError, alone: bool) -> Failure {
    let keyring = match why {
        KeyringError::NoEntry => "the keyring has none".to_owned(),
        KeyringError::Absent(_) => "there is no keyring to ask on this machine".to_owned(),
    };
    let called = store.name.as_deref().unwrap_or(&store.hash);
    let (text, hint) = match alone {
        true => (
            format!("no token for store {called}: VORTEX_TOKEN is not set and {keyring}"),
            "set VORTEX_TOKEN, or VORTEX_TOKEN_FILE to a file that holds the token; \
             on a desktop `vortex login` keeps it in the keyring",
        ),
        false => (
            format!("no token for store {called}: {keyring}"),
            "run `vortex login --store NAME` for each store, or put token_file = \"...\" into its \
             profile; VORTEX_TOKEN can't serve several stores",
        ),
    };
    Failure::new(Kind::NoToken, text).hint(hint)
}

/// Reads a token from a file, and warns when others than its owner can read it.
pub fn read_file(path: &Path) -> Result<Found, Failure> {
    let wrong = |why: String| {
        Failure::new(
            Kind::NoToken,
            format!("can't read the token file {}: {why}", path.display()),
        )
        .hint("the file must hold the token and nothing else")
    };
    let facts = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if facts.len() > TOKEN_BYTES_MAX as u64 {
        return Err(wrong("it is too large to be a token".into()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let token = clean(&text, &path.display().to_string())?;
    Ok(Found {
        token,
        warning: open_to_others(path, &facts),
    })
}

#[cfg(unix)]
fn open_to_others(path: &Path, facts: &std::fs::Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let others = facts.permissions().mode() & 0o077 != 0;
    others.then(|| {
        let path = path.display();
        format!("others on this machine can read the token file {path} (chmod 600 {path})")
    })
}

#[cfg(not(unix))]
fn open_to_others(_path: &Path, _facts: &std::fs::Metadata) -> Option<String> {
    None
}

/// A token is one word of visible ASCII; what can't stand in an HTTP header is no token.
pub fn clean(text: &str, place: &str) -> Result<SecretString, Failure> {
    let word = text.trim();
    let wrong = |why: &str| Failure::new(Kind::NoToken, format!("the token in {place} {why}"));
    if word.is_empty() {
        return Err(wrong("is empty"));
    }
    if word.len() > TOKEN_BYTES_MAX || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("is not a token: one word of letters and digits is"));
    }
    Ok(SecretString::from(word))
}

/// Writes the token into a file that its owner alone can read.
pub fn write_file(path: &Path, token: &SecretString) -> Result<PathBuf, Failure> {
    let text = format!("{}\n", token.expose_secret());
    super::private::write(path, text.as_bytes())
        .map_err(|error| Failure::io("write the token file", path, &error))?;
    std::path::absolute(path).map_err(|error| Failure::io("find", path, &error))
}

/// Puts the token into the keyring.
pub fn keyring_put(hash: &str, token: &SecretString) -> Result<(), KeyringError> {
    let token = token.clone();
    asked(hash, move |entry| entry.set_password(token.expose_secret()))
}

fn keyring_get(hash: &str) -> Result<SecretString, KeyringError> {
    asked(hash, |entry| entry.get_password().map(SecretString::from))
}

/// Asks the keyring on a thread of its own: its client blocks, and may block for long where a
/// message bus exists and nobody answers.
fn asked<T: Send + 'static>(
    hash: &str,
    ask: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeyringError> {
    let hash = hash.to_owned();
    let (answer, wait) = mpsc::channel();
    std::thread::spawn(move || {
        let result = keyring::Entry::new(SERVICE, &hash).and_then(|entry| ask(&entry));
        // Nobody may be waiting any more; then there is nobody to tell.
        let _ = answer.send(result);
    });
    match wait.recv_timeout(KEYRING_WAIT) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(keyring::Error::NoEntry)) => Err(KeyringError::NoEntry),
        Ok(Err(error)) => Err(KeyringError::Absent(error.to_string())),
        Err(_) => Err(KeyringError::Absent("it does not answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> Store {
        Store {
            name: None,
            hash: "abc123".into(),
            db: "x.db".into(),
            api_url: "http://127.0.0.1:1".into(),
            quota_share: 0.8,
            images: true,
            exclude: Vec::new(),
            token_file: None,
        }
    }

    fn found(environment: &Environment, alone: bool) -> Result<String, Failure> {
        let found = find(&store(), environment, alone)?;
        Ok(found.token.expose_secret().to_owned())
    }

    #[test]
    fn the_variable_beats_the_file_and_white_space_around_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "from-file\n").unwrap();
        let environment = Environment::default().with("VORTEX_TOKEN_FILE", file.as_os_str());
        assert_eq!(found(&environment, true).unwrap(), "from-file");
        let environment = environment.with("VORTEX_TOKEN", " from-variable ");
        assert_eq!(found(&environment, true).unwrap(), "from-variable");
    }

    #[test]
    fn one_token_in_the_environment_never_serves_several_stores() {
        let environment = Environment::default().with("VORTEX_TOKEN", "x");
        let failure = found(&environment, false).unwrap_err();
        assert_eq!(failure.kind, Kind::NoToken);
        assert!(failure.hint.unwrap().contains("token_file"));
    }

    #[test]
    fn without_a_keyring_the_error_names_the_variable_and_the_file() {
        let failure = found(&Environment::default(), true).unwrap_err();
        let hint = failure.hint.unwrap();
        assert!(
            hint.contains("VORTEX_TOKEN,") && hint.contains("VORTEX_TOKEN_FILE"),
            "{hint}"
        );
    }

    #[test]
    fn what_can_not_be_a_token_is_refused_without_being_repeated() {
        for text in ["", "  \n", "two words", "lötkolben", "a\u{7}b"] {
            let failure = clean(text, "VORTEX_TOKEN").unwrap_err();
            let repeats = !text.trim().is_empty() && failure.message.contains(text.trim());
            assert!(!repeats, "{failure}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_token_file_that_others_can_read_earns_a_warning() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "x").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            read_file(&file)
                .unwrap()
                .warning
                .unwrap()
                .contains("chmod 600")
        );
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read_file(&file).unwrap().warning.is_none());
    }
}
