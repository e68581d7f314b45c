//! The crawler on a DynamoDB table: the same as on a file, with a table in trouble, and killed again and again.

mod kills;
mod table;
