//! Lists of parts that are read for several objects at once: those that tell their rows only as a
//! whole, and those that take several ids.

use std::collections::HashMap;

use serde_json::Value;

use super::bulk::part_id;
use super::parts::lacking;
use super::shape::id_text;
use super::work::Stop;
use crate::api::Client;
use crate::engines::ask::{self, listing};
use crate::entities::Entity;
use crate::entities::entity::{Alone, Part, Source};

/// Hosts in one request for a part that takes their ids: what an address can hold.
const HOSTS: usize = 100;

/// Rows by what they are looked up by; none where the store refuses the list, as the description
/// foresees.
type ByHost = Option<HashMap<String, Vec<Value>>>;

/// What was read so far, by the list's path.
#[derive(Debug, Default)]
pub(super) struct Through(HashMap<&'static str, ByHost>);

impl Through {
    /// Asks for a part of several objects at once, where its list takes that.
    pub async fn ask(
        &mut self,
        client: &Client,
        entity: &Entity,
        part: &'static Part,
        found: &HashMap<String, Value>,
    ) -> Result<(), Stop> {
        let Source::Bulk {
            path,
            host,
            alone: Alone::Filter(param),
            ..
        } = &part.source
        else {
            return Ok(());
        };
        if found.len() < 2 || !part.at.is_empty() || *host != entity.id {
            return Ok(());
        }
        let mut keys: Vec<&str> = found.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let mut all = HashMap::new();
        for some in keys.chunks(HOSTS) {
            let Some(rows) = listed(client, part, Some((param, some.join(",")))).await? else {
                self.0.insert(path, None);
                return Ok(());
            };
            all.extend(rows);
        }
        self.0.insert(path, Some(all));
        Ok(())
    }

    /// One host's rows of a list that takes ids; none where the store refuses it.
    pub async fn asked(
        &mut self,
        client: &Client,
        part: &'static Part,
        param: &'static str,
        key: &str,
    ) -> Result<Option<Vec<Value>>, Stop> {
        let Source::Bulk { path, .. } = &part.source else {
            return Ok(None);
        };
        let rows = match self.0.get(path) {
            Some(known) => known.as_ref().map(|all| all.get(key).cloned()),
            None => {
                let rows = listed(client, part, Some((param, key.to_owned()))).await?;
                rows.map(|mut rows| rows.remove(key))
            }
        };
        Ok(rows.map(Option::unwrap_or_default))
    }

    /// One host's rows of a list that is read through, once; none where the store refuses it.
    pub async fn read(
        &mut self,
        client: &Client,
        part: &'static Part,
        key: &str,
    ) -> Result<Option<Vec<Value>>, Stop> {
        let Source::Bulk { path, .. } = &part.source else {
            return Ok(None);
        };
        if !self.0.contains_key(path) {
            let rows = listed(client, part, None).await?;
            self.0.insert(path, rows);
        }
        let all = self.0.get(path).and_then(Option::as_ref);
        Ok(all.map(|all| all.get(key).cloned().unwrap_or_default()))
    }
}

/// A part's list, with a filter or through, by host.
async fn listed(
    client: &Client,
    part: &'static Part,
    filter: Option<(&str, String)>,
) -> Result<ByHost, Stop> {
    let Source::Bulk {
        path,
        query,
        paging,
        limit,
        key,
        ..
    } = &part.source
    else {
        return Ok(None);
    };
    let mut list = listing(part.api, path, query, *paging, *limit, part_id(part, key));
    list.query
        .extend(filter.map(|(param, ids)| (param.to_owned(), ids)));
    let rows = match ask::rows(client, &list).await {
        Err(error) if lacking(part, &error) => return Ok(None),
        rows => rows?,
    };
    let mut by_host: HashMap<String, Vec<Value>> = HashMap::new();
    for row in rows {
        if let Some(host) = row.get(*key).and_then(id_text) {
            by_host.entry(host).or_default().push(row);
        }
    }
    Ok(Some(by_host))
}
