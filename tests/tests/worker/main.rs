//! The edge alone, on workerd, in front of an origin that does what a test tells it, with a clock that a test moves.

mod access;
mod bodies;
mod clients;
mod durable;
mod http;
mod isolates;
mod logs;
mod operator;
mod pictures;
mod purge;
mod rig;
mod states;
mod suite;
mod trouble;
mod unknowns;
