//! `login`: asks, tries, keeps.

use std::io::{BufRead, Read};
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Serialize;

use crate::cli::App;
use crate::cli::args::{GlobalArgs, LoginArgs};
use crate::cli::profile::{self, Entry};
use crate::cli::progress::warns_of_waits;
use crate::cli::render::{self, Output};
use crate::cli::settings::{API_URL, Settings, Store, check_hash};
use crate::cli::token::{self, KeyringError};
use crate::commands::failure::{Exit, Failure, Kind};
use crate::commands::login::{self, Readable, Row};
use crate::commands::store::{Access, check_origin};

/// A token on standard input is a line; more than this is something else.
const STDIN_BYTES_MAX: u64 = 64 * 1024;

/// What a login came to.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The store hash.
    pub store: String,
    /// The profile's name; none was written when the token could not be kept.
    pub profile: Option<String>,
    /// The config file that holds the profile.
    pub config: PathBuf,
    /// Where the token was left: `keyring`, `file` or `nowhere`.
    pub token: &'static str,
    /// A client secret was left in the keyring, too.
    pub client_secret: bool,
    /// What the token can read.
    pub entities: Vec<Row>,
}

/// Runs it.
pub async fn run(
    app: &App,
    global: &GlobalArgs,
    args: &LoginArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let settings = Settings::load_or_begin(global, &app.environment)?;
    if let Some(name) = &args.name {
        profile::check_name(name)?;
    }
    let named = global.store.is_some() || app.environment.text("VORTEX_STORE_HASH")?.is_some();
    let given = if named { settings.hash()? } else { None };
    let asks = app.environment.stdin_terminal && !args.token_stdin;
    let hash = match given {
        Some(hash) => hash,
        None if asks => check_hash(ask_line(output, "Store hash: ")?.trim())?,
        None => {
            return Err(Failure::new(Kind::NoStore, "no store hash was given")
                .hint("give --store HASH when there is no terminal to ask on"));
        }
    };
    let store = settings.store_of(&hash)?;
    if let Some(name) = &args.name {
        check_free(&settings, &store, name)?;
    }
    // Nobody should type a token for an address that it must not go to.
    check_origin(&store.api_url)?;
    let secret = secret(app, args, asks)?;
    let access = Access {
        hash: hash.clone(),
        api_url: store.api_url.clone(),
        token: secret.clone(),
        quota_share: store.quota_share,
        waits: Some(warns_of_waits(output)),
    };
    let rows = login::probe(&access.client(&app.cancel)?).await?;
    if rows.iter().all(|row| row.read == Readable::No) {
        return Err(Failure::new(
            Kind::Forbidden,
            "the token can read nothing that is backed up",
        )
        .hint("`vortex entities` lists the scopes; a wrong store hash looks the same"));
    }
    let kept = keep(app, args, &store, &secret)?;
    let client_secret = kept.place == "keyring" && keep_client_secret(app, &store, asks, output)?;
    let config = settings.config_path().ok_or_else(|| {
        Failure::new(Kind::Config, "this system has no folder for settings")
            .hint("name the config file with --config FILE")
    })?;
    let profile = args
        .name
        .clone()
        .or(store.name)
        .unwrap_or_else(|| hash.clone());
    // A profile without its token would only be in the way of the next login.
    let profile = match kept.trouble {
        Some(_) => None,
        None => {
            let entry = Entry {
                name: profile,
                hash: hash.clone(),
                api_url: (store.api_url != API_URL).then(|| store.api_url.clone()),
                token_file: kept.file.clone(),
            };
            profile::save(config, &entry)?;
            Some(entry.name)
        }
    };
    let report = Report {
        store: hash,
        profile,
        config: config.to_owned(),
        token: kept.place,
        client_secret,
        entities: rows,
    };
    match output.json {
        true => output.document(&report),
        false => render::login::text(output, &report),
    }
    Ok(match kept.trouble {
        None => Exit::Ok,
        Some(why) => {
            output.problem(format!("the token could not be kept: {why}"));
            output.note(
                "hint: run it again with --token-file FILE; or set VORTEX_TOKEN, or \
                 VORTEX_TOKEN_FILE to a file that holds the token",
            );
            Exit::Partial
        }
    })
}

