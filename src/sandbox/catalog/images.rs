//! Uploads of images: of products (a list of their own), variants, modifiers' values, brands and
//! categories (one each). Forms are taken, and for product images JSON without a picture.
//!
//! An uploaded image gets a name and an address of its own; what it replaced answers 404 from then
//! on.

use serde_json::{Value, json};

use super::making::{keep, next_id, product_of};
use super::parts::rows_of;
use super::write;
use crate::sandbox::answer::{self, Outcome, Reply};
use crate::sandbox::cdn;
use crate::sandbox::multipart::File;
use crate::sandbox::request::{Method, Req};
use crate::sandbox::store::{Key, Store};

/// The largest file of an image.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// The largest of a variant's: beyond it the documented answer is 500.
const VARIANT_BYTES_MAX: usize = 1024 * 1024;
/// Images of one product.
const PRODUCT_IMAGES_MAX: usize = 1000;
/// What an image's data is written with.
const WRITABLE: &[&str] = &["is_thumbnail", "sort_order", "description"];

/// Routes of uploads; none when the path is not one.
pub fn route(store: &mut Store, req: &Req, below: &[&str]) -> Option<Outcome> {
    use Method::{Delete, Post, Put};
    Some(match (req.method, below) {
        (Post, ["products", id, "images"]) => post(store, req, id),
        (Put, ["products", id, "images", image]) => put(store, req, id, image),
        (Delete, ["products", id, "images", image]) => delete(store, req, id, image),
        (Post, ["products", id, "variants", variant, "image"]) => {
            post_variant(store, req, id, variant)
        }
        (
            Post,
            [
                "products",
                id,
                "modifiers",
                modifier,
                "values",
                value,
                "image",
            ],
        ) => post_value(store, req, id, modifier, value),
        (Post, ["brands", id, "image"]) => post_one(store, req, "brands", id),
        (Delete, ["brands", id, "image"]) => delete_one(store, req, "brands", id),
        (Post, ["categories", id, "image"]) => post_one(store, req, "categories", id),
        (Delete, ["categories", id, "image"]) => delete_one(store, req, "categories", id),
        _ => return None,
    })
}

/// The file of the form, which has to be an image.
fn file(req: &Req) -> Result<File, Reply> {
    let refuse = |text: &str| answer::invalid(&[("image_file", text)]);
    let form = req
        .form
        .as_ref()
        .ok_or_else(|| refuse("A form is expected."))?;
    let file = form.file.as_ref().filter(|file| file.field == "image_file");
    let file = file.ok_or_else(|| refuse("The field image_file is missing."))?;
    let known = [
        "bmp", "gif", "jpg", "jpeg", "png", "wbmp", "xbm", "webp", "ico",
    ];
    let kind = file
        .name
        .rsplit_once('.')
        .map_or("", |(_, kind)| kind)
        .to_lowercase();
    if !known.contains(&kind.as_str()) || file.bytes.is_empty() {
        return Err(refuse("The file is no image."));
    }
    if file.bytes.len() > BYTES_MAX {
        return Err(refuse("The file is larger than 8 MB."));
    }
    Ok(file.clone())
}

/// Stem and kind of a file's name.
fn split(file: &File) -> (&str, &str) {
    file.name.rsplit_once('.').unwrap_or((&file.name, "jpg"))
}

/// The members of a form (or of JSON) that are an image's data.
fn data(req: &Req) -> Result<serde_json::Map<String, Value>, Reply> {
    let Some(form) = &req.form else {
        return write::object(req, WRITABLE);
    };
    let mut data = serde_json::Map::new();
    for (name, text) in &form.fields {
        let wrong = || answer::invalid(&[(name.as_str(), "The value has the wrong type.")]);
        let value = match name.as_str() {
            "is_thumbnail" => match text.as_str() {
                "true" | "1" => json!(true),
                "false" | "0" => json!(false),
                _ => return Err(wrong()),
            },
            "sort_order" => json!(text.parse::<i64>().map_err(|_| wrong())?),
            "description" => json!(text),
            _ => return Err(answer::invalid(&[(name.as_str(), "Unknown.")])),
        };
        data.insert(name.clone(), value);
    }
    Ok(data)
}

