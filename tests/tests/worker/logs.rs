//! What Cloudflare keeps of requests.

use std::process::Command;

use linernotes_dev::checkout;
use linernotes_dev::run::Environment;
use serde_json::{Value, json};

/// Prints what wrangler takes an environment's observability to be.
const SCRIPT: &str = "
    import { unstable_readConfig as read } from 'wrangler';
    const { observability } = read({ config: 'wrangler.toml', env: process.argv[1] });
    console.log(JSON.stringify(observability));
";

/// A request's URL and header hold what people search for, their names at Last.fm and their addresses.
#[test]
fn the_workers_own_lines_are_kept_and_no_request_is() {
    for environment in Environment::ALL {
        let read = Command::new("node")
            .args(["--input-type=module", "--eval", SCRIPT, environment.name()])
            .current_dir(checkout::root().join("edge-worker"))
            .env("WRANGLER_SEND_METRICS", "false")
            .output()
            .unwrap();
        let printed = String::from_utf8(read.stdout).unwrap();
        let observability: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(
            observability,
            json!({"enabled": true, "logs": {"enabled": true, "invocation_logs": false}}),
            "{environment:?}"
        );
    }
}
