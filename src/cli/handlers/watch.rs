//! `watch` and `hooks`: from arguments to a service that tells what it does.

use std::net::SocketAddr;
use std::sync::Arc;

use super::super::settings::{Settings, Store};
use crate::cli::App;
use crate::cli::args::{GlobalArgs, HooksArgs, HooksCommand, WatchArgs};
use crate::cli::render::{self, Output};
use crate::cli::token;
use crate::commands::failure::{Exit, Failure};
use crate::commands::store::Access;
use crate::commands::{backup, hooks, watch};
use crate::engines::monitor::Silent;
use crate::engines::watch::{Captured, Ensured, Watcher};
use crate::model::RunReport;

/// Tells the service manager, where there is one, and the reader.
struct Telling<'a> {
    output: &'a Output,
}

impl Watcher for Telling<'_> {
    fn listening(&self, at: SocketAddr, admin: Option<SocketAddr>) {
        render::watch::listening(self.output, at, admin);
        notify(&[sd_notify::NotifyState::Ready]);
    }

    fn hooks(&self, done: &Ensured) {
        render::watch::hooks(self.output, done);
    }

    fn captured(&self, what: &Captured) {
        render::watch::captured(self.output, what);
    }

    fn swept(&self, report: &RunReport) {
        render::watch::swept(self.output, report);
    }

    fn warning(&self, text: &str) {
        render::watch::warning(self.output, text);
    }

    fn alive(&self) {
        notify(&[sd_notify::NotifyState::Watchdog]);
    }

    fn draining(&self) {
        notify(&[sd_notify::NotifyState::Stopping]);
        render::watch::draining(self.output);
    }
}

/// Without a service manager this does nothing; one that doesn't listen is no fault of ours.
fn notify(states: &[sd_notify::NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

/// `watch`.
pub async fn watch(
    app: &App,
    global: &GlobalArgs,
    args: &WatchArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let chosen = backup::choose(&args.only.entity, &[], &[])?;
    watch::public_url(&args.public_url)?;
    let settings = Settings::load(global, &app.environment)?;
    let store = settings.store()?;
    let entities = match args.only.entity.is_empty() {
        true => backup::choose(&[], &[], &store.exclude)?,
        false => chosen,
    };
    let access = access(app, &store, args.quota_share, output)?;
    let client_secret = token::client_secret(&store, &app.environment)?;
    match &client_secret {
        Some(found) => found
            .warning
            .iter()
            .for_each(|warning| output.warn(warning)),
        None => output.note(
            "no client secret is known: events are trusted by the secret header alone, their \
             signatures are not checked (VORTEX_CLIENT_SECRET)",
        ),
    }
    let options = watch::Options {
        access,
        db: &store.db,
        entities,
        public_url: args.public_url.clone(),
        listen: args.listen,
        admin_listen: args.admin_listen,
        tls: args.tls_cert.clone().zip(args.tls_key.clone()),
        sweep: args.sweep,
        remove_hooks: args.remove_hooks,
        client_secret: client_secret.map(|found| found.token),
        wait: global.wait,
        waiting: &|busy| output.note(format!("{busy}; waiting for it")),
        clock: Arc::clone(&app.clock),
    };
    let telling = Telling { output };
    let summary = watch::run(options, &telling, &Silent, &app.cancel).await?;
    render::watch::summary(output, &summary);
    Ok(Exit::Ok)
}

fn access(
    app: &App,
    store: &Store,
    quota_share: Option<f64>,
    output: &Output,
) -> Result<Access, Failure> {
    let found = token::find(store, &app.environment, true)?;
    if let Some(warning) = found.warning {
        output.warn(warning);
    }
    Ok(Access {
        hash: store.hash.clone(),
        api_url: store.api_url.clone(),
        token: found.token,
        quota_share: quota_share.unwrap_or(store.quota_share),
        waits: None,
    })
}

/// `hooks`.
pub async fn hooks(
    app: &App,
    global: &GlobalArgs,
    args: &HooksArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let settings = Settings::load(global, &app.environment)?;
    if let HooksCommand::Test = &args.command {
        let place = settings.vault()?;
        let tested = hooks::test(&place.path, place.hash.as_deref()).await?;
        match output.json {
            true => output.document(&tested),
            false => render::watch::tested(output, &tested),
        }
        return Ok(match tested.ok {
            true => Exit::Ok,
            false => Exit::Differs,
        });
    }
    let store = settings.store()?;
    let place = hooks::Place {
        access: access(app, &store, None, output)?,
        db: &store.db,
        clock: app.clock.as_ref(),
    };
    let cancel = &app.cancel;
    let changed = match &args.command {
        HooksCommand::List | HooksCommand::Test => {
            let rows = hooks::all(&place, cancel).await?;
            match output.json {
                true => output.document(&rows),
                false => render::watch::list(output, &rows),
            }
            return Ok(Exit::Ok);
        }
        HooksCommand::Enable { entity, public_url } => {
            hooks::enable(&place, entity, public_url.as_deref(), cancel).await?
        }
        HooksCommand::Disable { entity } => hooks::disable(&place, entity, cancel).await?,
    };
    match output.json {
        true => output.document(&changed),
        false => render::watch::changed(output, &changed),
    }
    Ok(match changed.failed.is_empty() {
        true => Exit::Ok,
        false => Exit::Partial,
    })
}
