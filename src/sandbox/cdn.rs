//! The store's images: what the CDN would serve, at this machine's own address below `/cdn/`.
//!
//! Documents name images by the CDN's address, for they are made before the port is known; an
//! answer has this machine's in its place, and a write is read with it put back. An image is there
//! as long as a document names it: a replaced or deleted one answers 404. What was uploaded is
//! served byte for byte; the images of a sample are made from their own names. A resized rendition
//! differs from the original, as the real ones do. No token is needed, and one that is sent all the
//! same is noted in the log.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use serde_json::Value;

use super::catalog::rows_of;
use super::faults::What;
use super::render::{cut_short, plain};
use super::store::{Key, Store};

/// How documents begin the address of an image.
pub const PREFIX: &str = "https://cdn11.bigcommerce.com/";

/// Where this machine serves them.
pub const PATH: &str = "/cdn/";

/// The headers by which a client could give a token away.
const SECRETS: &[&str] = &["x-auth-token", "x-auth-client", "authorization", "cookie"];

/// Puts this machine's address in the place of the CDN's.
pub fn localize(value: &mut Value, origin: &str) {
    swap(value, PREFIX, &format!("{origin}{PATH}"));
}

/// The other way round, for what a client writes.
pub fn globalize(value: &mut Value, origin: &str) {
    swap(value, &format!("{origin}{PATH}"), PREFIX);
}

fn swap(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix(from) {
                *text = format!("{to}{rest}");
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| swap(value, from, to)),
        Value::Object(members) => members.values_mut().for_each(|value| swap(value, from, to)),
        _ => {}
    }
}

/// What the log calls the secrets that came with a request: `none`, or the headers' names.
pub fn secrets(headers: &HeaderMap) -> String {
    let sent: Vec<&str> = SECRETS
        .iter()
        .copied()
        .filter(|name| headers.contains_key(*name))
        .collect();
    match sent.as_slice() {
        [] => "none".to_owned(),
        sent => sent.join(" "),
    }
}

/// The answer to a request for an image, damaged as scripted.
pub fn answer(store: &Store, path: &str, whats: &[What]) -> Response<Body> {
    for what in whats {
        match what {
            What::TooMany => {
                let mut reply = plain(429, "text/plain", "too many requests");
                let wait = HeaderValue::from_static("1");
                reply.headers_mut().insert(header::RETRY_AFTER, wait);
                return reply;
            }
            What::BareTooMany => return plain(429, "text/plain", "too many requests"),
            What::Status(status) => return plain(*status, "text/plain", "no image"),
            What::HtmlBadGateway => return plain(502, "text/html", "<html>Bad Gateway</html>"),
            // A page with 200, as some gateways answer for what they don't have.
            What::OddJson | What::WrongJson => return plain(200, "text/html", "<html></html>"),
            _ => {}
        }
    }
    let found = bytes(store, path).or_else(|| bytes(store, &decoded(path)));
    let Some(bytes) = found else {
        return plain(404, "text/html", "<html>Not Found</html>");
    };
    let mut reply = Response::new(Body::empty());
    let kind = match bytes.first() {
        Some(0x89) => "image/png",
        Some(b'G') => "image/gif",
        _ => "image/jpeg",
    };
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    *reply.body_mut() = if whats.contains(&What::CutBody) {
        cut_short(bytes[..bytes.len() / 2].to_vec())
    } else {
        Body::from(bytes)
    };
    reply
}

/// A path as documents write it: a client escapes the spaces and the accents of a file's name.
fn decoded(path: &str) -> String {
    let escaped = ['+', '&', '='].iter().fold(path.to_owned(), |path, c| {
        path.replace(*c, &format!("%{:02X}", u32::from(*c)))
    });
    let mut pairs = url::form_urlencoded::parse(escaped.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(path, _)| path.into_owned())
}

