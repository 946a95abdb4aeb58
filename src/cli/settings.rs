//! What was meant: flags, environment, profile and defaults, put together in that order.

mod other;

use std::path::{Path, PathBuf};

use super::args::GlobalArgs;
use super::config::{Config, Profile, nearest};
use super::environment::Environment;
use crate::commands::failure::{Failure, Kind};

/// BigCommerce's own API.
pub const API_URL: &str = "https://api.bigcommerce.com";
/// What a backup takes of a store's quota: the rest is for the merchant's other apps.
pub const QUOTA_SHARE: f64 = 0.8;
/// No store hash is longer; BigCommerce's have about ten characters.
const HASH_CHARS_MAX: usize = 64;

/// One store, with all that is needed to work on it except the token.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    /// The profile's name, where there is one.
    pub name: Option<String>,
    /// The store hash.
    pub hash: String,
    /// The version store's file.
    pub db: PathBuf,
    /// The API's origin.
    pub api_url: String,
    /// The share of the quota to use.
    pub quota_share: f64,
    /// Whether a backup fetches the bytes of images.
    pub images: bool,
    /// Entities that a backup leaves out.
    pub exclude: Vec<String>,
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
}

/// Where a reading command finds its version store.
#[derive(Debug, Clone, PartialEq)]
pub struct VaultPlace {
    /// The file.
    pub path: PathBuf,
    /// The store that it must belong to, if one was named.
    pub hash: Option<String>,
}

/// A store that was chosen: its profile's name, its hash, its profile.
type Chosen<'a> = (Option<String>, String, Option<&'a Profile>);

/// The global flags, the environment and the config file.
pub struct Settings<'a> {
    global: &'a GlobalArgs,
    environment: &'a Environment,
    config: Config,
    config_path: Option<PathBuf>,
}

impl<'a> Settings<'a> {
    /// Reads the config file, if there is one; one that was named must be there.
    pub fn load(global: &'a GlobalArgs, environment: &'a Environment) -> Result<Self, Failure> {
        Self::read(global, environment, true)
    }

    /// The same for `login`, which makes the file.
    pub fn load_or_begin(
        global: &'a GlobalArgs,
        environment: &'a Environment,
    ) -> Result<Self, Failure> {
        Self::read(global, environment, false)
    }

    fn read(
        global: &'a GlobalArgs,
        environment: &'a Environment,
        must_be_there: bool,
    ) -> Result<Self, Failure> {
        let named = global
            .config
            .clone()
            .filter(|path| !path.as_os_str().is_empty());
        let named = named.or_else(|| environment.path("VORTEX_CONFIG"));
        let standard = || {
            Some(
                environment
                    .config_dir
                    .as_ref()?
                    .join("vortex")
                    .join("config.toml"),
            )
        };
        let (config_path, is_named) = match named {
            Some(path) => (Some(path), true),
            None => (standard(), false),
        };
        let config = match &config_path {
            Some(path) => Config::read(path, is_named && must_be_there)?,
            None => Config::default(),
        };
        Ok(Self {
            global,
            environment,
            config,
            config_path,
        })
    }

    /// Where the config file is, or would be.
    pub fn config_path(&self) -> Option<&Path> {
        self.config_path.as_deref()
    }

    /// The config as read.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store to work on.
    pub fn store(&self) -> Result<Store, Failure> {
        let (name, hash, profile) = self.chosen()?.ok_or_else(|| self.no_store())?;
        self.assemble(name, hash, profile, true)
    }

    /// The store hash, if one was given anywhere; for `login`, which asks otherwise.
    pub fn hash(&self) -> Result<Option<String>, Failure> {
        Ok(self.chosen()?.map(|(_, hash, _)| hash))
    }

    /// A store by its hash, with the settings of its profile, if it has one.
    pub fn store_of(&self, hash: &str) -> Result<Store, Failure> {
        let hash = check_hash(hash)?;
        let found = self.config.by_hash(&hash);
        let (name, profile) = found.unzip();
        self.assemble(name.map(str::to_owned), hash, profile, true)
    }

    /// Every profile's store.
    pub fn all_stores(&self) -> Result<Vec<Store>, Failure> {
        if self.config.stores.is_empty() {
            return Err(
                Failure::new(Kind::NoStore, "--all-stores: the config has no profiles")
                    .hint("`vortex login --name NAME` writes one"),
            );
        }
        let every = self.config.stores.iter();
        every
            .map(|(name, profile)| {
                self.assemble(
                    Some(name.clone()),
                    profile.hash.clone(),
                    Some(profile),
                    false,
                )
            })
            .collect()
    }

    /// The version store to read. With `--db` no store need be named: the file knows its own.
    pub fn vault(&self) -> Result<VaultPlace, Failure> {
        let chosen = self.chosen()?;
        match (self.db_given(), chosen) {
            (Some(path), None) => Ok(VaultPlace { path, hash: None }),
            (_, Some((name, hash, profile))) => {
                // A file named by hand must not be checked against a profile that nobody named.
                let implied = self.named().is_none() && self.db_given().is_some();
                let store = self.assemble(name, hash, profile, true)?;
                let hash = if implied { None } else { Some(store.hash) };
                Ok(VaultPlace {
                    path: store.db,
                    hash,
                })
            }
            (None, None) => Err(self.no_store()),
        }
    }

