//! Hidden twins: an object as it stood in a version, made beside the one that lives, to look at.
//!
//! A twin is an object of its own: it is not entered into the id map, nothing is pointed to it, and
//! its history begins with it. This module must never let one be seen by shoppers, nor give it a
//! name, a code or an address that another object has.

use serde_json::Value;

use super::became;
use super::held::Seek;
use super::plan::Planner;
use super::references::{renumber, walk};
use super::uploads;
use super::{Target, Want, document};
use crate::engines::Error;
use crate::engines::capture::shape::label;
use crate::engines::pictures;
use crate::entities::Entity;
use crate::entities::entity::{Rename, Twin};
use crate::model::restore::{Action, Step};

/// Twins of one object that are told apart; after so many the last name is left to the store.
const TWINS_MAX: u32 = 20;

/// The document of the n-th twin of an object; the same where there can be none.
pub(super) fn twin(entity: &Entity, doc: &Value, n: u32) -> Value {
    let Ok(twin) = &entity.writes.twin else {
        return doc.clone();
    };
    let mut doc = twin_of(twin, doc, n);
    if let (Some(stand_in), Some(members)) = (&entity.writes.stand_in, doc.as_object_mut()) {
        (stand_in.hide)(members);
    }
    doc
}

/// Without the characters that a plain name can't have.
fn plain(text: &str) -> String {
    let taken = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let words = text.split(|c| !taken(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// The document of the n-th twin of a document.
fn twin_of(twin: &Twin, doc: &Value, n: u32) -> Value {
    let mut doc = doc.clone();
    let count = if n > 1 { n.to_string() } else { String::new() };
    for (pattern, rename) in twin.renamed {
        walk(&mut doc, pattern, &mut |value| {
            let Some(text) = value.as_str().filter(|text| !text.is_empty()) else {
                return;
            };
            let renamed = match rename {
                Rename::Words if n > 1 => format!("{text} (copy {n})"),
                Rename::Words => format!("{text} (copy)"),
                Rename::Code => format!("{text}-copy{count}"),
                Rename::Plain => format!("{}-copy{count}", plain(text)),
                Rename::Path => {
                    let end = if text.ends_with('/') { "/" } else { "" };
                    format!("{}-copy{count}{end}", text.trim_end_matches('/'))
                }
            };
            *value = renamed.into();
        });
    }
    for (pattern, json) in twin.hidden {
        let set: Value = serde_json::from_str(json).unwrap_or_default();
        walk(&mut doc, pattern, &mut |value| *value = set.clone());
        if !pattern.contains('.') {
            doc[*pattern] = set;
        }
    }
    doc
}

impl Planner<'_> {
    /// Plans a twin for each target; answers what they need beside them.
    pub(super) async fn copies(&mut self, targets: Vec<Target>) -> Result<Vec<Target>, Error> {
        let mut needed = Vec::new();
        for target in targets {
            let entity = target.entity;
            let id = self.vault.current_id(entity.name, &target.id)?;
            let mut step = Step::skip(entity.name, &id, "", "");
            let (Want::Version(version), Ok(_)) = (target.want, &entity.writes.twin) else {
                step.reason = entity
                    .writes
                    .twin
                    .as_ref()
                    .err()
                    .copied()
                    .unwrap_or("")
                    .to_owned();
                step.lacking = true;
                self.plan.steps.push(step);
                continue;
            };
            step.version = Some(version);
            let Some(mut wanted) = document(self.vault, entity, &id, version)? else {
                step.reason = format!("v{version} is a deletion or is not there");
                step.lacking = true;
                self.plan.steps.push(step);
                continue;
            };
            renumber(self.vault, entity, &mut wanted)?;
            became::renumber(self.vault, entity, &mut wanted)?;
            pictures::mark_held(self.vault, entity, &mut wanted)?;
            step.label = label(entity, &wanted);
            self.create(entity, &wanted, &mut step);
            let mut images = None;
            if step.action == Action::Create {
                let n = self.free(entity, &wanted).await?;
                step.copy = Some(n);
                step.reason =
                    "a hidden twin to look at; the object itself stays as it is".to_owned();
                self.stand_in(entity, &mut step, &wanted).await?;
                let wanted = twin(entity, &wanted, n);
                images = uploads::step(&step, uploads::compare(entity, &wanted, None, &[], &[]));
                needed.extend(self.needed(entity, &[(id.clone(), wanted)]).await?);
            }
            self.plan.steps.push(step);
            self.plan.steps.extend(images);
        }
        Ok(needed)
    }

    /// The first number whose names nothing holds, in the store or in this plan.
    async fn free(&mut self, entity: &'static Entity, doc: &Value) -> Result<u32, Error> {
        for n in 1..TWINS_MAX {
            let seek = Seek::anew(entity, &twin(entity, doc, n));
            if self
                .held(entity, &[seek])
                .await?
                .into_iter()
                .flatten()
                .next()
                .is_none()
            {
                return Ok(n);
            }
        }
        Ok(TWINS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plain_name_has_no_characters_but_those_that_are_taken() {
        assert_eq!(plain("Old shop & Söhne_2 (EU)"), "Old-shop-S-hne_2-EU");
        assert_eq!(plain("店"), "");
    }

    #[test]
    fn a_twin_is_called_otherwise_and_hidden() {
        let twin = Twin {
            hidden: &[
                ("is_visible", "false"),
                ("custom_url.is_customized", "true"),
            ],
            renamed: &[
                ("name", Rename::Words),
                ("sku", Rename::Code),
                ("variants[].sku", Rename::Code),
                ("custom_url.url", Rename::Path),
            ],
        };
        let doc = json!({"name": "Kettle", "sku": "", "variants": [{"sku": "K-1"}],
            "custom_url": {"url": "/kettle/", "is_customized": false}});
        let first = json!({"name": "Kettle (copy)", "sku": "", "variants": [{"sku": "K-1-copy"}],
            "custom_url": {"url": "/kettle-copy/", "is_customized": true}, "is_visible": false});
        assert_eq!(twin_of(&twin, &doc, 1), first);
        let second = twin_of(&twin, &doc, 2);
        assert_eq!(second["name"], "Kettle (copy 2)");
        assert_eq!(second["custom_url"]["url"], "/kettle-copy2/");
    }
}