/// The bytes behind a path (`s-abc/products/1/images/2/a.1280.1280.jpg`), if a document names it.
pub fn bytes(store: &Store, path: &str) -> Option<Vec<u8>> {
    let segs: Vec<&str> = path.split('/').collect();
    let full = format!("{PREFIX}{path}");
    match segs.as_slice() {
        [_, "products", product, "images", image, _] => {
            let row = image_of(store, product, image)?;
            let size = ["url_zoom", "url_standard", "url_thumbnail", "url_tiny"]
                .into_iter()
                .find(|member| is_at(&row[*member], &full))?;
            let mut bytes = original(store, product, image, &row);
            bytes.extend_from_slice(size.as_bytes());
            Some(bytes)
        }
        [
            _,
            "images",
            "stencil",
            "original",
            "products",
            product,
            image,
            file,
        ] => {
            let row = image_of(store, product, image)?;
            let zoom = row["url_zoom"].as_str()?.split('?').next()?;
            let own = zoom.rsplit('/').next()?.replace(".1280.1280.", ".");
            (own == *file).then(|| original(store, product, image, &row))
        }
        [_, "product_images", "of", product, ..] => {
            let product = store.table("products").get(&Key::parse(product))?;
            names(&product, &full).then(|| kept_or_made(store, path))
        }
        _ => {
            let mut rows = store
                .table("brands")
                .kept()
                .chain(store.table("categories").kept());
            let named = rows.any(|(_, row)| is_at(&row["image_url"], &full));
            named.then(|| kept_or_made(store, path))
        }
    }
}

fn image_of(store: &Store, product: &str, image: &str) -> Option<Value> {
    let product = store.table("products").get(&Key::parse(product))?;
    let wanted = Key::parse(image);
    let mut images = rows_of(&product, "images").iter();
    let found = images.find(|row| Key::of(&row["id"]).as_ref() == Some(&wanted));
    found.cloned()
}

/// Where the bytes of a product's image are kept, if they were uploaded.
pub fn place(product: &str, image: &str) -> String {
    format!("products/{product}/images/{image}")
}

fn original(store: &Store, product: &str, image: &str, row: &Value) -> Vec<u8> {
    let kept = store.files.get(&place(product, image));
    kept.cloned()
        .unwrap_or_else(|| made(row["image_file"].as_str().unwrap_or_default()))
}

fn kept_or_made(store: &Store, path: &str) -> Vec<u8> {
    store.files.get(path).cloned().unwrap_or_else(|| made(path))
}

/// Whether a variant, a modifier's value or an option's swatch of the product has that address.
fn names(product: &Value, full: &str) -> bool {
    let variants = rows_of(product, "variants").iter();
    let mut variants = variants.map(|variant| &variant["image_url"]);
    let values = ["options", "modifiers"].into_iter();
    let mut values = values
        .flat_map(|list| rows_of(product, list))
        .flat_map(|row| rows_of(row, "option_values"));
    variants.any(|url| is_at(url, full))
        || values.any(|value| {
            is_at(&value["adjusters"]["image_url"], full)
                || is_at(&value["value_data"]["image_url"], full)
        })
}

/// Whether an address, without its query, is this one.
fn is_at(url: &Value, full: &str) -> bool {
    url.as_str()
        .is_some_and(|url| url.split('?').next() == Some(full))
}

/// A JPEG of one pixel, which says in its comment whose it is.
fn made(seed: &str) -> Vec<u8> {
    const START: &[u8] = &[0xff, 0xd8];
    const REST: &[u8] = include_bytes!("../../fixtures/entities/images/pixel.jpg");
    // The same name twice, whatever its folder, is the same picture twice.
    let name = seed.rsplit('/').next().unwrap_or(seed);
    let name = name.split("__").next().unwrap_or(name);
    let text = format!("{name} ").repeat(64);
    let length = u16::try_from(text.len() + 2).unwrap_or(u16::MAX);
    let text = &text.as_bytes()[..usize::from(length - 2)];
    [START, &[0xff, 0xfe], &length.to_be_bytes(), text, REST].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_escaped_path_is_the_one_that_documents_write() {
        assert_eq!(decoded("s/tea%20pot%20(2)__1.png"), "s/tea pot (2)__1.png");
        assert_eq!(decoded("s/th%C3%A9+a=b&c.png"), "s/thé+a=b&c.png");
    }

    #[test]
    fn addresses_are_swapped_where_they_begin_a_text_and_nowhere_else() {
        let origin = "http://127.0.0.1:9";
        let before = json!({"a": format!("{PREFIX}s-x/a.png?c=1"), "b": [format!("see {PREFIX}")]});
        let mut doc = before.clone();
        localize(&mut doc, origin);
        assert_eq!(doc["a"], "http://127.0.0.1:9/cdn/s-x/a.png?c=1");
        assert_eq!(doc["b"], before["b"]);
        globalize(&mut doc, origin);
        assert_eq!(doc, before);
    }
}
