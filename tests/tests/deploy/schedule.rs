use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::target::Target;

/// As an operator calls it. Nothing has changed in the sample since it was loaded.
pub fn the_crawler_runs_when_it_is_called(target: &Target) {
    let crawler = target.output("CrawlerName");
    let mut shell = Command::new("bash");
    shell
        .args([
            "-c",
            r#"echo '{"task": "invalidate"}' | "$AWS" lambda invoke --function-name "$CRAWLER" \
            --payload fileb:///dev/stdin "$ANSWER" && cat "$ANSWER""#,
        ])
        .env("AWS", target.deployment.aws.cli_folder().join("aws"))
        .env("CRAWLER", crawler)
        .env("ANSWER", target.folder().join("invalidate.json"))
        .envs(target.deployment.aws.environment())
        .stderr(Stdio::inherit());
    let said = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    let answer = said.lines().last().unwrap_or_default();
    let answer: Value = serde_json::from_str(answer).unwrap_or_else(|_| panic!("{said}"));
    let outcome = ["outcome", "task", "complete", "error"].map(|name| answer[name].clone());
    assert_eq!(
        outcome,
        ["ran".into(), "invalidate".into(), true.into(), Value::Null],
        "{answer}\n{}",
        target.deployment.aws.log()
    );
}

/// The commands have set it to once a minute. A run leaves a note of itself in the table.
pub fn the_crawler_runs_by_its_schedules(target: &Target) {
    const PATIENCE: Duration = Duration::from_secs(180);
    let note = || target.item("note/task/check-catalogue", "note");
    let before = note();
    let deadline = Instant::now() + PATIENCE;
    while note() == before {
        assert!(
            Instant::now() < deadline,
            "no run:\n{}",
            target.deployment.aws.log()
        );
        std::thread::sleep(Duration::from_secs(2));
    }
}
