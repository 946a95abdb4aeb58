//! From one store into another: nothing there is taken for something else because its id is the
//! same, nothing is made twice, and the version store that is taken from stays as it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use vortex::sandbox::{Fault, Key, Sandbox, SandboxOptions, Scopes, Store, Token, What, When, cdn};

use crate::support::{Home, Outcome, says};

/// Two stores and a home that knows both; the first is backed up.
struct Two {
    from: Sandbox,
    to: Sandbox,
    home: Home,
}

/// Tables and what stands in them, by key.
type Tables = BTreeMap<String, Value>;

fn store(sample: &str, hash: &str, token: &str) -> Sandbox {
    Sandbox::start(SandboxOptions {
        hash: hash.to_owned(),
        tokens: vec![Token::new(token, "owner", Scopes::All)],
        ..SandboxOptions::sample(sample)
    })
    .unwrap()
}

impl Two {
    /// The demo store, and another one with the same ids for other things.
    fn demo() -> Self {
        let two = Self::with("demo");
        two.to.edit(other);
        two
    }

    fn with(sample: &str) -> Self {
        let from = store("demo", "first", "first-token");
        let to = store(sample, "second", "second-token");
        let home = Home::empty()
            .with("VORTEX_STORE_HASH", "first")
            .with("VORTEX_TOKEN", "first-token")
            .with("VORTEX_TO_TOKEN", "second-token");
        home.write(
            "config/vortex/config.toml",
            &format!(
                "[stores.main]\nhash = 'first'\napi_url = '{}'\n[stores.side]\nhash = 'second'\n\
                 api_url = '{}'\n",
                from.url(),
                to.url()
            ),
        );
        home.ok("backup");
        Self { from, to, home }
    }

    fn db(&self) -> PathBuf {
        self.home.path("data/vortex/first.db")
    }

    /// The first product that has a brand and categories.
    fn product(&self) -> (u64, Value) {
        self.from.edit(|store| {
            let mut all = store.table("products").iter();
            let found = all.find(|(_, doc)| {
                let listed = doc["categories"]
                    .as_array()
                    .is_some_and(|all| !all.is_empty());
                listed && doc["brand_id"].as_u64().is_some_and(|id| id > 0)
            });
            let (key, doc) = found.unwrap();
            (key.number(), doc.into_owned())
        })
    }

    fn restore(&self, line: &str) -> Outcome {
        let line = format!("restore {line} --to-store side --yes --json");
        self.home.run(line.split_whitespace())
    }
}

/// Other content under the same ids: names, codes and addresses are its own.
fn other(store: &mut Store) {
    for table in ["products", "brands", "categories"] {
        store.table_mut(table).edit_all(|doc| {
            let name = format!("Other {}", doc["name"].as_str().unwrap_or_default());
            doc["name"] = name.into();
            for (member, inner) in [("custom_url", "url"), ("url", "path")] {
                if let Some(path) = doc[member][inner].as_str() {
                    doc[member][inner] = format!("/other{path}").into();
                }
            }
            let rename = |doc: &mut Value| {
                if let Some(sku) = doc["sku"].as_str().filter(|sku| !sku.is_empty()) {
                    doc["sku"] = format!("OTHER-{sku}").into();
                }
            };
            rename(doc);
            if let Some(all) = doc.get_mut("variants").and_then(Value::as_array_mut) {
                all.iter_mut().for_each(rename);
            }
            true
        });
    }
}

/// All that a store has, of what can be restored.
fn tables(sandbox: &Sandbox) -> Tables {
    sandbox.edit(|store| {
        let mut all = Tables::new();
        // The sandbox counts in one of its tables.
        let names = store.table_names().filter(|name| *name != "part_ids");
        for table in names.collect::<Vec<_>>() {
            for (key, doc) in store.table(table).iter() {
                // No cascade is documented: those of what was deleted stay, and are not valid.
                if table == "template_associations" && !associated(store, &doc) {
                    continue;
                }
                all.insert(format!("{table}/{key}"), doc.into_owned());
            }
        }
        all
    })
}

/// Whether what a template association names is there.
fn associated(store: &Store, row: &Value) -> bool {
    let table = match row["entity_type"].as_str().unwrap_or_default() {
        "category" => "categories".to_owned(),
        one => format!("{one}s"),
    };
    Key::of(&row["entity_id"]).is_some_and(|id| store.table(&table).contains(&id))
}

/// What was there before is as it was.
#[track_caller]
fn untouched(before: &Tables, now: &Tables) {
    for (key, doc) in before {
        assert_eq!(now.get(key), Some(doc), "{key}");
    }
}

