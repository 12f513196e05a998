//! The requests of the guide, as they are copied.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::service::Service;

fn lines() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/service.md");
    let page = fs::read_to_string(path).unwrap();
    let lines = page.lines().filter_map(|line| line.strip_prefix("$ curl "));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_requests_of_the_guide_are_answered() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let answers = lines().into_iter().map(|line| {
        let line = line.replace("127.0.0.1:8080", &service.address);
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("curl -sS --fail {line}"))
            .output();
        let output = output.unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), 3);
    assert!(answers[0].contains("etag: \"1@1-") && answers[0].contains("\"total_cents\":1380"));
    assert!(answers[1].contains("2 × Assam tea added"));
    assert!(answers[2].contains("\"sku\":\"tea\"") && answers[2].contains("\"in_carts\":1"));
}
