//! `entities`, `list`, `runs`, `status`, `verify`: look and tell.

use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;

use crate::cli::App;
use crate::cli::args::{GlobalArgs, ListArgs, StatusArgs, VerifyArgs};
use crate::cli::render::{self, Output};
use crate::cli::settings::Settings;
use crate::cli::times;
use crate::commands::entities::find;
use crate::commands::failure::{Exit, Failure};
use crate::commands::list::{ObjectFilter, StateFilter};
use crate::commands::{entities, list, runs, status, verify};
use crate::entities::Entity;

/// `entities`.
pub fn entities(output: &Output) -> Exit {
    let rows = entities::run();
    match output.json {
        true => output.document(&rows),
        false => render::entities::text(output, &rows),
    }
    Exit::Ok
}

/// `list` in its three forms.
pub fn list(
    app: &App,
    global: &GlobalArgs,
    args: &ListArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let entity = args.entity.as_deref().map(find).transpose()?;
    let filter = filter(app, args, output)?;
    let place = Settings::load(global, &app.environment)?.vault()?;
    match (entity, &args.id) {
        (None, _) => {
            let rows = list::overview(&place.path, place.hash.as_deref())?;
            match output.json {
                true => output.document(&rows),
                false => render::list::overview(output, &rows),
            }
        }
        (Some(entity), Some(id)) => {
            let rows = list::versions(&place.path, place.hash.as_deref(), entity, id)?;
            match output.json {
                true => output.document(&rows),
                false => render::list::versions(output, &rows),
            }
        }
        (Some(entity), None) => {
            objects(&place.path, place.hash.as_deref(), entity, &filter, output)?
        }
    }
    Ok(Exit::Ok)
}

fn filter(app: &App, args: &ListArgs, output: &Output) -> Result<ObjectFilter, Failure> {
    let changed_since = match &args.changed_since {
        None => None,
        Some(word) => {
            let zone = TimeZone::system();
            let moment = times::flag("--changed-since", word, app.clock.now(), &zone)?;
            if let Some(note) = times::note("changed since", moment) {
                output.note(note);
            }
            Some(moment.at)
        }
    };
    let state = match (args.deleted, args.all) {
        (true, _) => StateFilter::Deleted,
        (_, true) => StateFilter::All,
        _ => StateFilter::Live,
    };
    Ok(ObjectFilter {
        state,
        changed_since,
        search: args.search.clone(),
        words: None,
        limit: args.limit,
    })
}

fn objects(
    db: &std::path::Path,
    hash: Option<&str>,
    entity: &Entity,
    filter: &ObjectFilter,
    output: &Output,
) -> Result<(), Failure> {
    let mut rows = render::list::Objects::new(output);
    let listed = list::objects(db, hash, entity, filter, &mut |row| rows.row(&row));
    // What was listed before a failure is closed properly all the same.
    match listed {
        Ok(0) if !output.json => {
            output.note(format!("no {} match", entity.name));
            Ok(())
        }
        Ok(_) => {
            rows.finish();
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// `runs`.
pub fn runs(app: &App, global: &GlobalArgs, output: &Output) -> Result<Exit, Failure> {
    let place = Settings::load(global, &app.environment)?.vault()?;
    let rows = runs::run(&place.path, place.hash.as_deref())?;
    match output.json {
        true => output.document(&rows),
        false => render::list::runs(output, &rows),
    }
    Ok(Exit::Ok)
}

/// `status`.
pub fn status(
    app: &App,
    global: &GlobalArgs,
    args: &StatusArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let settings = Settings::load(global, &app.environment)?;
    let place = settings.vault()?;
    let options = status::Options {
        max_age: args.max_age,
        now: app.clock.now(),
        excluded: &|hash| settings.excluded(hash),
    };
    let report = status::run(&place.path, place.hash.as_deref(), &options)?;
    match output.json {
        true => output.document(&report),
        false if output.quiet && report.healthy => {}
        false => render::status::text(output, &report),
    }
    Ok(if report.healthy {
        Exit::Ok
    } else {
        Exit::Differs
    })
}

/// `verify`.
pub fn verify(
    app: &App,
    global: &GlobalArgs,
    args: &VerifyArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let place = Settings::load(global, &app.environment)?.vault()?;
    let depth = match (args.quick, args.deep) {
        (true, _) => verify::Depth::Quick,
        (_, true) => verify::Depth::Deep,
        _ => verify::Depth::Normal,
    };
    let style = ProgressStyle::with_template(
        "{spinner} {human_pos} of {human_len} versions {bar:32} {eta}",
    );
    let bar =
        ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let bar = output.bars.add(bar);
    let report = verify::run(
        &place.path,
        place.hash.as_deref(),
        depth,
        &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        },
    );
    bar.finish_and_clear();
    let report = report?;
    match output.json {
        true => output.document(&report),
        false => render::status::verified(output, &report),
    }
    Ok(if report.ok { Exit::Ok } else { Exit::Differs })
}
