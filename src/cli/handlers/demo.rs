//! `demo`: plays the tour. Each command is printed as it would be typed and then runs through the
//! same code as if it had been.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::App;
use crate::cli::args::DemoArgs;
use crate::cli::render::Output;
use crate::cli::render::output::{BOLD, DIM, styled};
use crate::commands::demo::Tour;
use crate::commands::failure::{Exit, Failure, Kind};
use crate::model::clock::rfc3339_millis;

/// The tour in JSON.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    command: String,
    exit_code: u8,
}

/// Runs it.
pub async fn run(app: &App, args: &DemoArgs, output: &Output) -> Result<Exit, Failure> {
    let place = Place::new(args.keep.as_deref())?;
    let db = place.path().join("sandbox.db");
    // A tour that went on from another's history would tell of what nobody did.
    if db.exists() {
        let text = format!("{} holds a version store already", place.path().display());
        return Err(Failure::new(Kind::Usage, text).hint("name another folder, or remove it first"));
    }
    let tour = Tour::start().await?;
    let store = &tour.report;
    let mut environment = app
        .environment
        .bare()
        .with("VORTEX_API_URL", &store.url)
        .with("VORTEX_STORE_HASH", &store.store)
        .with("VORTEX_TOKEN", &store.token)
        .with("VORTEX_DB", db.as_os_str());
    environment.muted = output.json || output.quiet;
    let mut player = Player {
        app: App {
            environment,
            ..app.clone()
        },
        output,
        steps: Vec::new(),
    };
    player.say("A tour of vortex, on a sandbox store. Nothing of yours is read or written.");
    player.show(&format!(
        "export VORTEX_API_URL={} VORTEX_STORE_HASH={} VORTEX_TOKEN={}",
        store.url, store.store, store.token
    ));
    player.show(&format!("export VORTEX_DB={}", db.display()));

    player.say("The first backup reads everything there is.");
    player.run("backup").await?;
    let between = rfc3339_millis(app.clock.now());

    let day = tour.bad_day()?;
    player.say(&format!(
        "Now the merchant has a bad day: a price import loses the decimal point of {} prices, and \
         the brand '{}' and the category '{}' are deleted. The second backup finds it all.",
        day.repriced, day.brand.name, day.category.name
    ));
    player.run("backup").await?;

    player.say("What is in the version store now?");
    player.run("list").await?;
    player.say("Deletions are versions too.");
    player.run("list brands --deleted").await?;
    player.run(&format!("list brand {}", day.brand.id)).await?;
    player.say("What changed in the whole store between the two backups?");
    player.run(&format!("diff --since {between}")).await?;
    player.say(&format!("And in one product, '{}'?", day.product.name));
    player
        .run(&format!("diff product {}", day.product.id))
        .await?;
    player
        .run(&format!("show product {} v1 --field price", day.product.id))
        .await?;
    player
        .run(&format!(
            "diff product {} --format json-patch",
            day.product.id
        ))
        .await?;
    player.say("The import is undone: only prices, and nothing else.");
    player
        .run("restore --entity products --at run:1 --field price --yes")
        .await?;
    player.say(&format!(
        "'{}' comes back under a new id, and its products point to it again. First the plan.",
        day.brand.name
    ));
    player
        .run(&format!("restore brand {} --dry-run", day.brand.id))
        .await?;
    player
        .run(&format!("restore brand {} --yes", day.brand.id))
        .await?;
    player
        .run(&format!("restore category {} --yes", day.category.id))
        .await?;
    player.say("Its history goes on, and the old id still finds it. A backup finds nothing new.");
    player.run(&format!("list brand {}", day.brand.id)).await?;
    player.run("backup").await?;
    player.say("Would all of it come back? A rehearsal, into an empty store on this machine.");
    player.run("drill").await?;
    player.say("Is the backup healthy, and does every stored byte match its hash?");
    player.run("status").await?;
    player.run("verify").await?;

    player
        .say("That was the tour. With a store of your own: `vortex login`, then `vortex backup`.");
    if args.keep.is_some() {
        player.say(&format!("The version store is in {}.", db.display()));
    }
    if output.json {
        output.document(&Report {
            ok: true,
            steps: player.steps,
        });
    }
    Ok(Exit::Ok)
}

/// Where the tour's files are: a temporary folder that goes with the tour, or one to keep.
enum Place {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Place {
    fn new(keep: Option<&Path>) -> Result<Self, Failure> {
        match keep {
            Some(path) => {
                std::fs::create_dir_all(path).map_err(|e| Failure::io("make", path, &e))?;
                Ok(Self::Kept(path.to_owned()))
            }
            None => {
                let made = tempfile::Builder::new().prefix("vortex-demo-").tempdir();
                made.map(Self::Temporary).map_err(|e| {
                    Failure::io("make a folder in", Path::new("the temporary one"), &e)
                })
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

struct Player<'a> {
    app: App,
    output: &'a Output,
    steps: Vec<Step>,
}

impl Player<'_> {
    fn say(&self, text: &str) {
        if !self.app.environment.muted {
            self.output
                .line(format!("\n{}", styled(DIM, format_args!("# {text}"))));
        }
    }

    fn show(&self, line: &str) {
        if !self.app.environment.muted {
            self.output.line(styled(BOLD, format_args!("$ {line}")));
        }
    }

    /// Shows a command and runs it. One that fails ends the tour: its own error has been printed.
    async fn run(&mut self, line: &str) -> Result<(), Failure> {
        let command = format!("vortex {line}");
        self.show(&command);
        if let Some(failure) = self.output.unwritten() {
            return Err(failure);
        }
        let words: Vec<OsString> = command.split_whitespace().map(OsString::from).collect();
        // A command within a command: the future is boxed, for it holds itself.
        let exit = Box::pin(self.app.run(words, false)).await;
        self.steps.push(Step {
            command: command.clone(),
            exit_code: exit.code(),
        });
        match exit {
            Exit::Ok => Ok(()),
            Exit::Interrupted => Err(Failure::interrupted()),
            other => Err(Failure::new(
                Kind::Internal,
                format!(
                    "the tour ends early: `{command}` exited with {}",
                    other.code()
                ),
            )),
        }
    }
}
