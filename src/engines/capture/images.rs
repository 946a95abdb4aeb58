//! The bytes of the images that captured documents name, into files beside the version store.
//!
//! What is held is never asked for again; a run that is killed has what it had. An image that can't
//! be had is named, and no document fails for it. This module must never give the store's token
//! away, and never hold more than a few images' names in memory.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api::{Client, IMAGES_AT_ONCE, ImageError, ImageSink};
use crate::engines::monitor::Monitor;
use crate::engines::pictures::{self, Named};
use crate::entities::Entity;
use crate::model::{Clock, ImageFailure, ImagesReport};
use crate::vault::{self, Draft, HeldImage, Media, NewImage, Unpictured, Vault};

/// Objects whose images are looked for together: what bounds the memory.
const OBJECTS_AT_ONCE: usize = 100;

/// Pages of so many objects that a run looks at which comes again soon.
pub(super) const PAGES_OF_FEW: usize = 5;
/// And how long it does so.
pub(super) const SPAN_OF_FEW: Duration = Duration::from_secs(10);

/// Images entered in one transaction.
const ENTERED_AT_ONCE: usize = 16;

/// After so many images in a row that brought no sound answer no more are asked for in this run.
const FAILURES_IN_A_ROW_MAX: u32 = 10;

/// Failures that are told by name; more are counted.
const FAILURES_TOLD_MAX: usize = 1000;

/// A draft as the network writes to it.
struct Sink(Draft);

impl ImageSink for Sink {
    fn restart(&mut self) -> io::Result<()> {
        self.0.restart()
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        self.0.write(piece)
    }
}

/// Why an image was not had, and at which address.
pub(in crate::engines) struct Unhad {
    pub url: String,
    pub error: ImageError,
}

/// Fetches the best rendition that there is and keeps its file.
pub(in crate::engines) async fn fetch_one(
    client: &Client,
    media: &Media,
    image: &Named,
) -> Result<Result<HeldImage, Unhad>, vault::Error> {
    let mut unhad = None;
    for (rendition, url) in &image.urls {
        let mut sink = Sink(media.draft()?);
        let error = match client.fetch_image(url, &mut sink).await {
            Ok(content_type) => {
                let (hash, bytes) = media.keep(sink.0)?;
                return Ok(Ok(HeldImage {
                    hash,
                    bytes,
                    content_type,
                    rendition: (*rendition).to_owned(),
                }));
            }
            Err(error) => error,
        };
        let next = matches!(error, ImageError::Gone(_) | ImageError::Unfit(_));
        let url = pictures::shown(url);
        unhad = Some(Unhad { url, error });
        if !next {
            // A lesser rendition must not be kept because the best one was slow today.
            break;
        }
    }
    Ok(Err(unhad.unwrap_or_else(|| Unhad {
        url: String::new(),
        error: ImageError::Unfit("it has no address".to_owned()),
    })))
}

/// The work on the images of one run.
pub(super) struct Images<'a> {
    pub client: &'a Client,
    pub monitor: &'a dyn Monitor,
    pub cancel: &'a CancellationToken,
    pub clock: &'a dyn Clock,
    /// Look at every object, and at every file.
    pub full: bool,
    /// Pages of objects looked at in one go, an entity.
    pub pages: usize,
    /// How long that may take, an entity.
    pub span: Option<Duration>,
    /// Where the walk over each entity's objects goes on.
    pub cursors: HashMap<&'static str, String>,
    pub report: ImagesReport,
    failures_in_a_row: u32,
}

/// What one image is wanted for.
struct Wanted {
    image: Named,
    /// Places of the objects in the page.
    objects: Vec<usize>,
    /// What was held of it, where that is lost or damaged.
    lost: Option<HeldImage>,
}

/// In short, what a description says of where images are.
fn places(entity: &Entity) -> String {
    let said = format!(
        "{:?}",
        entity
            .pictures
            .iter()
            .map(|p| (p.at, p.urls, p.file))
            .collect::<Vec<_>>()
    );
    blake3::hash(said.as_bytes()).to_hex().as_str()[..16].to_owned()
}

impl<'a> Images<'a> {
    #[allow(clippy::too_many_arguments)] // a run's own, and how far it goes
    pub fn new(
        client: &'a Client,
        monitor: &'a dyn Monitor,
        cancel: &'a CancellationToken,
        clock: &'a dyn Clock,
        full: bool,
        pages: usize,
        span: Option<Duration>,
        cursors: HashMap<&'static str, String>,
    ) -> Self {
        Self {
            client,
            monitor,
            cancel,
            clock,
            full,
            pages,
            span,
            cursors,
            report: ImagesReport::default(),
            failures_in_a_row: 0,
        }
    }

    /// Fetches what is not held of an entity's live objects.
    pub async fn of(&mut self, vault: &Vault, entity: &'static Entity) -> Result<(), vault::Error> {
        if entity.pictures.is_empty() {
            return Ok(());
        }
        let media = vault.media()?;
        // A full run comes to every object as it is; one that comes again soon leaves it to others.
        if !self.full && self.span.is_none() {
            vault.unpicture_lost(entity.name)?;
        }
        let places = places(entity);
        let mut after = self.cursors.remove(entity.name).unwrap_or_default();
        let until = self.span.map(|span| Instant::now() + span);
        for _ in 0..self.pages {
            let page =
                vault.unpictured(entity.name, &places, self.full, &after, OBJECTS_AT_ONCE)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.id.clone();
            self.page(vault, &media, entity, &places, &page, until)
                .await?;
            if self.cancel.is_cancelled() || until.is_some_and(|until| Instant::now() >= until) {
                break;
            }
        }
        if self.span.is_some() {
            self.cursors.insert(entity.name, after);
        }
        Ok(())
    }

