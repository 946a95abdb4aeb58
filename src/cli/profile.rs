//! How `login` leaves a profile in the config file: one table is added or its keys replaced, and
//! every other line, comments too, stays as it is.

use std::path::{Path, PathBuf};

use super::config::Config;
use crate::commands::failure::{Failure, Kind};

/// What `login` knows of a store.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The profile's name.
    pub name: String,
    /// The store hash.
    pub hash: String,
    /// The API origin, when it isn't BigCommerce's own.
    pub api_url: Option<String>,
    /// Where the token was left, when not in the keyring.
    pub token_file: Option<PathBuf>,
}

/// Writes the profile; the file is made if there is none.
pub fn save(path: &Path, entry: &Entry) -> Result<(), Failure> {
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::io("read the config file", path, &error)),
    };
    let after = with(&before, entry);
    // A file that would not be read back must not be written.
    let read: Result<Config, _> = toml::from_str(&after);
    let kept = read.is_ok_and(|config| {
        config
            .stores
            .get(&entry.name)
            .is_some_and(|profile| profile.hash == entry.hash)
    });
    if !kept {
        let text = format!("the profile can't be added to {} by itself", path.display());
        return Err(Failure::new(Kind::Config, text).hint(format!(
            "add it by hand: [stores.{}] hash = \"{}\"",
            entry.name, entry.hash
        )));
    }
    super::private::write(path, after.as_bytes())
        .map_err(|error| Failure::io("write the config file", path, &error))
}

/// The text with the profile in it.
fn with(before: &str, entry: &Entry) -> String {
    let mut keys = vec![("hash", Some(entry.hash.clone()))];
    keys.push(("api_url", entry.api_url.clone()));
    let file = entry
        .token_file
        .as_ref()
        .map(|path| path.display().to_string());
    keys.push(("token_file", file));

    let header = format!("[stores.{}]", entry.name);
    let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
    let start = match lines
        .iter()
        .position(|line| line.split('#').next().is_some_and(|l| l.trim() == header))
    {
        Some(at) => at + 1,
        None => {
            if lines.last().is_some_and(|line| !line.trim().is_empty()) {
                lines.push(String::new());
            }
            lines.push(header);
            lines.len()
        }
    };
    // Each new key goes to the top, so the first comes last.
    for (key, value) in keys.into_iter().rev() {
        let end = lines[start..]
            .iter()
            .position(|line| line.trim_start().starts_with('['));
        let end = end.map_or(lines.len(), |more| start + more);
        let is_key = |line: &String| {
            line.split('=')
                .next()
                .is_some_and(|word| word.trim() == key)
        };
        let at = lines[start..end]
            .iter()
            .position(is_key)
            .map(|more| start + more);
        let line = value.map(|value| format!("{key} = {}", toml::Value::String(value)));
        match (at, line) {
            (Some(at), Some(line)) => lines[at] = line,
            (Some(at), None) => drop(lines.remove(at)),
            (None, Some(line)) => lines.insert(start, line),
            (None, None) => {}
        }
    }
    lines.join("\n") + "\n"
}

/// A profile's name: what stands bare in a TOML header.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(());
    }
    Err(
        Failure::new(Kind::Usage, format!("'{name}' can't be a profile's name"))
            .hint("letters, digits, - and _"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            name: "main".into(),
            hash: "abc123".into(),
            api_url: None,
            token_file: None,
        }
    }

    #[test]
    fn a_profile_is_added_and_every_other_line_stays() {
        let before = "# mine\ndefault = 'other'\n\n[stores.other] # the old shop\nhash = 'x1'\n";
        let after = with(before, &entry());
        assert_eq!(
            after,
            format!("{before}\n[stores.main]\nhash = \"abc123\"\n")
        );
    }

    #[test]
    fn a_profile_that_is_there_keeps_its_other_keys() {
        let before = "[stores.main]\n# nightly\nexclude = ['orders']\nhash = 'old1'\n\
                      token_file = '/old'\n[stores.z]\nhash = 'z1'\n";
        let after = with(before, &entry());
        let config: Config = toml::from_str(&after).unwrap();
        assert_eq!(config.stores["main"].hash, "abc123");
        assert_eq!(config.stores["main"].exclude, ["orders"]);
        assert_eq!(config.stores["main"].token_file, None);
        assert_eq!(config.stores["z"].hash, "z1");
        assert!(after.contains("# nightly"));
    }

    #[test]
    fn a_file_that_would_not_be_read_back_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let text = "stores = { main = { hash = 'old1' } }\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(save(&path, &entry()).unwrap_err().kind, Kind::Config);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn names_are_plain_words() {
        assert!(check_name("my-shop_2").is_ok());
        for name in ["", "a.b", "a b", "a]"] {
            assert!(check_name(name).is_err(), "{name:?} passed");
        }
    }
}