/// The report, after no id of the other store reached this one.
#[track_caller]
fn report(two: &Two, outcome: &Outcome) -> Value {
    let lines: Vec<String> = two.to.log().iter().map(|entry| entry.line()).collect();
    let far = "40000000000";
    for line in &lines {
        assert!(!line.contains(far), "sent: {line}");
    }
    let held = serde_json::to_string(&tables(&two.to)).unwrap();
    assert!(!held.contains(far), "an id of the other store was sent");
    assert!(two.to.log().iter().all(|entry| entry.token == "owner"));
    assert!(!outcome.stdout.contains(far), "{}", outcome.stdout);
    assert!(!outcome.stderr.contains(far), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|why| panic!("{why}: {outcome:?}"))
}

fn name(sandbox: &Sandbox, table: &str, id: &Value) -> Value {
    let found = sandbox.edit(|store| {
        let key = Key::of(id)?;
        store.table(table).get(&key).map(|doc| doc["name"].clone())
    });
    found.unwrap_or_default()
}

/// A product by its name, with what it points to by theirs.
fn seen(sandbox: &Sandbox, product: &Value) -> Value {
    let doc = sandbox.edit(|store| {
        let mut all = store.table("products").iter();
        let found = all.find(|(_, doc)| doc["name"] == product["name"]);
        found.map(|(_, doc)| doc.into_owned())
    });
    let Some(doc) = doc else {
        return Value::Null;
    };
    let list = |member: &str, show: &dyn Fn(&Value) -> Value| {
        let rows = doc[member].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<String> = rows.iter().map(|row| show(row).to_string()).collect();
        rows.sort();
        rows
    };
    let labels = |row: &Value| {
        let all = row["option_values"].as_array().cloned().unwrap_or_default();
        all.iter()
            .map(|value| value["label"].clone())
            .collect::<Vec<_>>()
    };
    let picture = |row: &Value| {
        let url = row["url_zoom"].as_str()?.split('?').next()?.to_owned();
        let path = url.strip_prefix(cdn::PREFIX)?.to_owned();
        sandbox.edit(|store| cdn::bytes(store, &path).map(|bytes| bytes.len()))
    };
    json!({
        "brand": name(sandbox, "brands", &doc["brand_id"]),
        "categories": list("categories", &|id| name(sandbox, "categories", id)),
        "plain": [doc["sku"], doc["price"], doc["description"], doc["custom_url"], doc["weight"]],
        "options": list("options", &|row| json!([row["display_name"], labels(row)])),
        "variants": list("variants", &|row| json!([row["sku"], row["price"], labels(row)])),
        "modifiers": list("modifiers", &|row| json!([row["display_name"], labels(row)])),
        "custom fields": list("custom_fields", &|row| json!([row["name"], row["value"]])),
        "images": list("images", &|row| json!([row["sort_order"], row["description"], picture(row)])),
        "related": list("related_products", &|id| match id.as_i64() {
            Some(-1) => json!("chosen by the store"),
            _ => name(sandbox, "products", id),
        }),
    })
}

