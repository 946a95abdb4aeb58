//! `login` through the binary, as a script uses it.

use serde_json::Value;
use vortex::sandbox::{SandboxOptions, Scopes, Token, scopes};

use crate::support::{Shop, says};

const LINE: [&str; 6] = [
    "login",
    "--token-stdin",
    "--token-file",
    "secret/token",
    "--name",
    "main",
];

#[test]
fn a_login_tries_the_token_and_keeps_it_where_it_is_told_to() {
    let mut shop = Shop::demo();
    let token = shop.sandbox.token().to_owned();
    shop.home.set("VORTEX_TOKEN", "");
    let outcome = shop.home.run_with(LINE, &format!("{token}\n"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("brands"), "{outcome:?}");
    assert!(!format!("{outcome:?}").contains(&token));
    let config = std::fs::read_to_string(shop.home.path("config/vortex/config.toml")).unwrap();
    assert!(
        config.contains("[stores.main]") && config.contains("token_file"),
        "{config}"
    );
    assert!(!config.contains(&token));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in ["config/vortex/config.toml", "secret/token"] {
            let mode = std::fs::metadata(shop.home.path(file))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
    // From now on no variable is needed.
    shop.home.set("VORTEX_STORE_HASH", "");
    shop.home.set("VORTEX_API_URL", "");
    shop.home.ok("backup --entity brands");
}

#[test]
fn a_token_that_lacks_a_scope_is_told_what_it_can_not_read() {
    let token = Token::new(
        "some-token",
        "few",
        Scopes::Without(scopes(&[
            "store_v2_marketing_read_only",
            "store_v2_marketing",
        ])),
    );
    let mut shop = Shop::with(SandboxOptions {
        tokens: vec![token],
        ..SandboxOptions::default()
    });
    shop.home.set("VORTEX_TOKEN", "");
    let outcome = shop
        .home
        .run_with(LINE.into_iter().chain(["--json"]), "some-token");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let entity = |name: &str| {
        report["entities"]
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["entity"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(entity("brands")["read"], "yes", "{report}");
    assert_eq!(entity("coupons")["read"], "no", "{report}");
    assert_eq!(
        entity("coupons")["scope_read"],
        "store_v2_marketing_read_only"
    );
}

#[test]
fn a_wrong_token_is_not_kept() {
    let mut shop = Shop::demo();
    shop.home.set("VORTEX_TOKEN", "");
    let outcome = shop
        .home
        .run_with(LINE.into_iter().chain(["--json"]), "wrong-token");
    assert_eq!(outcome.code, 4, "{outcome:?}");
    let error: Value = serde_json::from_str(&outcome.stderr).unwrap();
    says(&error["error"], "unauthorized", "token");
    assert!(!shop.home.path("secret/token").exists());
    assert!(!shop.home.path("config/vortex/config.toml").exists());
}

#[test]
fn without_a_terminal_the_token_must_come_by_standard_input() {
    let mut shop = Shop::demo();
    shop.home.set("VORTEX_TOKEN", "");
    says(&shop.home.fails("login", 2), "usage", "--token-stdin");
}

#[test]
fn without_a_keyring_no_profile_is_left_and_the_token_is_told_where_to_go() {
    let mut shop = Shop::demo();
    let token = shop.sandbox.token().to_owned();
    shop.home.set("VORTEX_TOKEN", "");
    let outcome = shop.home.run_with(["login", "--token-stdin"], &token);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stderr.contains("VORTEX_TOKEN_FILE"), "{outcome:?}");
    assert!(!shop.home.path("config/vortex/config.toml").exists());
}

#[test]
fn a_store_has_one_profile_however_often_it_is_logged_in() {
    let mut shop = Shop::demo();
    let token = shop.sandbox.token().to_owned();
    shop.home.set("VORTEX_TOKEN", "");
    assert_eq!(shop.home.run_with(LINE, &token).code, 0);
    assert_eq!(shop.home.run_with(LINE, &token).code, 0);
    let without_name = &LINE[..4];
    assert_eq!(shop.home.run_with(without_name, &token).code, 0);
    let path = shop.home.path("config/vortex/config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    assert_eq!(config.matches("[stores.").count(), 1, "{config}");

    let other = ["--name", "other", "--json"];
    let outcome = shop
        .home
        .run_with(without_name.iter().chain(&other), &token);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let error: Value = serde_json::from_str(&outcome.stderr).unwrap();
    says(&error["error"], "usage", "'main'");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), config);
}