fn post(store: &mut Store, req: &Req, id: &str) -> Outcome {
    req.allow(&[])?;
    let file = file(req)?;
    let data = data(req)?;
    let (key, mut product) = product_of(store, req, id)?;
    let images = rows_of(&product, "images");
    if images.len() >= PRODUCT_IMAGES_MAX {
        return Err(answer::invalid(&[(
            "image_file",
            "A product has at most 1000 images.",
        )]));
    }
    let last = images
        .iter()
        .filter_map(|row| row["sort_order"].as_i64())
        .max();
    let image = next_id(store);
    let mut row = addresses(store, key.number(), image, &file);
    row["sort_order"] = json!(last.map_or(0, |last| last + 1));
    set(store, &mut product, &mut row, &data);
    if let Some(images) = product["images"].as_array_mut() {
        images.push(row.clone());
    }
    let row = settle(&mut product, &row);
    store
        .files
        .insert(cdn::place(id, &image.to_string()), file.bytes);
    keep(store, &key, product);
    Ok(answer::v3_one(row))
}

fn put(store: &mut Store, req: &Req, id: &str, image: &str) -> Outcome {
    req.allow(&[])?;
    let new = match &req.form {
        Some(form) if form.file.is_some() => Some(file(req)?),
        _ => None,
    };
    let data = data(req)?;
    let (key, mut product) = product_of(store, req, id)?;
    let at = place(&product, image).ok_or_else(|| req.not_found())?;
    let mut row = product["images"][at].clone();
    if let Some(file) = new {
        let number = row["id"].as_u64().unwrap_or_default();
        let named = addresses(store, key.number(), number, &file);
        for (name, value) in named.as_object().into_iter().flatten() {
            row[name.as_str()] = value.clone();
        }
        store.files.insert(cdn::place(id, image), file.bytes);
    }
    set(store, &mut product, &mut row, &data);
    product["images"][at] = row.clone();
    let row = settle(&mut product, &row);
    keep(store, &key, product);
    Ok(answer::v3_one(row))
}

fn delete(store: &mut Store, req: &Req, id: &str, image: &str) -> Outcome {
    req.allow(&[])?;
    let (key, mut product) = product_of(store, req, id)?;
    let at = place(&product, image).ok_or_else(|| req.not_found())?;
    if let Some(images) = product["images"].as_array_mut() {
        images.remove(at);
    }
    settle(&mut product, &Value::Null);
    store.files.remove(&cdn::place(id, image));
    keep(store, &key, product);
    Ok(answer::no_content())
}

fn place(product: &Value, image: &str) -> Option<usize> {
    let wanted = Key::parse(image);
    let mut rows = rows_of(product, "images").iter();
    rows.position(|row| Key::of(&row["id"]).as_ref() == Some(&wanted))
}

/// What a new picture of an image's row makes of its names.
fn addresses(store: &mut Store, product: u64, image: u64, file: &File) -> Value {
    let (stem, kind) = split(file);
    let mark = next_id(store);
    let stamp = store.now().as_second();
    let url = |size: &str| {
        let base = format!(
            "{}s-{}/products/{product}/images/{image}",
            cdn::PREFIX,
            store.hash
        );
        format!("{base}/{stem}__{mark}.{stamp}.{size}.{kind}?c=1")
    };
    json!({
        "id": image,
        "product_id": product,
        "is_thumbnail": false,
        "sort_order": 0,
        "description": "",
        "image_file": format!("s/{}/{stem}__{mark}.{kind}", product % 1000),
        "url_zoom": url("1280.1280"),
        "url_standard": url("386.513"),
        "url_thumbnail": url("220.290"),
        "url_tiny": url("44.58"),
        "date_modified": store.stamp(),
    })
}

/// Sets an image's data. A new place pushes the images at it and behind it.
fn set(store: &Store, product: &mut Value, row: &mut Value, data: &serde_json::Map<String, Value>) {
    let own = row["id"].clone();
    let others = product["images"].as_array_mut().into_iter().flatten();
    let others: Vec<&mut Value> = others.filter(|other| other["id"] != own).collect();
    let moves = data.get("sort_order").filter(|to| {
        let known = others.iter().any(|other| other["sort_order"] == **to);
        known || row["sort_order"] != **to
    });
    let moves = moves.and_then(Value::as_i64);
    for other in others {
        if let (Some(to), Some(is)) = (moves, other["sort_order"].as_i64())
            && is >= to
        {
            other["sort_order"] = json!(is + 1);
        }
        if data.get("is_thumbnail") == Some(&json!(true)) {
            other["is_thumbnail"] = json!(false);
        }
    }
    for (name, value) in data {
        row[name.as_str()] = value.clone();
    }
    row["date_modified"] = json!(store.stamp());
}

