//! Commands of a guide in `docs/`, to be run as a reader would.

use std::path::Path;

use super::RunError;
use crate::checkout;

/// What stands before a block that isn't run here: `<!-- not run here: why -->`.
const NOT_RUN: &str = "<!-- not run here: ";
/// What stands before the block with values that are the reader's own.
const VALUES: &str = "<!-- values -->";

/// A guide's commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// Names that the reader gives values to.
    pub values: Vec<Value>,
    /// Blocks of shell commands, each with the heading it stands under.
    pub blocks: Vec<Block>,
}

/// A name that the reader gives a value to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The name.
    pub name: String,
    /// Whether programs see it in their environment.
    pub is_exported: bool,
}

/// A block of shell commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Heading.
    pub heading: String,
    /// Commands.
    pub commands: String,
}

impl Guide {
    /// Reads `docs/NAME.md`.
    pub fn read(name: &str) -> Result<Self, RunError> {
        let file = checkout::root().join("docs").join(format!("{name}.md"));
        let text = std::fs::read_to_string(&file)
            .map_err(RunError::file(format!("reading {}", file.display())))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut guide = Self {
            values: Vec::new(),
            blocks: Vec::new(),
        };
        let mut heading = String::new();
        let mut mark = "";
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix("## ") {
                title.clone_into(&mut heading);
            } else if let Some(language) = line.strip_prefix("```") {
                let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                match (language, mark) {
                    ("sh", VALUES) => guide.values.extend(assigned(&block)),
                    ("sh", mark) if !mark.starts_with(NOT_RUN) => guide.blocks.push(Block {
                        heading: heading.clone(),
                        commands: block.join("\n"),
                    }),
                    _ => {}
                }
            }
            // A mark holds for what comes right after it.
            if !line.is_empty() {
                mark = line;
            }
        }
        guide
    }

    /// The commands under all headings that `wanted` names, as one script that stops at the first that fails.
    pub fn script(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.blocks
            .iter()
            .filter(|block| wanted(&block.heading))
            .map(|block| format!("{}\n", block.commands))
            .collect()
    }
}

/// The names in lines such as `STACK=linernotes  # a name` and `export AWS_REGION=…`.
fn assigned(block: &[&str]) -> Vec<Value> {
    block
        .iter()
        .filter_map(|line| {
            let line = line.trim_start();
            let assignment = line.strip_prefix("export ");
            let (name, _) = assignment.unwrap_or(line).split_once('=')?;
            let is_name = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            is_name.then(|| Value {
                name: name.to_owned(),
                is_exported: assignment.is_some(),
            })
        })
        .collect()
}

/// Makes a folder to run a guide's commands in: what they name of the checkout is there, and what they write stays out of
/// it.
pub(super) fn make_place(folder: &Path) -> Result<(), RunError> {
    let link = folder.join("infra");
    let making = RunError::file(format!("making {}", folder.display()));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::os::unix::fs::symlink(checkout::root().join("infra"), link))
        .map_err(making)
}

#[cfg(test)]
mod tests {
    use super::{Block, Guide, Value};

    #[test]
    fn a_guides_commands_are_those_that_can_be_run_here() {
        let guide = Guide::parse(
            "# Guide\n\n<!-- values -->\n```sh\n# Yours:\nexport REGION=x\nNAME='a b' # any\n```\n\n## Do it\n\n```sh\none\n\
             two\n```\n\n```console\n$ shown\n```\n\n<!-- not run here: it needs an account -->\n```sh\nthree\n```\n\n\
             ## Undo it\n\n```sh\nfour\n```\n",
        );
        let block = |heading: &str, commands: &str| Block {
            heading: heading.to_owned(),
            commands: commands.to_owned(),
        };
        let value = |name: &str, is_exported| Value {
            name: name.to_owned(),
            is_exported,
        };
        assert_eq!(guide.values, [value("REGION", true), value("NAME", false)]);
        assert_eq!(
            guide.blocks,
            [block("Do it", "one\ntwo"), block("Undo it", "four")]
        );
        assert_eq!(guide.script(|heading| heading != "Undo it"), "one\ntwo\n");
    }
}
