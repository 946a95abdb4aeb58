//! `show` and `diff`: documents, and what differs between them.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::api::Client;
use crate::cli::App;
use crate::cli::args::{DiffArgs, DiffFormat, GlobalArgs, ShowArgs};
use crate::cli::progress::warns_of_waits;
use crate::cli::render::{self, Output};
use crate::cli::settings::{Settings, VaultPlace};
use crate::cli::{times, token};
use crate::commands::entities::{find, find_all};
use crate::commands::failure::{Exit, Failure, Kind};
use crate::commands::field::FieldPath;
use crate::commands::reading::Place;
use crate::commands::store::Access;
use crate::commands::{diff, show};
use crate::entities::{self, Entity};
use crate::model::VersionWord;
use crate::vault::Vault;

/// `show`.
pub async fn show(
    app: &App,
    global: &GlobalArgs,
    args: &ShowArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let entity = find(&args.entity)?;
    let word = word(app, &args.version, output)?;
    let field = args.field.as_deref().map(FieldPath::parse).transpose()?;
    let settings = Settings::load(global, &app.environment)?;
    let place = settings.vault()?;
    let client = client(app, &settings, &place, &[Some(&word)], output)?;
    let place = at(&place, client.as_ref());
    let asked = show::Asked {
        entity,
        id: &args.id,
        word: &word,
        field: field.as_ref(),
    };
    match (show::run(&place, &asked).await?, &field) {
        // One text that was asked for by name is printed as it is, for people and shells.
        (Value::String(text), Some(_)) if !output.json => {
            let _ = output.data(&format!("{text}\n"));
        }
        (document, _) => output.document(&document),
    }
    Ok(Exit::Ok)
}

/// `diff` of one object, or since a time.
pub async fn diff(
    app: &App,
    global: &GlobalArgs,
    args: &DiffArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let differs = match (&args.entity, &args.id) {
        (Some(entity), Some(id)) => object(app, global, args, find(entity)?, id, output).await?,
        _ => store(app, global, args, output)?,
    };
    Ok(if differs && args.exit_code {
        Exit::Differs
    } else {
        Exit::Ok
    })
}

async fn object(
    app: &App,
    global: &GlobalArgs,
    args: &DiffArgs,
    entity: &'static Entity,
    id: &str,
    output: &Output,
) -> Result<bool, Failure> {
    let read = |text: &Option<String>| text.as_deref().map(|t| word(app, t, output)).transpose();
    let (from, to) = (read(&args.from)?, read(&args.to)?);
    let settings = Settings::load(global, &app.environment)?;
    let place = settings.vault()?;
    let client = client(
        app,
        &settings,
        &place,
        &[from.as_ref(), to.as_ref()],
        output,
    )?;
    let place = at(&place, client.as_ref());
    let asked = diff::Asked {
        entity,
        id,
        from,
        to,
        all_fields: args.all_fields,
    };
    let report = diff::run(&place, &asked).await?;
    let format = args.format.unwrap_or(DiffFormat::Summary);
    match (format, output.json) {
        // The form is asked for by name: it is JSON by itself.
        (DiffFormat::JsonPatch, _) => output.document(&report.patch()),
        (_, true) => output.document(&report.difference),
        (_, false) => render::diff::object(output, &report, format),
    }
    Ok(!report.is_empty())
}

fn store(
    app: &App,
    global: &GlobalArgs,
    args: &DiffArgs,
    output: &Output,
) -> Result<bool, Failure> {
    let only = find_all(&args.only)?;
    let time = |name: &str, what: &str, word: &Option<String>| {
        let Some(word) = word else { return Ok(None) };
        let moment = times::flag(name, word, app.clock.now(), &TimeZone::system())?;
        if let Some(note) = times::note(what, moment) {
            output.note(note);
        }
        Ok::<_, Failure>(Some(moment.at))
    };
    let since = time("--since", "since", &args.since)?.ok_or_else(|| {
        Failure::new(
            Kind::Usage,
            "say what to compare: ENTITY and ID, or --since TIME",
        )
    })?;
    let until = time("--until", "until", &args.until)?;
    if until.is_some_and(|until| until < since) {
        return Err(Failure::new(Kind::BadTime, "--until lies before --since")
            .hint("exchange the two: --since is the earlier time (2d is earlier than 1h)"));
    }
    let entities = if only.is_empty() {
        entities::all()
    } else {
        only.as_slice()
    };
    let place = Settings::load(global, &app.environment)?.vault()?;
    let mut rows = render::diff::Changes::new(output);
    let asked = diff::Since {
        since,
        until,
        entities,
    };
    let shown = diff::since(&at(&place, None), &asked, &mut |change| rows.row(&change))?;
    rows.finish();
    if shown == 0 && !output.json {
        output.note("nothing changed");
    }
    Ok(shown > 0)
}

fn at<'a>(place: &'a VaultPlace, client: Option<&'a Client>) -> Place<'a> {
    Place {
        db: &place.path,
        hash: place.hash.as_deref(),
        client,
    }
}

/// Reads a version's word; a time that left something to be understood is said.
fn word(app: &App, text: &str, output: &Output) -> Result<VersionWord, Failure> {
    let mut understood = None;
    let parsed = VersionWord::parse(text, |time| {
        let moment = times::moment(time, app.clock.now(), &TimeZone::system())?;
        understood = times::note(text, moment);
        Ok(moment.at)
    });
    if let Some(note) = understood {
        output.note(note);
    }
    parsed.map_err(|bad| {
        Failure::new(Kind::BadVersion, format!("'{}' is not a version", bad.word)).hint(bad.why)
    })
}

/// A client, if one of the words is `live`. The store is the one that was named, or the one that
/// the version store belongs to.
fn client(
    app: &App,
    settings: &Settings<'_>,
    place: &VaultPlace,
    words: &[Option<&VersionWord>],
    output: &Output,
) -> Result<Option<Client>, Failure> {
    if !words.contains(&Some(&VersionWord::Live)) {
        return Ok(None);
    }
    let store = match &place.hash {
        Some(hash) => settings.store_of(hash)?,
        None => settings.store_of(Vault::open(&place.path, None)?.store_hash())?,
    };
    let found = token::find(&store, &app.environment, true)?;
    if let Some(warning) = found.warning {
        output.warn(warning);
    }
    let access = Access {
        hash: store.hash,
        api_url: store.api_url,
        token: found.token,
        quota_share: store.quota_share,
        waits: Some(warns_of_waits(output)),
    };
    access.client(&app.cancel).map(Some)
}
