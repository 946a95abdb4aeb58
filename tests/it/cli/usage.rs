//! Command lines and settings that make no sense: exit 2, one line, a hint.

use crate::support::{Home, Shop, says};

#[test]
fn a_misspelt_subcommand_is_put_right() {
    says(
        &Home::empty().fails("bakcup", 2),
        "usage",
        "did you mean 'backup'?",
    );
}

#[test]
fn nothing_typed_shows_the_help_and_exits_2() {
    let outcome = Home::empty().run([""; 0]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("Usage: vortex"), "{outcome:?}");
    assert!(outcome.stdout.is_empty());
}

#[test]
fn a_misspelt_entity_is_put_right_in_every_command_that_takes_one() {
    let home = Home::empty()
        .with("VORTEX_STORE_HASH", "abc123")
        .with("VORTEX_TOKEN", "x");
    for line in [
        "list brnads",
        "list brnads 12",
        "show brnads 12",
        "diff brnads 12",
        "diff --since 2d --entity brnads",
        "backup --entity brnads",
        "backup --exclude brnads",
    ] {
        says(
            &home.fails(line, 2),
            "unknown_entity",
            "did you mean 'brands'?",
        );
    }
}

#[test]
fn a_hash_that_is_none_is_refused_with_the_form_it_has() {
    let home = Home::empty().with("VORTEX_TOKEN", "x");
    says(
        &home.fails("backup --store abc/123", 2),
        "bad_hash",
        "letters and digits only",
    );
    let url = "https://api.bigcommerce.com/stores/abc123/v3/";
    says(
        &home.fails(&format!("list --store {url}"), 2),
        "bad_hash",
        ": abc123",
    );
    let home = home.with("VORTEX_STORE_HASH", "../../etc");
    says(
        &home.fails("list", 2),
        "bad_hash",
        "letters and digits only",
    );
}

#[test]
fn without_a_store_the_error_says_how_to_name_one() {
    says(
        &Home::empty().fails("list", 2),
        "no_store",
        "VORTEX_STORE_HASH",
    );
    says(
        &Home::empty().fails("backup", 2),
        "no_store",
        "vortex login",
    );
}

#[test]
fn without_a_token_the_error_names_the_variable_and_the_file() {
    let home = Home::empty().with("VORTEX_STORE_HASH", "abc123");
    says(&home.fails("backup", 2), "no_token", "VORTEX_TOKEN_FILE");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let home = Home::empty()
        .with("VORTEX_STORE_HASH", "")
        .with("VORTEX_TOKEN", "");
    says(&home.fails("backup", 2), "no_store", "VORTEX_STORE_HASH");
}

#[test]
fn a_wrong_key_in_the_config_is_named_with_its_line() {
    let home = Home::empty();
    home.write(
        "config/vortex/config.toml",
        "[stores.main]\nhash = 'abc123'\ntoken = 'x'\n",
    );
    let error = home.fails("list", 2);
    says(&error, "config", "quota_share");
    assert!(
        error["message"].as_str().unwrap().contains("config.toml:3"),
        "{error}"
    );
}

#[test]
fn a_token_never_goes_out_in_the_clear() {
    let home = Home::empty()
        .with("VORTEX_STORE_HASH", "abc123")
        .with("VORTEX_TOKEN", "x");
    let error = home.fails("backup --api-url http://api.bigcommerce.com", 2);
    says(&error, "bad_url", "https");
}

#[test]
fn words_that_are_no_version_no_time_and_no_field_are_refused() {
    let home = Home::empty().with("VORTEX_STORE_HASH", "abc123");
    says(&home.fails("show brand 12 v0", 2), "bad_version", "v3");
    says(&home.fails("diff brand 12 vv3", 2), "bad_version", "latest");
    says(
        &home.fails("show brand 12 @soon", 2),
        "bad_version",
        "2026-11-01",
    );
    says(
        &home.fails("diff --since soon", 2),
        "bad_time",
        "2026-11-01",
    );
    says(
        &home.fails("list brands --changed-since 13pm", 2),
        "bad_time",
        "2026-11-01",
    );
    says(
        &home.fails("show brand 12 --field a[x]", 2),
        "bad_field",
        "a.b[0].c",
    );
}

#[test]
fn a_secret_is_in_no_output_even_when_it_is_given_in_the_wrong_place() {
    let home = Home::empty()
        .with("VORTEX_STORE_HASH", "abc123")
        .with("VORTEX_TOKEN", "two words");
    let outcome = home.run(["backup", "-vv"]);
    assert_eq!(outcome.code, 2);
    assert!(!outcome.stderr.contains("two words"), "{outcome:?}");
}

#[test]
fn an_empty_store_on_the_command_line_is_refused_whatever_the_environment_says() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    for flag in ["--store", "--api-url", "--db", "--config"] {
        let outcome = shop.home.run(["list", flag, ""]);
        assert_eq!(outcome.code, 2, "{flag}: {outcome:?}");
    }
}

#[test]
fn a_span_that_ends_before_it_begins_is_refused() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    let error = shop.home.fails("diff --since 1h --until 2h", 2);
    says(&error, "bad_time", "--since is the earlier");
    shop.home.ok("diff --since 2h --entity brand,coupon");
    says(
        &shop.home.fails("diff --since 2h --entity brand,cuopon", 2),
        "unknown_entity",
        "coupon",
    );
}

#[test]
fn a_sandbox_that_allows_no_request_is_refused() {
    let error = Home::empty().fails("sandbox --quota 0", 2);
    assert_eq!(error["kind"], "usage", "{error}");
}
