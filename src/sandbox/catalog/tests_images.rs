//! What uploads of images take and refuse, asked without a socket.

use serde_json::{Value, json};

use crate::model::ApiVersion;
use crate::sandbox::answer::Reply;
use crate::sandbox::asked::{ask, store};
use crate::sandbox::multipart::{File, Form};
use crate::sandbox::request::{Method, Query, Req};
use crate::sandbox::store::Store;

fn upload(
    store: &mut Store,
    path: &str,
    name: &str,
    bytes: usize,
    fields: &[(&str, &str)],
) -> Reply {
    let fields = fields
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let file = File {
        field: "image_file".to_owned(),
        name: name.to_owned(),
        bytes: vec![7; bytes],
    };
    let req = Req {
        method: Method::Post,
        api: ApiVersion::V3,
        path: path.to_owned(),
        query: Query::default(),
        body: None,
        client: "client".to_owned(),
        form: Some(Form {
            fields: fields.collect(),
            file: (bytes > 0).then_some(file),
        }),
        shift: 0,
    };
    crate::sandbox::route(store, &req)
}

fn images(store: &mut Store, product: u64) -> Vec<Value> {
    let path = format!("/v3/catalog/products/{product}/images");
    let reply = ask(store, "GET", &path, "");
    let rows = reply
        .body
        .map(|body| body["data"].as_array().unwrap().clone());
    rows.unwrap_or_default()
}

const PATH: &str = "/v3/catalog/products/104/images";

#[test]
fn the_first_image_is_the_thumbnail_and_a_taken_place_moves_the_others() {
    let mut store = store("demo");
    assert_eq!(
        ask(&mut store, "GET", PATH, "").status,
        204,
        "an empty list has no body"
    );
    let first = upload(&mut store, PATH, "a.png", 9, &[("sort_order", "0")]);
    assert_eq!(first.status, 200);
    assert_eq!(first.body.unwrap()["data"]["is_thumbnail"], true);
    upload(&mut store, PATH, "b.png", 9, &[("sort_order", "1")]);
    let fields = [
        ("sort_order", "1"),
        ("is_thumbnail", "true"),
        ("description", "c"),
    ];
    upload(&mut store, PATH, "c.png", 9, &fields);
    let shown = |store: &mut Store| {
        let rows = images(store, 104);
        let show = |row: &Value| {
            (
                row["sort_order"].as_i64().unwrap(),
                row["is_thumbnail"] == true,
            )
        };
        rows.iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(shown(&mut store), [(0, false), (2, false), (1, true)]);
    let rows = images(&mut store, 104);
    assert_ne!(rows[0]["image_file"], rows[1]["image_file"]);
    let one = format!("{PATH}/{}", rows[2]["id"]);
    assert_eq!(ask(&mut store, "DELETE", &one, "").status, 204);
    assert_eq!(shown(&mut store), [(0, true), (2, false)]);
    let body = json!({"image_url": "https://example.com/x.png"}).to_string();
    let one = format!("{PATH}/{}", rows[0]["id"]);
    assert_eq!(ask(&mut store, "PUT", &one, &body).status, 422);
}

#[test]
fn what_is_no_image_or_too_large_is_refused() {
    let mut store = store("demo");
    let mega = 1024 * 1024;
    for (path, name, bytes, status) in [
        (PATH, "a.txt", 9, 422),
        (PATH, "a.png", 0, 422),
        (PATH, "a.png", 8 * mega, 200),
        (PATH, "a.png", 8 * mega + 1, 422),
        ("/v3/catalog/products/9999/images", "a.png", 9, 404),
        (
            "/v3/catalog/products/101/variants/101001/image",
            "a.png",
            mega,
            200,
        ),
        // Documented: 500.
        (
            "/v3/catalog/products/101/variants/101001/image",
            "a.png",
            mega + 1,
            500,
        ),
        ("/v3/catalog/brands/35/image", "a.png", 2 * mega, 200),
        ("/v3/catalog/brands/9999/image", "a.png", 9, 404),
        ("/v3/catalog/categories/18/image", "a.ico", 9, 200),
    ] {
        let reply = upload(&mut store, path, name, bytes, &[]);
        assert_eq!(
            reply.status, status,
            "{path} {name} {bytes}: {:?}",
            reply.body
        );
    }
    let unknown = upload(&mut store, PATH, "a.png", 9, &[("image_url", "x")]);
    assert_eq!(unknown.status, 422);
}

#[test]
fn an_image_is_served_until_it_is_replaced_or_deleted() {
    let mut store = store("demo");
    let path = "/v3/catalog/brands/35/image";
    let address = |store: &Store| {
        let url = store.document("brands", 35).unwrap()["image_url"].clone();
        url.as_str().unwrap().to_owned()
    };
    let served = |store: &Store, url: &str| {
        let path = url.strip_prefix(crate::sandbox::cdn::PREFIX).unwrap();
        crate::sandbox::cdn::bytes(store, path.split('?').next().unwrap())
    };
    let sample = address(&store);
    assert!(served(&store, &sample).is_some());
    upload(&mut store, path, "a.png", 9, &[]);
    let first = address(&store);
    assert_eq!(served(&store, &first), Some(vec![7; 9]));
    assert_eq!(served(&store, &sample), None);
    upload(&mut store, path, "a.png", 9, &[]);
    assert_ne!(address(&store), first, "a new address each time");
    assert_eq!(served(&store, &first), None);
    let last = address(&store);
    assert_eq!(ask(&mut store, "DELETE", path, "").status, 204);
    assert_eq!(
        (address(&store).as_str(), served(&store, &last)),
        ("", None)
    );
    assert!(store.files.is_empty());
}
