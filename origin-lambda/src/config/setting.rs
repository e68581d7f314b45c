//! Which settings there are, by the structs that hold them.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Config;

/// A setting: a field that holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// Where it is, e.g. `database.url`.
    pub path: String,
    /// What it means.
    pub meaning: String,
    /// What sort of text sets it.
    pub kind: Kind,
    /// The words that it takes, if it takes no others.
    pub words: Vec<String>,
}

/// What sort of text sets a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that nobody else may see.
    Secret,
    /// Text, whatever it looks like.
    Text,
    /// Texts with commas between, in brackets or without.
    List,
    /// A number, a word.
    Value,
}

/// What stands for a provider's name.
const ANY: &str = "<name>";

/// Every setting: those without a group first, then by path. Those of providers stand once, for all of them.
pub(super) fn all() -> Vec<Setting> {
    let schema = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Config>();
    let mut settings = Vec::new();
    walk(&mut settings, "", schema.as_value());
    settings.sort_by_cached_key(|setting| (setting.path.contains('.'), setting.path.clone()));
    settings
}

/// Every setting, with those of each provider.
pub(super) fn each() -> Vec<Setting> {
    let names = crate::providers::names();
    all()
        .into_iter()
        .flat_map(|setting| {
            if !setting.path.contains(ANY) {
                return vec![setting];
            }
            names
                .iter()
                .map(|name| Setting {
                    path: setting.path.replace(ANY, name),
                    ..setting.clone()
                })
                .collect()
        })
        .collect()
}

/// The environment variable of a setting.
pub(super) fn variable(path: &str) -> String {
    format!("LINERNOTES_{}", path.replace('.', "__").to_uppercase())
}

fn walk(settings: &mut Vec<Setting>, path: &str, schema: &Value) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    if let Some(properties) = schema["properties"].as_object() {
        for (name, schema) in properties {
            walk(settings, &below(name), schema);
        }
    } else if schema["additionalProperties"].is_object() {
        walk(settings, &below(ANY), &schema["additionalProperties"]);
    } else {
        let words = words(schema);
        settings.push(Setting {
            path: path.to_owned(),
            meaning: text(&schema["description"]),
            kind: if schema["format"] == "secret" {
                Kind::Secret
            } else if schema["type"] == "array" {
                Kind::List
            } else if words.is_empty() && is_text(schema) {
                Kind::Text
            } else {
                Kind::Value
            },
            words,
        });
    }
}

/// A doc comment on one line.
fn text(description: &Value) -> String {
    let text = description.as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_text(schema: &Value) -> bool {
    match &schema["type"] {
        Value::Array(types) => types.iter().any(|name| name == "string"),
        name => name == "string",
    }
}

/// The words of an enumeration, whichever way it is written.
fn words(schema: &Value) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let listed = schema["enum"].as_array().into_iter().flatten();
    words.extend(listed.filter_map(|word| Some(word.as_str()?.to_owned())));
    words.extend(schema["const"].as_str().map(str::to_owned));
    for among in ["oneOf", "anyOf"] {
        let schemas = schema[among].as_array().into_iter().flatten();
        words.extend(schemas.flat_map(self::words));
    }
    words
}
