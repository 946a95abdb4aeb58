//! From a description's words to requests: the one place where the two meet.

use serde_json::Value;

use crate::api::{self, Call, Client, Listing};
use crate::entities::entity::Query;
use crate::model::{ApiVersion, Paging};

/// A list as a description tells it; `id` is the member that tells its rows apart.
pub fn listing(
    api: ApiVersion,
    path: &str,
    query: Query,
    paging: Paging,
    limit: u32,
    id: &'static str,
) -> Listing {
    let mut listing = Listing::new(api, path, paging);
    listing.limit = limit;
    listing.id = id;
    listing.query = owned(query);
    listing
}

/// One request.
pub fn call(api: ApiVersion, path: &str, query: Query) -> Call {
    let mut call = Call::new(api, path);
    call.query = owned(query);
    call
}

fn owned(query: Query) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// How often a list is read anew when it would not stand still.
const READINGS_MAX: u32 = 3;

/// All rows of a list. Where it came in several pages and nothing tells how many rows there are, a
/// second reading has to agree with the first.
///
/// # Errors
///
/// When the store refuses or fails, or the list would not stand still.
pub async fn rows(client: &Client, list: &Listing) -> Result<Vec<Value>, api::Error> {
    let all = few_rows(client, list, usize::MAX).await?;
    Ok(all.unwrap_or_default()) // no list has so many pages
}

/// The same of a list of so many pages at most; none where there are more.
///
/// # Errors
///
/// As [`rows`].
pub async fn few_rows(
    client: &Client,
    list: &Listing,
    pages_max: usize,
) -> Result<Option<Vec<Value>>, api::Error> {
    let call = Call::new(list.api, list.path.clone());
    let mut before = None;
    let mut why = String::new();
    for _ in 0..READINGS_MAX {
        let mut pages = client.pages(list.clone());
        let mut rows = Vec::new();
        let mut came = 0;
        while let Some(page) = pages.next().await? {
            came += 1;
            for item in &page.items {
                let row = serde_json::from_str(item.get());
                rows.push(row.map_err(|why| call.malformed(why.to_string()))?);
            }
            if came >= pages_max && !pages.has_ended() {
                return Ok(None);
            }
        }
        let ending = pages.ending();
        let agrees = ending.total_last.is_none() && before == Some(rows.len());
        if ending.whole || agrees {
            return Ok(Some(rows));
        }
        before = Some(rows.len());
        why = ending.why.clone().unwrap_or_default();
    }
    Err(call.malformed(why))
}