/// A store has one profile: a second one would leave no command knowing which is meant.
fn check_free(settings: &Settings<'_>, store: &Store, name: &str) -> Result<(), Failure> {
    let profiles = &settings.config().stores;
    let is_there = profiles.get(name).is_some_and(|p| p.hash == store.hash);
    match &store.name {
        Some(other) if !is_there => Err(Failure::new(
            Kind::Usage,
            format!("store {} is the profile '{other}' already", store.hash),
        )
        .hint(format!(
            "leave --name out to log '{other}' in anew, or rename [stores.{other}] in the config \
             file first"
        ))),
        _ => Ok(()),
    }
}

struct Kept {
    place: &'static str,
    file: Option<PathBuf>,
    trouble: Option<String>,
}

fn keep(
    app: &App,
    args: &LoginArgs,
    store: &Store,
    secret: &SecretString,
) -> Result<Kept, Failure> {
    if let Some(path) = &args.token_file {
        let file = Some(token::write_file(path, secret)?);
        return Ok(Kept {
            place: "file",
            file,
            trouble: None,
        });
    }
    let put = match app.environment.keyring {
        true => token::keyring_put(&store.hash, secret),
        false => Err(KeyringError::Absent("not asked".into())),
    };
    Ok(match put {
        Ok(()) => Kept {
            place: "keyring",
            file: None,
            trouble: None,
        },
        Err(KeyringError::NoEntry) => Kept {
            place: "nowhere",
            file: None,
            trouble: Some("the keyring refused it".into()),
        },
        Err(KeyringError::Absent(why)) => {
            let trouble = format!("this machine has no keyring that answers ({why})");
            Kept {
                place: "nowhere",
                file: None,
                trouble: Some(trouble),
            }
        }
    })
}

/// Keeps the client secret by which webhooks are signed, where there is one: that of the environment,
/// or one that is typed.
fn keep_client_secret(
    app: &App,
    store: &Store,
    asks: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let secret = match app.environment.text("VORTEX_CLIENT_SECRET")? {
        Some(word) => token::clean(&word, "VORTEX_CLIENT_SECRET")?,
        None if asks => {
            let question = "Client secret, for signed webhooks (not shown; Enter for none): ";
            let typed = rpassword::prompt_password(question);
            let typed =
                typed.map_err(|error| Failure::new(Kind::Io, format!("can't ask: {error}")))?;
            if typed.trim().is_empty() {
                return Ok(false);
            }
            token::clean(&typed, "what was typed")?
        }
        None => return Ok(false),
    };
    let kept = token::keyring_put(&token::client_secret_entry(&store.hash), &secret).is_ok();
    if !kept {
        output.warn("the client secret could not be kept: set VORTEX_CLIENT_SECRET for `watch`");
    }
    Ok(kept)
}

fn secret(app: &App, args: &LoginArgs, asks: bool) -> Result<SecretString, Failure> {
    if args.token_stdin {
        let mut text = String::new();
        let read = std::io::stdin()
            .take(STDIN_BYTES_MAX)
            .read_to_string(&mut text);
        read.map_err(|error| Failure::new(Kind::Io, format!("can't read the token: {error}")))?;
        return token::clean(&text, "standard input");
    }
    if let Some(word) = app.environment.text("VORTEX_TOKEN")? {
        return token::clean(&word, "VORTEX_TOKEN");
    }
    if let Some(path) = app.environment.path("VORTEX_TOKEN_FILE") {
        return Ok(token::read_file(&path)?.token);
    }
    if !asks {
        return Err(
            Failure::new(Kind::Usage, "there is no terminal to ask for the token on")
                .hint("pipe the token in with --token-stdin, or set VORTEX_TOKEN"),
        );
    }
    let typed = rpassword::prompt_password("API token (not shown): ");
    let typed = typed.map_err(|error| Failure::new(Kind::Io, format!("can't ask: {error}")))?;
    token::clean(&typed, "what was typed")
}

fn ask_line(output: &Output, question: &str) -> Result<String, Failure> {
    output.write_error(question);
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::new(Kind::Io, format!("can't ask: {error}")))?;
    Ok(line)
}