fn bytes(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn a_product_comes_with_its_brand_and_categories_and_nothing_there_is_touched() {
    let two = Two::demo();
    let (id, product) = two.product();
    let (before, source) = (tables(&two.to), bytes(&two.db()));
    let asked = two.from.requests();
    let plan = two.restore(&format!("product {id} --dry-run"));
    let planned = report(&two, &plan);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(
        plan.stdout.contains("first-to-second.db"),
        "{}",
        plan.stdout
    );
    assert_eq!(planned["to_store"], "side");
    assert!(!two.home.path("data/vortex/first-to-second.db").exists());
    assert_eq!(tables(&two.to), before);
    let done = two.restore(&format!("product {id}"));
    let told = report(&two, &done);
    assert_eq!(done.code, 0, "{done:?}");
    let steps = told["steps"].as_array().unwrap();
    let creates = steps.iter().filter(|step| step["action"] == "create");
    assert!(creates.count() >= 3, "{steps:?}");
    let own = id.to_string();
    assert!(steps.iter().any(|step| step["id"].as_str() == Some(&own)));
    let now = tables(&two.to);
    untouched(&before, &now);
    assert!(now.len() > before.len() + 2);
    assert_eq!(seen(&two.to, &product), seen(&two.from, &product));
    let images = seen(&two.to, &product)["images"].to_string();
    assert!(!images.contains(",null]"), "{images}");
    assert_eq!(bytes(&two.db()), source, "the version store was written to");
    assert_eq!(two.from.requests(), asked, "the first store was asked");

    // Again: the same objects.
    let again = two.restore(&format!("product {id}"));
    assert_eq!(again.code, 0, "{again:?}");
    let told = report(&two, &again);
    assert_eq!(told["run"], Value::Null, "{told}");
    assert_eq!(tables(&two.to), now);

    // An edit there is taken back in place.
    two.to.edit(|store| {
        store.table_mut("products").edit_all(|doc| {
            let own = doc["name"] == product["name"];
            if own {
                doc["description"] = "edited there".into();
            }
            own
        })
    });
    let again = two.restore(&format!("product {id}"));
    assert_eq!(again.code, 0, "{again:?}");
    let told = report(&two, &again);
    assert_eq!(told["steps"][0]["action"], "update", "{told}");
    assert_eq!(
        told["steps"][0]["conflicts"][0]["path"], "/description",
        "{told}"
    );
    assert_eq!(seen(&two.to, &product), seen(&two.from, &product));

    // And undone, both of them.
    let undo = |run: &Value| {
        let line = format!("undo {run} --to-store side --yes --json");
        let undone = two.home.run(line.split_whitespace());
        assert_eq!(undone.code, 0, "{undone:?}");
        report(&two, &undone);
    };
    undo(&told["run"]);
    assert_eq!(seen(&two.to, &product)["plain"][2], "edited there");
    let first: Value = serde_json::from_str(&done.stdout).unwrap();
    undo(&first["run"]);
    let left: Vec<_> = tables(&two.to).into_keys().collect();
    assert_eq!(left, before.keys().cloned().collect::<Vec<_>>());
    untouched(&before, &tables(&two.to));

    // The version store of the two is one as any.
    let pair = two.home.path("data/vortex/first-to-second.db");
    let pair = pair.display();
    two.home
        .ok(&format!("verify --deep --db {pair} --store side"));
    let runs = two.home.json(&format!("runs --db {pair} --store side"));
    assert_eq!(runs.as_array().unwrap().len(), 4, "{runs}");

    // What was taken back can be restored once more.
    let again = two.restore(&format!("product {id}"));
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(seen(&two.to, &product), seen(&two.from, &product));
    assert_eq!(bytes(&two.db()), source);
}

#[test]
fn what_is_there_by_its_own_name_is_taken_for_it() {
    let two = Two::demo();
    let (id, product) = two.product();
    let brand = name(&two.from, "brands", &product["brand_id"]);
    // The brand of that name and the product of that SKU live there under other ids.
    let (ours, twin) = two.to.edit(|store| {
        let id = store.next_id("brands");
        let acme = json!({"id": id, "name": brand, "page_title": "theirs", "meta_keywords": [],
            "meta_description": "", "search_keywords": "", "image_url": "",
            "custom_url": {"url": "/theirs/", "is_customized": true}});
        store.table_mut("brands").insert(id, acme);
        let last = store.table("products").keys().next_back().unwrap().clone();
        store.edit("products", last.clone(), |doc| {
            doc["sku"] = product["sku"].clone();
            doc["price"] = 1.into();
        });
        (id, last.number())
    });
    assert!(product["sku"].as_str().is_some_and(|sku| !sku.is_empty()));
    let before = tables(&two.to);
    let done = two.restore(&format!("product {id} --field price"));
    let told = report(&two, &done);
    assert_eq!(done.code, 0, "{done:?}");
    let step = &told["steps"][0];
    assert_eq!(
        (&step["action"], &step["id"]),
        (&json!("update"), &json!(twin.to_string()))
    );
    let reason = step["reason"].as_str().unwrap();
    assert!(
        reason.contains("taken for product") && reason.contains("sku"),
        "{reason}"
    );
    let now = tables(&two.to);
    assert_eq!(now[&format!("products/{twin}")]["price"], product["price"]);
    assert_eq!(
        now[&format!("brands/{ours}")],
        before[&format!("brands/{ours}")]
    );
    assert_eq!(now.len(), before.len());

    // The rest of it: the brand there is pointed to, and stays as it is.
    let done = two.restore(&format!("product {id} --field brand_id"));
    let told = report(&two, &done);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        told["notes"].to_string().contains("stays as it is"),
        "{told}"
    );
    let now = tables(&two.to);
    assert_eq!(now[&format!("products/{twin}")]["brand_id"], json!(ours));
    assert_eq!(
        now[&format!("brands/{ours}")],
        before[&format!("brands/{ours}")]
    );
}

