//! What holds of every store, and what holds of DynamoDB in trouble.

mod stores;

mod cold;
mod cost;
mod damage;
mod entries;
mod interrupted;
mod leases;
mod limits;
mod lists;
mod marks;
mod notes;
mod scribbled;
mod serve;
mod settings;
mod table;
mod through_the_edge;
mod trouble;
mod unread;
