//! The config file: profiles of stores. Read whole and strictly, written by adding one table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::commands::failure::{Failure, Kind};

/// A config file is a page of text; anything larger is a mistake.
const BYTES_MAX: u64 = 1 << 20;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The profile that serves when no other is named.
    pub default: Option<String>,
    /// Profiles by name.
    #[serde(default)]
    pub stores: BTreeMap<String, Profile>,
}

/// One store's settings.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The store hash.
    pub hash: String,
    /// The version store's file.
    pub db: Option<PathBuf>,
    /// The API origin.
    pub api_url: Option<String>,
    /// The share of the store's quota that a backup uses.
    pub quota_share: Option<f64>,
    /// Whether a backup fetches the bytes of images; it does unless this is false.
    pub images: Option<bool>,
    /// Entities that a backup leaves out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// A file that holds the token, where there is no keyring.
    pub token_file: Option<PathBuf>,
}

impl Config {
    /// Reads the file. One that isn't there is an empty config, unless the user named it.
    pub fn read(path: &Path, named: bool) -> Result<Self, Failure> {
        let length = match std::fs::metadata(path) {
            Ok(facts) => facts.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(Failure::new(
                    Kind::Config,
                    format!("can't read the config file {}: {error}", path.display()),
                ));
            }
        };
        if length > BYTES_MAX {
            let text = format!("the config file {} is larger than 1 MiB", path.display());
            return Err(Failure::new(Kind::Config, text));
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(
                Kind::Config,
                format!("can't read the config file {}: {error}", path.display()),
            )
        })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        let config: Self = toml::from_str(text).map_err(|error| wrong(text, path, &error))?;
        for (name, profile) in &config.stores {
            profile.check().map_err(|(key, why)| {
                let at = format!("{}: [stores.{name}] {key}", path.display());
                Failure::new(Kind::Config, format!("{at}: {why}"))
            })?;
        }
        match &config.default {
            Some(name) if !config.stores.contains_key(name) => {
                let at = path.display();
                let text = format!("{at}: default = \"{name}\", but there is no [stores.{name}]");
                let nearest = nearest(name, config.stores.keys().map(String::as_str));
                let failure = Failure::new(Kind::Config, text);
                Err(match nearest {
                    Some(nearest) => failure.hint(format!("did you mean '{nearest}'?")),
                    None => failure,
                })
            }
            _ => Ok(config),
        }
    }

    /// The profile that has this hash, with its name.
    pub fn by_hash(&self, hash: &str) -> Option<(&str, &Profile)> {
        let mut found = self
            .stores
            .iter()
            .filter(|(_, profile)| profile.hash == hash);
        found.next().map(|(name, profile)| (name.as_str(), profile))
    }

    /// The profile that serves when none is named: the default one, or the only one.
    pub fn standing(&self) -> Option<(&str, &Profile)> {
        let name = match &self.default {
            Some(name) => name,
            None if self.stores.len() == 1 => self.stores.keys().next()?,
            None => return None,
        };
        self.stores
            .get_key_value(name)
            .map(|(name, profile)| (name.as_str(), profile))
    }
}

impl Profile {
    fn check(&self) -> Result<(), (&'static str, String)> {
        super::settings::check_hash(&self.hash).map_err(|failure| ("hash", failure.message))?;
        match self.quota_share {
            Some(share) if !(share > 0.0 && share <= 1.0) => {
                Err(("quota_share", "must be above 0 and at most 1".into()))
            }
            _ => Ok(()),
        }
    }
}

/// One line that says where the file is wrong and how.
fn wrong(text: &str, path: &Path, error: &toml::de::Error) -> Failure {
    let line = error
        .span()
        .map(|span| text[..span.start].matches('\n').count() + 1);
    let at = match line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    };
    let message = error.message().replace('\n', " ");
    Failure::new(Kind::Config, format!("{at}: {message}")).hint(
        "keys: default; under [stores.NAME]: hash, db, api_url, quota_share, images, exclude, \
         token_file",
    )
}

/// The nearest of some names, if one is near enough to have been meant.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LIKENESS_MIN: f64 = 0.75;
    let word = word.to_lowercase();
    let liked = names.map(|name| (strsim::jaro_winkler(&word, &name.to_lowercase()), name));
    let best = liked.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= LIKENESS_MIN).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Failure> {
        Config::parse(text, Path::new("config.toml"))
    }

    #[test]
    fn profiles_are_read_by_name() {
        let config = parse(
            "default = 'main'\n[stores.main]\nhash = 'abc123'\nexclude = ['orders']\n\
             [stores.test]\nhash = 'def456'\nquota_share = 0.5\n",
        )
        .unwrap();
        assert_eq!(config.standing().unwrap().1.exclude, ["orders"]);
        assert_eq!(config.by_hash("def456").unwrap().0, "test");
    }

    #[test]
    fn the_only_profile_serves_without_a_default_but_one_of_two_does_not() {
        let one = parse("[stores.main]\nhash = 'abc123'").unwrap();
        assert_eq!(one.standing().unwrap().0, "main");
        let two = parse("[stores.a]\nhash = 'a1'\n[stores.b]\nhash = 'b1'").unwrap();
        assert!(two.standing().is_none());
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let failure = parse("[stores.main]\nhash = 'abc123'\ntoken = 'x'\n").unwrap_err();
        assert_eq!(failure.kind, Kind::Config);
        assert!(
            failure
                .message
                .starts_with("config.toml:3: unknown field `token`"),
            "{failure}"
        );
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for (text, says) in [
            (
                "default = 'mian'\n[stores.main]\nhash = 'a1'",
                "no [stores.mian]",
            ),
            ("[stores.main]\nhash = 'a/b'", "[stores.main] hash"),
            (
                "[stores.main]\nhash = 'a1'\nquota_share = 1.5",
                "quota_share",
            ),
            ("[stores.main]\ndb = 'x'", "missing field `hash`"),
            ("[stores", "config.toml:1"),
        ] {
            let failure = parse(text).unwrap_err();
            assert!(failure.message.contains(says), "{failure}");
        }
    }

    #[test]
    fn a_missing_file_is_an_empty_config_unless_it_was_named() {
        let path = Path::new("/nowhere/config.toml");
        assert!(Config::read(path, false).unwrap().stores.is_empty());
        assert_eq!(Config::read(path, true).unwrap_err().kind, Kind::Config);
    }

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let names = ["brands", "products", "categories"];
        assert_eq!(nearest("brnads", names.into_iter()), Some("brands"));
        assert_eq!(nearest("zzz", names.into_iter()), None);
    }
}