#[test]
fn without_dependencies_what_lacks_is_named() {
    let two = Two::demo();
    let (id, product) = two.product();
    let before = tables(&two.to);
    let done = two.restore(&format!("product {id} --no-dependencies"));
    let told = report(&two, &done);
    assert_eq!(done.code, 3, "{done:?}");
    let losses = told["steps"][0]["losses"].to_string();
    assert!(losses.contains("brand_id: brand"), "{losses}");
    untouched(&before, &tables(&two.to));
    let there = seen(&two.to, &product);
    assert_eq!(
        (&there["brand"], &there["categories"]),
        (&Value::Null, &json!([]))
    );
}

#[test]
fn a_whole_store_moves_into_an_empty_one() {
    let two = Two::with("empty");
    let before = tables(&two.to);
    let line = "--entity categories,brands,products,customers,redirects,coupons,promotions,pages \
                --at run:1";
    let done = two.restore(line);
    let told = report(&two, &done);
    assert!(matches!(done.code, 0 | 3), "{done:?}");
    let failed = |step: &&Value| step["status"] == "failed";
    let failed: Vec<&Value> = told["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(failed)
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let differing = &told["differing"];
    assert_eq!(differing, &json!([]), "{differing:#}");
    for (key, doc) in tables(&two.from) {
        if key.starts_with("products/") {
            assert_eq!(seen(&two.to, &doc), seen(&two.from, &doc), "{key}");
        }
    }
    let now = tables(&two.to);
    // Redirects and coupons lead to what is called the same there.
    let led = |sandbox: &Sandbox| {
        let mut led = BTreeMap::new();
        for (key, doc) in tables(sandbox) {
            let named = |table: &str, id: &Value| name(sandbox, table, id);
            if key.starts_with("redirects/") {
                let to = match doc["to"]["type"].as_str().unwrap_or_default() {
                    "product" => named("products", &doc["to"]["entity_id"]),
                    "category" => named("categories", &doc["to"]["entity_id"]),
                    "brand" => named("brands", &doc["to"]["entity_id"]),
                    _ => Value::Null,
                };
                led.insert(doc["from_path"].to_string(), vec![to]);
            }
            if key.starts_with("coupons/") && doc["type"] != "promotion" {
                let table = doc["applies_to"]["entity"].as_str().unwrap_or_default();
                let ids = doc["applies_to"]["ids"].as_array().cloned();
                let ids = ids.unwrap_or_default();
                let to = ids.iter().map(|id| named(table, id)).collect();
                led.insert(doc["code"].to_string(), to);
            }
        }
        led
    };
    let wanted = led(&two.from);
    assert!(
        wanted.values().flatten().any(|to| !to.is_null()),
        "{wanted:?}"
    );
    assert_eq!(led(&two.to), wanted);
    let again = two.restore(line);
    report(&two, &again);
    assert_eq!(tables(&two.to).len(), now.len(), "something was made twice");
    let undone = format!("undo {} --to-store side --yes --json", told["run"]);
    let undone = two.home.run(undone.split_whitespace());
    assert!(matches!(undone.code, 0 | 3), "{undone:?}");
    let left = tables(&two.to);
    untouched(&before, &left);
    let more: Vec<_> = left
        .keys()
        .filter(|key| !before.contains_key(*key))
        .collect();
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn a_lost_answer_at_any_request_is_gone_on_with_and_nothing_is_doubled() {
    let two = Two::demo();
    let (id, product) = two.product();
    two.to.clear_log();
    let whole = two.restore(&format!("product {id}"));
    assert_eq!(whole.code, 0, "{whole:?}");
    let wanted = tables(&two.to).len();
    let log = two.to.log();
    let writes = log.iter().enumerate().filter(|(_, e)| e.method != "GET");
    let writes: Vec<u64> = writes.map(|(at, _)| at as u64 + 1).collect();
    assert!(writes.len() > 3);
    for n in writes {
        for what in [What::Reset, What::Status(500)] {
            let two = Two::demo();
            two.to.set_faults(vec![Fault::at(n, what.clone())]);
            let done = two.restore(&format!("product {id}"));
            let told = report(&two, &done);
            two.to.set_faults(vec![]);
            if done.code != 0 {
                let run = &told["run"];
                let line = format!("restore --resume {run} --to-store side --yes --json");
                let done = two.home.run(line.split_whitespace());
                assert_eq!(done.code, 0, "request {n}, {what:?}: {done:?}");
            }
            assert_eq!(tables(&two.to).len(), wanted, "request {n}, {what:?}");
            assert_eq!(
                seen(&two.to, &product),
                seen(&two.from, &product),
                "request {n}"
            );
        }
    }
}

#[test]
fn who_may_come_in_and_what_is_no_other_store_is_said() {
    let two = Two::demo();
    let (id, _) = two.product();
    let line = |name: &str| format!("restore product {id} --to-store {name} --yes");
    let two_fails = |line: &str, code: i32| two.home.fails(line, code);
    says(&two_fails(&line("main"), 2), "usage", "in place");
    says(&two_fails(&line("first"), 2), "usage", "in place");
    says(&two_fails(&line("sied"), 2), "no_store", "side");
    says(
        &two_fails("undo 1 --to-store side --yes", 1),
        "no_version_store",
        "first-to-second.db",
    );
    assert_eq!(two.to.requests(), 0);
    let mut home = two.home;
    home.set("VORTEX_TO_TOKEN", "wrong-token");
    says(&home.fails(&line("side"), 4), "unauthorized", "");
    home.set("VORTEX_TO_TOKEN", "");
    let asked = two.to.requests();
    let error = home.fails(&line("second"), 2);
    says(&error, "no_token", "VORTEX_TO_TOKEN");
    assert_eq!(two.to.requests(), asked, "another token was tried");
    home.write("side-token", "second-token\n");
    let config = std::fs::read_to_string(home.path("config/vortex/config.toml")).unwrap();
    let path = home.path("side-token");
    let config = format!("{config}token_file = '{}'\n", path.display());
    home.write("config/vortex/config.toml", &config);
    home.set("VORTEX_API_URL", &two.from.url());
    let done = home.run(format!("{} -q", line("second")).split_whitespace());
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn rules_and_groups_point_to_what_is_made_there() {
    let two = Two::demo();
    let (id, product) = two.product();
    let brand = product["brand_id"].clone();
    two.from.edit(|store| {
        let promotion = json!({"id": 71, "name": "Half a kettle", "redemption_type": "AUTOMATIC",
            "status": "ENABLED", "rules": [{"apply_once": true, "stop": false,
            "action": {"cart_items": {"discount": {"percentage_amount": "50"}, "items": {"and": [
                {"products": [id]}, {"brands": [brand]}]}}}}]});
        store.table_mut("promotions").insert(71, promotion);
        let zoned = json!({"id": 72, "name": "Zoned", "redemption_type": "AUTOMATIC",
            "status": "ENABLED", "rules": [{"apply_once": true, "stop": false,
            "action": {"shipping": {"free_shipping": true, "zone_ids": [3]}}}]});
        store.table_mut("promotions").insert(72, zoned);
    });
    two.home.ok("backup");
    let before = tables(&two.to);
    let done = two.restore("promotions 71 72");
    let told = report(&two, &done);
    assert_eq!(done.code, 3, "{done:?}");
    let skip = &told["steps"][0];
    assert_eq!(
        (&skip["action"], &skip["id"]),
        (&json!("skip"), &json!("72")),
        "{skip}"
    );
    assert!(
        skip["reason"].as_str().unwrap().contains("shipping zone 3"),
        "{skip}"
    );
    let now = tables(&two.to);
    untouched(&before, &now);
    let made = now
        .iter()
        .find(|(_, doc)| doc["name"] == "Half a kettle")
        .unwrap()
        .1;
    let items = &made["rules"][0]["action"]["cart_items"]["items"]["and"];
    let to = name(&two.to, "products", &items[0]["products"][0]);
    assert_eq!(to, product["name"]);
    let to = name(&two.to, "brands", &items[1]["brands"][0]);
    assert_eq!(to, name(&two.from, "brands", &brand));

    // A customer's group is made, or the one of its name is taken; never the one of its id.
    let (customer, group) = two.from.edit(|store| {
        let mut all = store.table("customers").iter();
        let found = all.find(|(_, doc)| doc["customer_group_id"].as_u64().is_some_and(|id| id > 0));
        let (_, doc) = found.unwrap();
        let group = Key::of(&doc["customer_group_id"]).unwrap();
        let group = store.table("customer_groups").get(&group).unwrap();
        (doc.into_owned(), group["name"].clone())
    });
    two.to.edit(|store| {
        store.table_mut("customer_groups").edit_all(|doc| {
            doc["name"] = format!("Other {}", doc["name"]).into();
            true
        });
        store.table_mut("customers").edit_all(|doc| {
            doc["email"] = format!("other-{}", doc["email"].as_str().unwrap()).into();
            true
        })
    });
    let before = tables(&two.to);
    let done = two.restore(&format!("customer {}", customer["id"]));
    report(&two, &done);
    let now = tables(&two.to);
    untouched(&before, &now);
    let made = now
        .iter()
        .find(|(key, doc)| key.starts_with("customers/") && doc["email"] == customer["email"]);
    let made = made.unwrap_or_else(|| panic!("{done:?}")).1;
    assert_eq!(
        name(&two.to, "customer_groups", &made["customer_group_id"]),
        group
    );
}

#[test]
fn killed_at_any_write_it_is_finished_by_a_resume() {
    let two = Two::demo();
    let (id, product) = two.product();
    two.to.clear_log();
    assert_eq!(two.restore(&format!("product {id}")).code, 0);
    let wanted = tables(&two.to).len();
    let log = two.to.log();
    let writes = log.iter().enumerate().filter(|(_, e)| e.method != "GET");
    let writes: Vec<u64> = writes.map(|(at, _)| at as u64 + 1).collect();
    for n in writes.into_iter().step_by(2) {
        let two = Two::demo();
        let victim = std::sync::Arc::new(std::sync::atomic::AtomicI32::new(0));
        let target = std::sync::Arc::clone(&victim);
        two.to.edit_at(When::Request(n), move |_| {
            let pid = target.load(std::sync::atomic::Ordering::SeqCst);
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        });
        let line = format!("restore product {id} --to-store side --yes -q");
        let mut command = two.home.command();
        command.args(line.split_whitespace());
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut child = two.to.edit(|_| {
            let child = command.spawn().unwrap();
            let pid = i32::try_from(child.id()).unwrap();
            victim.store(pid, std::sync::atomic::Ordering::SeqCst);
            child
        });
        assert!(
            !child.wait().unwrap().success(),
            "request {n} did not kill it"
        );
        two.to.set_faults(vec![]);
        let again = two
            .home
            .run("restore --resume 1 --to-store side --yes --json".split(' '));
        assert_eq!(again.code, 0, "request {n}: {again:?}");
        report(&two, &again);
        assert_eq!(tables(&two.to).len(), wanted, "request {n}");
        assert_eq!(
            seen(&two.to, &product),
            seen(&two.from, &product),
            "request {n}"
        );
    }
}

#[test]
fn what_every_store_has_is_changed_in_place_and_an_order_never_goes() {
    let two = Two::demo();
    let order = two
        .from
        .edit(|store| store.table("orders").keys().next().unwrap().number());
    let done = two.restore(&format!("order {order}"));
    let told = report(&two, &done);
    assert_eq!(done.code, 3, "{done:?}");
    assert_eq!(told["steps"][0]["action"], "skip", "{told}");
    two.to.edit(|store| {
        store.edit("email_templates", Key::parse("invoice_email"), |doc| {
            doc["subject"] = "theirs".into();
        })
    });
    let done = two.restore("email-template invoice_email");
    let told = report(&two, &done);
    assert_eq!(done.code, 0, "{done:?}");
    let step = &told["steps"][0];
    assert_eq!(step["action"], "update", "{step}");
    assert!(
        step["reason"].as_str().unwrap().contains("every store"),
        "{step}"
    );
    let subject = |sandbox: &Sandbox| {
        sandbox.edit(|store| {
            let found = store.document("email_templates", Key::parse("invoice_email"));
            found.unwrap()["subject"].clone()
        })
    };
    assert_eq!(subject(&two.to), subject(&two.from));
    // By the file, as well.
    let pair = two.home.path("data/vortex/first-to-second.db");
    let mut home = two.home;
    home.set("VORTEX_TOKEN", "second-token");
    home.set("VORTEX_TO_TOKEN", "");
    let run = &told["run"];
    home.ok(&format!(
        "undo {run} --db {} --store side --yes",
        pair.display()
    ));
    assert_eq!(subject(&two.to), "theirs");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let two = Two::with("empty");
    for flags in [
        "product 101 --as-copy",
        "--all --at run:1 --delete-newer",
        "--all --at run:1 --relink-orders",
    ] {
        let line = format!("restore {flags} --to-store side --yes");
        says(&two.home.fails(&line, 2), "usage", "");
    }
    says(
        &two.home
            .fails("restore product 999999 --to-store side --yes", 1),
        "unknown_object",
        "before the first backup",
    );
    assert_eq!(two.to.requests(), 0);
}