/// One image is the thumbnail as long as there is any. Answers the row as it is then.
fn settle(product: &mut Value, row: &Value) -> Value {
    let Some(images) = product["images"].as_array_mut() else {
        return row.clone();
    };
    if images.iter().all(|image| image["is_thumbnail"] != true)
        && let Some(first) = images
            .iter_mut()
            .min_by_key(|image| image["sort_order"].as_i64())
    {
        first["is_thumbnail"] = json!(true);
    }
    let now = images.iter().find(|image| image["id"] == row["id"]);
    now.cloned().unwrap_or_default()
}

/// Keeps an uploaded picture that something has one of; answers its address.
fn keep_one(store: &mut Store, folder: &str, file: File) -> String {
    let (stem, kind) = split(&file);
    let mark = next_id(store);
    let path = format!(
        "s-{}/product_images/{folder}{stem}__{mark}.{kind}",
        store.hash
    );
    let url = format!("{}{path}?c=1", cdn::PREFIX);
    store.files.insert(path, file.bytes);
    url
}

/// Forgets the picture behind an address.
fn drop_one(store: &mut Store, url: &Value) {
    let path = url
        .as_str()
        .and_then(|url| url.split('?').next()?.strip_prefix(cdn::PREFIX));
    if let Some(path) = path {
        store.files.remove(path);
    }
}

fn post_variant(store: &mut Store, req: &Req, id: &str, variant: &str) -> Outcome {
    req.allow(&[])?;
    let file = file(req)?;
    let (key, mut product) = product_of(store, req, id)?;
    let wanted = Key::parse(variant);
    let mut variants = rows_of(&product, "variants").iter();
    let at = variants.position(|row| Key::of(&row["id"]).as_ref() == Some(&wanted));
    let at = at.ok_or_else(|| req.not_found())?;
    if file.bytes.len() > VARIANT_BYTES_MAX {
        return Err(req.refuse(500, "The file is too large."));
    }
    drop_one(store, &product["variants"][at]["image_url"]);
    let url = keep_one(store, &format!("of/{id}/"), file);
    product["variants"][at]["image_url"] = json!(url);
    keep(store, &key, product);
    Ok(answer::v3_one(json!({"image_url": url})))
}

fn post_value(store: &mut Store, req: &Req, id: &str, modifier: &str, value: &str) -> Outcome {
    req.allow(&[])?;
    let file = file(req)?;
    let (key, mut product) = product_of(store, req, id)?;
    let at = |rows: &[Value], id: &str| {
        let wanted = Key::parse(id);
        rows.iter()
            .position(|row| Key::of(&row["id"]).as_ref() == Some(&wanted))
    };
    let outer = at(rows_of(&product, "modifiers"), modifier).ok_or_else(|| req.not_found())?;
    let values = rows_of(&product["modifiers"][outer], "option_values");
    let inner = at(values, value).ok_or_else(|| req.not_found())?;
    let adjusters = &product["modifiers"][outer]["option_values"][inner]["adjusters"];
    drop_one(store, &adjusters["image_url"].clone());
    let url = keep_one(store, &format!("of/{id}/"), file);
    product["modifiers"][outer]["option_values"][inner]["adjusters"]["image_url"] = json!(url);
    keep(store, &key, product);
    Ok(answer::v3_one(json!({"image_url": url})))
}

fn post_one(store: &mut Store, req: &Req, table: &'static str, id: &str) -> Outcome {
    req.allow(&[])?;
    let file = file(req)?;
    let key = Key::parse(id);
    let row = store
        .table(table)
        .get(&key)
        .ok_or_else(|| req.not_found())?
        .into_owned();
    drop_one(store, &row["image_url"]);
    let url = keep_one(store, "", file);
    store.edit(table, key, |row| row["image_url"] = json!(url));
    Ok(answer::v3_one(json!({"image_url": url})))
}

fn delete_one(store: &mut Store, req: &Req, table: &'static str, id: &str) -> Outcome {
    req.allow(&[])?;
    let key = Key::parse(id);
    let row = store
        .table(table)
        .get(&key)
        .ok_or_else(|| req.not_found())?
        .into_owned();
    drop_one(store, &row["image_url"]);
    store.edit(table, key, |row| row["image_url"] = json!(""));
    Ok(answer::no_content())
}