    async fn page(
        &mut self,
        vault: &Vault,
        media: &Media,
        entity: &Entity,
        places: &str,
        page: &[Unpictured],
        until: Option<Instant>,
    ) -> Result<(), vault::Error> {
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        let mut known: Vec<(usize, String, HeldImage)> = Vec::new();
        let sound = |held: &HeldImage| match self.full {
            true => vault.media_sound(held),
            false => vault.has_media(held),
        };
        for (at, object) in page.iter().enumerate() {
            let body = vault.document(entity.name, &object.id, object.version)?;
            let doc = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
            for image in pictures::named(entity, &doc.unwrap_or_default()) {
                match vault.image(&image.key)? {
                    Some(held) if sound(&held) => known.push((at, image.key, held)),
                    lost => {
                        let entry = wanted.entry(image.key.clone());
                        let objects = Vec::new();
                        let wanted = entry.or_insert(Wanted {
                            image,
                            objects,
                            lost,
                        });
                        wanted.objects.push(at);
                    }
                }
            }
        }
        let mut whole = vec![true; page.len()];
        let total = wanted.len();
        let client = self.client;
        let mut coming =
            futures_util::stream::iter(wanted.into_values().map(|wanted| async move {
                let outcome = fetch_one(client, media, &wanted.image).await;
                (wanted, outcome)
            }))
            .buffer_unordered(IMAGES_AT_ONCE);
        let mut done = 0;
        let mut hopeless = self.failures_in_a_row >= FAILURES_IN_A_ROW_MAX;
        if hopeless && total > 0 {
            self.report.untried += total as u64;
            return self.enter(vault, entity, page, &known, &[], places);
        }
        let mut late = false;
        loop {
            let next = match until {
                None => coming.next().await,
                Some(until) => match tokio::time::timeout_at(until, coming.next()).await {
                    Ok(next) => next,
                    Err(_) => {
                        late = true;
                        break;
                    }
                },
            };
            let Some((wanted, outcome)) = next else { break };
            done += 1;
            match outcome? {
                Ok(held) => {
                    self.failures_in_a_row = 0;
                    self.report.fetched += 1;
                    self.report.bytes += held.bytes;
                    let key = &wanted.image.key;
                    if let Some(lost) = wanted.lost.filter(|lost| lost.hash != held.hash) {
                        vault.replace_media(self.clock.now(), key, &lost, &held)?;
                    }
                    known.extend(
                        wanted
                            .objects
                            .iter()
                            .map(|at| (*at, key.clone(), held.clone())),
                    );
                }
                Err(unhad) => {
                    for at in &wanted.objects {
                        whole[*at] = false;
                    }
                    let id = &page[wanted.objects[0]].id; // it is wanted by one at least
                    self.fail(entity, id, unhad);
                }
            }
            if known.len() >= ENTERED_AT_ONCE {
                self.enter(vault, entity, page, &known, &[], places)?;
                known.clear();
            }
            self.monitor
                .entity_step(entity.name, &format!("images: {done} of {total}"));
            hopeless = self.failures_in_a_row >= FAILURES_IN_A_ROW_MAX;
            if hopeless || self.cancel.is_cancelled() {
                break;
            }
        }
        drop(coming);
        if hopeless || late || self.cancel.is_cancelled() {
            if hopeless {
                self.report.untried += (total - done) as u64;
            }
            return self.enter(vault, entity, page, &known, &[], places);
        }
        let pictured: Vec<_> = page.iter().zip(whole).filter(|(_, whole)| *whole).collect();
        let pictured: Vec<_> = pictured
            .iter()
            .map(|(object, _)| (entity.name, object.id.as_str(), object.version))
            .collect();
        self.enter(vault, entity, page, &known, &pictured, places)
    }

    fn enter(
        &self,
        vault: &Vault,
        entity: &Entity,
        page: &[Unpictured],
        known: &[(usize, String, HeldImage)],
        pictured: &[(&str, &str, u32)],
        places: &str,
    ) -> Result<(), vault::Error> {
        let new = known.iter().map(|(at, key, held)| NewImage {
            entity: entity.name,
            id: &page[*at].id,
            key,
            held: held.clone(),
        });
        let new: Vec<NewImage<'_>> = new.collect();
        vault.keep_images(self.clock.now(), &new, pictured, places)
    }

    fn fail(&mut self, entity: &Entity, id: &str, unhad: Unhad) {
        let lost = match unhad.error {
            ImageError::Cancelled => return,
            ImageError::Gone(_) => true,
            ImageError::Failed(_) => {
                self.failures_in_a_row += 1;
                false
            }
            ImageError::Unfit(_) | ImageError::Disk(_) => false,
        };
        self.report.unhad += u64::from(!lost);
        if self.report.failed.len() >= FAILURES_TOLD_MAX {
            self.report.untold += 1;
            return;
        }
        self.report.failed.push(ImageFailure {
            entity: entity.name.to_owned(),
            id: id.to_owned(),
            url: unhad.url,
            reason: match lost {
                true => format!("lost: {}", unhad.error),
                false => unhad.error.to_string(),
            },
        });
    }
}
