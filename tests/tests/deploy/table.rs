use std::process::Command;

use linernotes_tests::prepared;
use serde_json::Value;

use crate::target::Target;

/// The template and `linernotes create-table` describe one table.
pub fn it_is_as_the_program_makes_it(target: &Target) {
    const BY_PROGRAM: &str = "made-by-the-program";
    let made = Command::new(prepared().origin)
        .arg("create-table")
        .env("LINERNOTES_STORE__KIND", "dynamodb")
        .env("LINERNOTES_STORE__TABLE", BY_PROGRAM)
        .envs(target.deployment.aws.environment())
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    assert_eq!(
        described(target, target.output("TableName")),
        described(target, BY_PROGRAM)
    );
    target.aws(&["dynamodb", "delete-table", "--table-name", BY_PROGRAM]);
}

/// A table as far as its maker decides.
fn described(target: &Target, table: &str) -> [Value; 4] {
    let table = target.aws(&["dynamodb", "describe-table", "--table-name", table]);
    let table = &table["Table"];
    let by_name = |list: &Value, name: &str| {
        let mut list = list.as_array().cloned().unwrap_or_default();
        list.sort_by_key(|entry| entry[name].to_string());
        list
    };
    let indexes = by_name(&table["GlobalSecondaryIndexes"], "IndexName")
        .iter()
        .map(|index| {
            ["IndexName", "KeySchema", "Projection"]
                .map(|name| index[name].clone())
                .to_vec()
                .into()
        })
        .collect();
    [
        table["KeySchema"].clone(),
        by_name(&table["AttributeDefinitions"], "AttributeName").into(),
        Value::Array(indexes),
        table["BillingModeSummary"]["BillingMode"].clone(),
    ]
}