    /// The entities that a store's profile leaves out.
    pub fn excluded(&self, hash: &str) -> Vec<String> {
        let profile = self.config.by_hash(hash);
        profile
            .map(|(_, profile)| profile.exclude.clone())
            .unwrap_or_default()
    }

    /// What the user named a store by: the flag, or the environment.
    fn named(&self) -> Option<&str> {
        self.global.store.as_deref().filter(|word| !word.is_empty())
    }

    fn chosen(&self) -> Result<Option<Chosen<'_>>, Failure> {
        if let Some(word) = self.named() {
            if let Some(profile) = self.config.stores.get(word) {
                return Ok(Some((
                    Some(word.to_owned()),
                    profile.hash.clone(),
                    Some(profile),
                )));
            }
            let hash = check_hash(word).map_err(|failure| self.or_profile(word, failure))?;
            return Ok(Some(self.with_profile(hash)));
        }
        if let Some(word) = self.environment.text("VORTEX_STORE_HASH")? {
            return Ok(Some(self.with_profile(check_hash(&word)?)));
        }
        let standing = self.config.standing();
        Ok(standing
            .map(|(name, profile)| (Some(name.to_owned()), profile.hash.clone(), Some(profile))))
    }

    fn with_profile(&self, hash: String) -> Chosen<'_> {
        match self.config.by_hash(&hash) {
            Some((name, profile)) => (Some(name.to_owned()), hash, Some(profile)),
            None => (None, hash, None),
        }
    }

    /// A word that is no hash may be a misspelt profile.
    fn or_profile(&self, word: &str, failure: Failure) -> Failure {
        match nearest(word, self.config.stores.keys().map(String::as_str)) {
            Some(name) => failure.hint(format!("did you mean the profile '{name}'?")),
            None => failure,
        }
    }

    fn no_store(&self) -> Failure {
        let failure = Failure::new(Kind::NoStore, "no store was named");
        let count = self.config.stores.len();
        if count > 1 {
            let names: Vec<&str> = self.config.stores.keys().map(String::as_str).collect();
            return failure.hint(format!(
                "the config has {count} profiles: name one with --store ({}) or set default = \
                 in the config",
                names.join(", ")
            ));
        }
        failure.hint("give --store HASH, set VORTEX_STORE_HASH, or run `vortex login`")
    }

    fn db_given(&self) -> Option<PathBuf> {
        let flag = self
            .global
            .db
            .clone()
            .filter(|path| !path.as_os_str().is_empty());
        flag.or_else(|| self.environment.path("VORTEX_DB"))
    }

    /// `alone` is false when several stores are worked on: then what names one file or one origin
    /// for all of them does not count for the file.
    fn assemble(
        &self,
        name: Option<String>,
        hash: String,
        profile: Option<&Profile>,
        alone: bool,
    ) -> Result<Store, Failure> {
        let given = if alone { self.db_given() } else { None };
        let of_profile = || profile.and_then(|profile| profile.db.as_deref().map(|p| self.near(p)));
        let standard = || {
            Some(
                self.environment
                    .data_dir
                    .as_ref()?
                    .join("vortex")
                    .join(format!("{hash}.db")),
            )
        };
        let db = given.or_else(of_profile).or_else(standard).ok_or_else(|| {
            Failure::new(Kind::Usage, "this system has no folder for data")
                .hint("name the version store with --db FILE")
        })?;
        let flag = self.global.api_url.clone().filter(|url| !url.is_empty());
        let api_url = match flag {
            Some(url) => Some(url),
            None => self.environment.text("VORTEX_API_URL")?,
        };
        let api_url = api_url.or_else(|| profile?.api_url.clone());
        Ok(Store {
            name,
            db,
            api_url: api_url.unwrap_or_else(|| API_URL.to_owned()),
            quota_share: profile
                .and_then(|profile| profile.quota_share)
                .unwrap_or(QUOTA_SHARE),
            images: profile.and_then(|profile| profile.images).unwrap_or(true),
            exclude: profile
                .map(|profile| profile.exclude.clone())
                .unwrap_or_default(),
            token_file: profile
                .and_then(|profile| profile.token_file.as_deref())
                .map(|p| self.near(p)),
            hash,
        })
    }

    /// A path in the config is meant from the config's own folder, or from the user's with `~/`.
    fn near(&self, path: &Path) -> PathBuf {
        if let (Ok(below), Some(home)) = (path.strip_prefix("~"), &self.environment.home) {
            return home.join(below);
        }
        match self.config_path.as_deref().and_then(Path::parent) {
            Some(folder) => folder.join(path),
            None => path.to_owned(),
        }
    }
}

