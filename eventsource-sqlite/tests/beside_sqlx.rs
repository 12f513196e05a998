//! A program can use this store beside sqlx, which links the same SQLite.

use std::path::Path;
use std::process::Command;

const MANIFEST: &str = r#"
[package]
name = "beside-sqlx"
version = "0.0.0"
edition = "2024"

[dependencies]
eventsource-sqlite = { path = "STORE" }
sqlx = ">=0.9"

[workspace]
"#;

/// The result of cargo for a program with these dependencies; `None` if it cannot reach a registry.
fn resolve(manifest: &str) -> Option<Result<String, String>> {
    let folder = tempfile::tempdir().unwrap();
    let manifest = manifest.replace("STORE", env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let resolved = generate(folder.path());
    let said = String::from_utf8_lossy(&resolved.stderr).into_owned();
    if resolved.status.success() {
        let lock = std::fs::read_to_string(folder.path().join("Cargo.lock"));
        return Some(Ok(lock.unwrap()));
    }
    let is_resolved = said.contains("failed to select a version");
    is_resolved.then_some(Err(said))
}

fn generate(folder: &Path) -> std::process::Output {
    Command::new(env!("CARGO"))
        .arg("generate-lockfile")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn versions<'l>(lock: &'l str, package: &str) -> Vec<&'l str> {
    let line = format!("name = \"{package}\"\nversion = \"");
    let packages = lock.split(&line).skip(1);
    packages.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn a_program_with_the_newest_sqlx_resolves() {
    match resolve(MANIFEST) {
        None => eprintln!("skipped: no registry can be reached"),
        Some(Err(said)) => panic!("{said}"),
        Some(Ok(lock)) => {
            assert_eq!(versions(&lock, "sqlx").len(), 1);
            assert_eq!(versions(&lock, "libsqlite3-sys").len(), 1);
        }
    }
}

/// The test would pass otherwise where cargo says something else than it once did.
#[test]
fn a_program_that_links_sqlite_twice_does_not_resolve() {
    let twice = MANIFEST.replace("sqlx = \">=0.9\"", "libsqlite3-sys = \"=0.30.0\"");
    match resolve(&twice) {
        None => eprintln!("skipped: no registry can be reached"),
        Some(resolved) => {
            let said = resolved.unwrap_err();
            assert!(said.contains("links"), "{said}");
        }
    }
}
