//! A second store beside the one to work on: the one that is restored into. What is said for the
//! one to work on must never count for it.

use super::{API_URL, Settings, Store, check_hash};
use crate::cli::config::nearest;
use crate::commands::failure::{Failure, Kind};

impl Settings<'_> {
    /// Another store than the one to work on, by its profile's name or hash. What the flags and the
    /// environment say of a file or an origin is meant for the one to work on.
    pub fn other(&self, word: &str) -> Result<Store, Failure> {
        let named = self.config.stores.get_key_value(word);
        let found = named.map(|(name, profile)| (name.as_str(), profile));
        let Some((name, profile)) = found.or_else(|| self.config.by_hash(word)) else {
            let what = format!("--to-store: the config has no profile '{word}'");
            let known: Vec<&str> = self.config.stores.keys().map(String::as_str).collect();
            let hint = match nearest(word, known.iter().copied()) {
                Some(name) => format!("did you mean '{name}'?"),
                None if known.is_empty() => {
                    "`vortex login --name NAME` writes a profile".to_owned()
                }
                None => format!("the config has {}", known.join(", ")),
            };
            return Err(Failure::new(Kind::NoStore, what).hint(hint));
        };
        let hash = check_hash(&profile.hash)?;
        let mut store = self.assemble(Some(name.to_owned()), hash, Some(profile), false)?;
        store.api_url = profile
            .api_url
            .clone()
            .unwrap_or_else(|| API_URL.to_owned());
        Ok(store)
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::cli::args::GlobalArgs;
    use crate::cli::environment::Environment;

    #[test]
    fn another_store_has_nothing_of_what_was_said_for_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let config = "[stores.main]\nhash = 'abc123'\napi_url = 'http://127.0.0.1:1'\n\
                      [stores.test]\nhash = 'def456'\n";
        let path = folder.path().join("config.toml");
        std::fs::write(&path, config).unwrap();
        let mut environment = Environment::default().with("VORTEX_API_URL", "http://127.0.0.1:2");
        environment.data_dir = Some(PathBuf::from("/data"));
        let global = GlobalArgs {
            config: Some(path),
            api_url: Some("http://127.0.0.1:3".into()),
            db: Some("/elsewhere.db".into()),
            ..GlobalArgs::default()
        };
        let settings = Settings::load(&global, &environment).unwrap();
        let test = settings.other("test").unwrap();
        assert_eq!(
            (test.hash.as_str(), test.api_url.as_str()),
            ("def456", API_URL)
        );
        assert_eq!(test.db, Path::new("/data/vortex/def456.db"));
        assert_eq!(
            settings.other("abc123").unwrap().api_url,
            "http://127.0.0.1:1"
        );
        assert_eq!(settings.other("tset").unwrap_err().kind, Kind::NoStore);
    }
}