/// A store hash has letters and digits only; anything else would end up in a path.
pub fn check_hash(word: &str) -> Result<String, Failure> {
    let plain = !word.is_empty()
        && word.len() <= HASH_CHARS_MAX
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain {
        return Ok(word.to_owned());
    }
    let failure = Failure::new(Kind::BadHash, format!("'{word}' is not a store hash"));
    let inside = word
        .split("stores/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    Err(match inside {
        Some(hash) if !hash.is_empty() && check_hash(hash).is_ok() => {
            failure.hint(format!("only the part behind stores/ is it: {hash}"))
        }
        _ => failure.hint(
            "letters and digits only, as in the API path https://api.bigcommerce.com/stores/HASH/v3/",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "default = 'main'\n[stores.main]\nhash = 'abc123'\ndb = 'main.db'\n\
                       api_url = 'http://127.0.0.1:1'\n[stores.test]\nhash = 'def456'\n";

    struct Case {
        global: GlobalArgs,
        environment: Environment,
        _folder: tempfile::TempDir,
    }

    fn case(config: &str) -> Case {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("vortex")).unwrap();
        std::fs::write(folder.path().join("vortex/config.toml"), config).unwrap();
        let mut environment = Environment::default();
        environment.config_dir = Some(folder.path().to_owned());
        environment.data_dir = Some(PathBuf::from("/data"));
        Case {
            global: GlobalArgs::default(),
            environment,
            _folder: folder,
        }
    }

    #[test]
    fn a_flag_beats_the_environment_and_that_beats_the_profile() {
        let mut case = case(TWO);
        let store = |case: &Case| {
            Settings::load(&case.global, &case.environment)
                .unwrap()
                .store()
        };
        assert_eq!(store(&case).unwrap().hash, "abc123");
        assert_eq!(store(&case).unwrap().api_url, "http://127.0.0.1:1");
        case.environment = case.environment.with("VORTEX_STORE_HASH", "env1");
        case.environment = case
            .environment
            .with("VORTEX_API_URL", "http://127.0.0.1:2");
        assert_eq!(store(&case).unwrap().hash, "env1");
        assert_eq!(store(&case).unwrap().api_url, "http://127.0.0.1:2");
        case.global.store = Some("test".into());
        case.global.api_url = Some("http://127.0.0.1:3".into());
        assert_eq!(store(&case).unwrap().hash, "def456");
        assert_eq!(store(&case).unwrap().api_url, "http://127.0.0.1:3");
    }

    #[test]
    fn the_version_store_is_named_by_the_hash_unless_somebody_says_otherwise() {
        let mut case = case(TWO);
        case.global.store = Some("test".into());
        let place = Settings::load(&case.global, &case.environment)
            .unwrap()
            .vault()
            .unwrap();
        assert_eq!(place.path, Path::new("/data/vortex/def456.db"));
        case.global.store = Some("abc123".into());
        let place = Settings::load(&case.global, &case.environment)
            .unwrap()
            .vault()
            .unwrap();
        assert!(place.path.ends_with("vortex/main.db"), "{place:?}");
        assert_eq!(place.hash.as_deref(), Some("abc123"));
    }

    #[test]
    fn a_file_named_by_hand_is_not_held_against_a_profile_that_nobody_named() {
        let mut case = case(TWO);
        case.global.db = Some("/elsewhere.db".into());
        let place = Settings::load(&case.global, &case.environment)
            .unwrap()
            .vault()
            .unwrap();
        assert_eq!(
            place,
            VaultPlace {
                path: "/elsewhere.db".into(),
                hash: None
            }
        );
        case.global.store = Some("test".into());
        let place = Settings::load(&case.global, &case.environment)
            .unwrap()
            .vault()
            .unwrap();
        assert_eq!(place.hash.as_deref(), Some("def456"));
    }

    #[test]
    fn no_store_anywhere_is_a_usage_error_with_a_hint() {
        let case = case("");
        let settings = Settings::load(&case.global, &case.environment).unwrap();
        let failure = settings.store().unwrap_err();
        assert_eq!(failure.kind, Kind::NoStore);
        assert_eq!(failure.exit().code(), 2);
        assert!(failure.hint.unwrap().contains("VORTEX_STORE_HASH"));
    }

    #[test]
    fn a_hash_has_letters_and_digits_only() {
        assert_eq!(check_hash("abc123").unwrap(), "abc123");
        for word in ["", "a/b", "a b", "../x", "äbc", "a1?x=1"] {
            assert_eq!(
                check_hash(word).unwrap_err().kind,
                Kind::BadHash,
                "{word:?} passed"
            );
        }
        let url = "https://api.bigcommerce.com/stores/abc123/v3/";
        assert!(
            check_hash(url)
                .unwrap_err()
                .hint
                .unwrap()
                .ends_with(": abc123")
        );
    }

    #[test]
    fn all_stores_have_files_of_their_own() {
        let case = case(TWO);
        let settings = Settings::load(&case.global, &case.environment).unwrap();
        let stores = settings.all_stores().unwrap();
        assert_eq!(stores.len(), 2);
        assert_ne!(stores[0].db, stores[1].db);
    }
}
