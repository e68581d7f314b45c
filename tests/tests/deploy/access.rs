use linernotes_tests::ask;

use crate::target::Target;

pub fn nobody_else_is_let_in(target: &Target) {
    assert_eq!(ask(target.deployment.api()).send().status, 403);
}

/// Whoever steals it from Cloudflare can ask the API what anybody can ask the edge.
pub fn the_edges_key_opens_nothing_else(target: &Target) {
    let deployment = &target.deployment;
    let key = [
        ("AWS_ACCESS_KEY_ID", deployment.variable("EDGE_KEY_ID")),
        ("AWS_SECRET_ACCESS_KEY", deployment.variable("EDGE_KEY")),
    ];
    let (api, crawler) = (target.output("ApiName"), target.output("CrawlerName"));
    let (table, secret) = (target.output("TableName"), deployment.variable("SECRET"));
    let nowhere = "/dev/null";
    let doors: [&[&str]; 6] = [
        &["lambda", "invoke", "--function-name", api, nowhere],
        &["lambda", "invoke", "--function-name", crawler, nowhere],
        &["lambda", "get-function", "--function-name", api],
        &["dynamodb", "scan", "--table-name", table],
        &["secretsmanager", "get-secret-value", "--secret-id", secret],
        &["iam", "list-users"],
    ];
    for door in doors {
        let (opens, said) = target.aws_with(&key, door);
        assert!(!opens && said.contains("AccessDenied"), "{door:?}: {said}");
    }
}

/// Whoever may look at the functions sees no password.
pub fn settings_are_in_the_secret_alone(target: &Target) {
    let password = target.deployment.variable("OPERATOR_KEY");
    for function in ["ApiName", "CrawlerName"] {
        let name = target.output(function);
        let seen = target.aws(&[
            "lambda",
            "get-function-configuration",
            "--function-name",
            name,
        ]);
        let variables = seen["Environment"]["Variables"].to_string();
        assert!(
            variables.contains("LINERNOTES_SETTINGS_SECRET"),
            "{variables}"
        );
        assert!(!variables.contains("postgres://"), "{variables}");
        assert!(!variables.contains(password), "{variables}");
    }
    assert!(!target.deployment.aws.log().contains(password));
}

pub fn nothing_is_left(target: &Target) {
    let lists: [&[&str]; 6] = [
        &["dynamodb", "list-tables", "--query", "TableNames"],
        &["lambda", "list-functions", "--query", "Functions"],
        &["iam", "list-users", "--query", "Users"],
        &["scheduler", "list-schedules", "--query", "Schedules"],
        &["cloudwatch", "describe-alarms", "--query", "MetricAlarms"],
        &["s3api", "list-buckets", "--query", "Buckets"],
    ];
    for list in lists {
        let left = target.aws(list);
        assert!(
            left.as_array().is_none_or(Vec::is_empty),
            "{list:?}: {left}"
        );
    }
    assert_ne!(ask(target.deployment.api()).send().status, 200);
}
