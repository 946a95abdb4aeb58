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
    let call = Call::new(list.api, list.path.clone());
    let mut before = None;
    let mut why = String::new();
    for _ in 0..READINGS_MAX {
        let mut pages = client.pages(list.clone());
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await? {
            for item in &page.items {
                let row = serde_json::from_str(item.get());
                rows.push(row.map_err(|why| call.malformed(why.to_string()))?);
            }
        }
        let ending = pages.ending();
        let agrees = ending.total_last.is_none() && before == Some(rows.len());
        if ending.whole || agrees {
            return Ok(rows);
        }
        before = Some(rows.len());
        why = ending.why.clone().unwrap_or_default();
    }
    Err(call.malformed(why))
}
