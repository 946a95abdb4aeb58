//! The layers: arrows point down only. Reads the `crate::` paths of every module and names file and
//! line of each that points up or sideways.

use std::path::{Path, PathBuf};

/// What each layer may use beside itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("entities", &["model"]),
    ("api", &["model"]),
    ("vault", &["model"]),
    ("sandbox", &["model"]),
    ("engines", &["model", "entities", "api", "vault"]),
    (
        "commands",
        &["model", "entities", "api", "vault", "engines", "sandbox"],
    ),
    (
        "cli",
        &[
            "model", "entities", "api", "vault", "engines", "sandbox", "commands",
        ],
    ),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn arrows_point_down_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut read = 0;
    for (layer, may_use) in MAY_USE {
        let mut found = Vec::new();
        files(&src.join(layer), &mut found);
        for path in found {
            read += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for used in code.split("crate::").skip(1) {
                    let used: String = used
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect();
                    let known = MAY_USE.iter().any(|(name, _)| *name == used);
                    if known && used != *layer && !may_use.contains(&used.as_str()) {
                        wrong.push(format!(
                            "{}:{}: {layer} uses {used}",
                            path.strip_prefix(&src).unwrap().display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    assert!(read > 50, "only {read} files were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn engines_know_no_entity_by_name() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for layer in ["engines", "api", "vault"] {
        files(&src.join(layer), &mut found);
    }
    let mut wrong = Vec::new();
    for path in found
        .iter()
        .filter(|path| !path.components().any(|c| c.as_os_str() == "tests"))
    {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for entity in vortex::entities::all() {
                for name in [entity.name, entity.singular] {
                    if line.contains(&format!("\"{name}\"")) {
                        wrong.push(format!("{}:{}: {name}", path.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
