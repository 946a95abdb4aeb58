//! How far a backup is: a bar per entity on a terminal, plain lines for `-v` in a pipe, else
//! nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::render::Output;
use super::render::words::{count, counted, visible};
use crate::api::{WaitObserver, WaitReason};
use crate::engines::monitor::Monitor;
use crate::model::{EntityReport, EntityStatus};

/// How often a plain line tells of an entity still at work.
const LINE_EVERY: Duration = Duration::from_secs(30);
/// How often a bar moves by itself, so that a person sees that vortex lives.
const TICK: Duration = Duration::from_millis(120);

/// A listener that shows.
pub struct Progress {
    output: Output,
    /// The store's name before each line, where several are backed up at once.
    store: Option<String>,
    shown: Mutex<Shown>,
    unanswered: Once,
}

/// The first wait for a store that does not answer is worth a warning where no bar shows it; the
/// waits after it are more of the same.
#[derive(Default)]
struct Once(AtomicBool);

impl Once {
    /// True for the first wait of that kind.
    fn told(&self, why: WaitReason) -> bool {
        matches!(why, WaitReason::Retry { .. }) && !self.0.swap(true, Ordering::Relaxed)
    }
}

/// Warns once that the store does not answer; for work that has no bars.
pub fn warns_of_waits(output: &Output) -> Arc<dyn WaitObserver> {
    let (output, once) = (output.clone(), Once::default());
    Arc::new(move |wait: Duration, why: WaitReason| {
        if once.told(why) {
            output.warn(wait_words(wait, why) + advice(why));
        }
    })
}

/// What to look at while the store gives no answer at all.
fn advice(why: WaitReason) -> &'static str {
    match why {
        WaitReason::Retry { status: None } => {
            "; if it stays so, look at the network and at --api-url"
        }
        _ => "",
    }
}

fn wait_words(wait: Duration, why: WaitReason) -> String {
    format!("waiting {} s {why}", wait.as_secs().max(1))
}

#[derive(Default)]
struct Shown {
    bars: HashMap<String, ProgressBar>,
    wait: Option<ProgressBar>,
    last_line: Option<Instant>,
}

impl Progress {
    /// Shows on this output.
    pub fn new(output: &Output, store: Option<&str>) -> Self {
        Self {
            output: output.clone(),
            store: store.map(str::to_owned),
            shown: Mutex::default(),
            unanswered: Once::default(),
        }
    }

    /// Tells why nothing moves.
    pub fn waiting(&self, wait: Duration, why: WaitReason) {
        let text = wait_words(wait, why);
        if self.output.bars.is_hidden() {
            match self.unanswered.told(why) {
                true => self.output.warn(self.with_store(&(text + advice(why)))),
                false => self.plain(&text),
            }
            return;
        }
        let mut shown = self.lock();
        let bars = &self.output.bars;
        let line = shown.wait.get_or_insert_with(|| {
            bars.add(ProgressBar::no_length().with_style(style("{spinner} {wide_msg:.dim}")))
        });
        line.set_message(text);
        line.enable_steady_tick(TICK);
    }

    /// Takes the bars away: the report follows.
    pub fn clear(&self) {
        let mut shown = self.lock();
        for (_, bar) in shown.bars.drain() {
            bar.finish_and_clear();
        }
        if let Some(line) = shown.wait.take() {
            line.finish_and_clear();
        }
        // A terminal that can't be cleared keeps its bars; the report is printed below them.
        let _ = self.output.bars.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        // What a panicking thread left of some bars is good enough to be shown.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plain(&self, text: &str) {
        self.output.detail(self.with_store(text));
    }

    fn with_store(&self, text: &str) -> String {
        match &self.store {
            Some(store) => format!("{store}: {text}"),
            None => text.to_owned(),
        }
    }

    fn name(&self, entity: &str) -> String {
        match &self.store {
            Some(store) => format!("{store} {entity}"),
            None => entity.to_owned(),
        }
    }

    fn bar(&self, entity: &str, act: impl FnOnce(&ProgressBar)) {
        let mut shown = self.lock();
        if let Some(line) = shown.wait.take() {
            line.finish_and_clear();
        }
        if let Some(bar) = shown.bars.get(entity) {
            act(bar);
        }
    }
}

impl Monitor for Progress {
    fn entity_started(&self, entity: &str) {
        if self.output.bars.is_hidden() {
            self.plain(&format!("{entity}: started"));
            self.lock().last_line = Some(Instant::now());
            return;
        }
        let bar = ProgressBar::no_length()
            .with_style(style(
                "{spinner} {prefix:18} {human_pos:>7}  {wide_msg:.dim}",
            ))
            .with_prefix(self.name(entity));
        let bar = self.output.bars.add(bar);
        bar.enable_steady_tick(TICK);
        self.lock().bars.insert(entity.to_owned(), bar);
    }

    fn entity_total(&self, entity: &str, objects: u64) {
        self.bar(entity, |bar| {
            bar.set_length(objects);
            bar.set_style(style(
                "{spinner} {prefix:18} {human_pos:>7} of {human_len:7} {bar:12} {eta:>4}  {wide_msg:.dim}",
            ));
        });
    }

    fn entity_progress(&self, entity: &str, seen: u64) {
        if !self.output.bars.is_hidden() {
            self.bar(entity, |bar| bar.set_position(seen));
            return;
        }
        let mut shown = self.lock();
        if shown
            .last_line
            .is_none_or(|last| last.elapsed() >= LINE_EVERY)
        {
            shown.last_line = Some(Instant::now());
            drop(shown);
            self.plain(&format!(
                "{entity}: {} so far",
                counted(seen, "object", "objects")
            ));
        }
    }

    fn entity_step(&self, entity: &str, step: &str) {
        self.bar(entity, |bar| bar.set_message(visible(step)));
    }

    fn entity_finished(&self, report: &EntityReport) {
        let text = outcome(report);
        if self.output.bars.is_hidden() {
            self.plain(&format!("{}: {text}", report.entity));
            return;
        }
        self.bar(&report.entity, |bar| {
            let mark = match report.status {
                EntityStatus::Ok => "✓",
                EntityStatus::Skipped => "-",
                EntityStatus::Failed | EntityStatus::Interrupted => "✗",
            };
            bar.set_style(style(&format!(
                "{mark} {{prefix:18}} {{human_pos:>7}}  {{wide_msg:.dim}}"
            )));
            bar.set_position(report.seen);
            bar.finish_with_message(text);
        });
    }
}

/// One entity's outcome in a few words.
fn outcome(report: &EntityReport) -> String {
    match report.status {
        EntityStatus::Ok => format!(
            "{} seen: {} created, {} updated, {} deleted",
            count(report.seen),
            count(report.created),
            count(report.updated),
            count(report.deleted)
        ),
        EntityStatus::Skipped => "skipped".to_owned(),
        EntityStatus::Interrupted => "interrupted".to_owned(),
        EntityStatus::Failed => {
            let why = report.error.as_deref().unwrap_or("no reason given");
            format!("failed: {}", visible(why))
        }
    }
}

/// A bar's style. The templates are constants of this file, checked by a test.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
