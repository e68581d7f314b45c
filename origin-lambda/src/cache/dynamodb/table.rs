use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableDescription, TableStatus, TimeToLiveSpecification,
    TimeToLiveStatus,
};

use super::DynamoDbStore;
use super::item::{CHANGED, DUE, EXPIRES, PK, SK, SLICE};
use crate::cache::StoreError;

/// Index of found entries by time of change.
pub(super) const BY_CHANGE: &str = "by-change";
/// Index of found entries by end of freshness.
pub(super) const BY_FRESHNESS: &str = "by-freshness";

/// How often a new table's state is looked at, and how many times.
const PAUSE: Duration = Duration::from_millis(500);
const LOOKS: u32 = 240;

/// The table isn't one that this store can use.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("the table {0} has other keys than Linernotes uses: name another one")]
    Keys(String),
    #[error("the table {0} lacks the index {1}")]
    Index(String, &'static str),
    #[error("the table {0} isn't ready yet: try again in a minute")]
    NotReady(String),
}

impl DynamoDbStore {
    /// Makes the table if it isn't there, and has DynamoDB remove what expires. Does nothing to a table that is as it
    /// should be.
    pub async fn ensure_table(&self) -> Result<(), StoreError> {
        if self.describe().await?.is_none() {
            let created = definition(self.client.create_table().table_name(&self.table))
                .map_err(|error| StoreError::Failed(Box::new(error)))?
                .send()
                .await;
            if let Err(error) = created
                // Somebody else makes it at the same time.
                && !matches!(
                    error.as_service_error(),
                    Some(CreateTableError::ResourceInUseException(_))
                )
            {
                return Err(self.failure("CreateTable", error));
            }
        }
        self.wait_until_active().await?;
        self.ensure_expiry().await
    }

    async fn wait_until_active(&self) -> Result<(), StoreError> {
        for _ in 0..LOOKS {
            match self.describe().await? {
                Some(table) if table.table_status() == Some(&TableStatus::Active) => {
                    return self
                        .see_that_it_fits(&table)
                        .map_err(|unusable| StoreError::Failed(Box::new(unusable)));
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(StoreError::Failed(Box::new(Unusable::NotReady(
            self.table.clone(),
        ))))
    }

    fn see_that_it_fits(&self, table: &TableDescription) -> Result<(), Unusable> {
        let keys: Vec<&str> = table
            .key_schema()
            .iter()
            .map(|key| key.attribute_name())
            .collect();
        if keys != [PK, SK] {
            return Err(Unusable::Keys(self.table.clone()));
        }
        for index in [BY_CHANGE, BY_FRESHNESS] {
            if !table
                .global_secondary_indexes()
                .iter()
                .any(|there| there.index_name() == Some(index))
            {
                return Err(Unusable::Index(self.table.clone(), index));
            }
        }
        Ok(())
    }

    async fn ensure_expiry(&self) -> Result<(), StoreError> {
        let response = self
            .client
            .describe_time_to_live()
            .table_name(&self.table)
            .send()
            .await
            .map_err(|error| self.failure("DescribeTimeToLive", error))?;
        let status = response
            .time_to_live_description
            .and_then(|description| description.time_to_live_status);
        if matches!(
            status,
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        ) {
            return Ok(());
        }
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(EXPIRES)
            .enabled(true)
            .build()
            .map_err(|error| StoreError::Failed(Box::new(error)))?;
        self.client
            .update_time_to_live()
            .table_name(&self.table)
            .time_to_live_specification(specification)
            .send()
            .await
            .map_err(|error| self.failure("UpdateTimeToLive", error))?;
        Ok(())
    }

    async fn describe(&self) -> Result<Option<TableDescription>, StoreError> {
        let described = self
            .client
            .describe_table()
            .table_name(&self.table)
            .send()
            .await;
        match described {
            Ok(response) => Ok(response.table),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_resource_not_found_exception() => Ok(None),
                _ => Err(self.failure("DescribeTable", error)),
            },
        }
    }
}

/// The table as `docs/store.md` describes it.
fn definition(request: CreateTableFluentBuilder) -> Result<CreateTableFluentBuilder, BuildError> {
    let mut request = request
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?);
    for name in [PK, SK, SLICE, CHANGED, DUE] {
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()?;
        request = request.attribute_definitions(attribute);
    }
    for (index, sort) in [(BY_CHANGE, CHANGED), (BY_FRESHNESS, DUE)] {
        let projection = Projection::builder()
            .projection_type(ProjectionType::KeysOnly)
            .build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(index)
            .key_schema(key(SLICE, KeyType::Hash)?)
            .key_schema(key(sort, KeyType::Range)?)
            .projection(projection)
            .build()?;
        request = request.global_secondary_indexes(index);
    }
    Ok(request)
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(kind)
        .build()
}
