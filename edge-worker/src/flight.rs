//! One request to the origin for all in this isolate who want the same answer.
//!
//! Whoever comes first has the request made, as work that goes on if that client goes away; all wait for what it brings.
//! Only plain memory is shared: what belongs to one request of the runtime's can't be used by another.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use worker::js_sys::{self, Function, futures::JsFuture};
use worker::wasm_bindgen::JsValue;

use crate::now_ms;
use crate::patience::within;
use crate::settle::Settled;

/// A request under way.
#[derive(Debug)]
pub struct Flight {
    /// In unix milliseconds.
    started: u64,
    /// When what it brings was purged, in unix seconds; 0 for never. It may be what was there before.
    purged_at: Cell<u64>,
    brought: RefCell<Option<Rc<Settled>>>,
    landed: js_sys::Promise,
    land: Option<Function>,
}

thread_local! {
    static FLIGHTS: RefCell<BTreeMap<String, Rc<Flight>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The part one has in a flight.
#[derive(Debug)]
pub enum Seat {
    /// One's own: the request is still to be made.
    First(Rc<Flight>),
    /// Somebody else's.
    Joined(Rc<Flight>),
}

/// Joins the flight for a path, or begins one. A flight older than `limit` has lost its pilot.
pub fn board(path: &str, limit: Duration) -> Seat {
    FLIGHTS.with_borrow_mut(|flights| {
        let now = now_ms();
        flights.retain(|_, flight| {
            let age = u128::from(now.abs_diff(flight.started));
            age <= limit.as_millis()
        });
        if let Some(flight) = flights.get(path) {
            return Seat::Joined(Rc::clone(flight));
        }
        let flight = Rc::new(Flight::new(now));
        flights.insert(path.to_owned(), Rc::clone(&flight));
        Seat::First(flight)
    })
}

/// Purges a path's answer `now`, in unix seconds: what is on its way isn't fresh when it comes, and who comes from now on
/// begins another flight.
pub fn purge(path: &str, now: u64) {
    if let Some(flight) = FLIGHTS.with_borrow_mut(|flights| flights.remove(path)) {
        flight.purge(now);
    }
}

impl Flight {
    fn new(now: u64) -> Self {
        let mut land = None;
        let landed = js_sys::Promise::new(&mut |resolve, _| land = Some(resolve));
        Self {
            started: now,
            purged_at: Cell::new(0),
            brought: RefCell::new(None),
            landed,
            land,
        }
    }

    /// When what it brings was purged, in unix seconds; 0 for never.
    pub fn purged_at(&self) -> u64 {
        self.purged_at.get()
    }

    /// Notes that what it brings was purged `at` some moment, in unix seconds.
    pub fn purge(&self, at: u64) {
        self.purged_at.set(self.purged_at.get().max(at));
    }

    /// Hands over what the request brought. Who comes from now on gets it at once.
    pub fn arrive(&self, settled: Rc<Settled>) {
        self.brought.replace(Some(settled));
        if let Some(land) = &self.land {
            // A promise that is resolved already stays so.
            let _ = land.call0(&JsValue::UNDEFINED);
        }
    }

    /// Ends the flight: who comes from now on begins another. One that has begun already, after a purge, goes on.
    pub fn end(self: &Rc<Self>, path: &str) {
        FLIGHTS.with_borrow_mut(|flights| {
            if flights
                .get(path)
                .is_some_and(|flight| Rc::ptr_eq(flight, self))
            {
                flights.remove(path);
            }
        });
    }

    /// What the request brings, unless that takes longer than `limit`.
    pub async fn wait(&self, limit: Duration) -> Option<Rc<Settled>> {
        // Looked at now and then as well, for a promise of another request's may be slow to tell.
        const GLANCE: Duration = Duration::from_millis(250);
        let mut waited = Duration::ZERO;
        loop {
            if let Some(settled) = self.brought.borrow().clone() {
                return Some(settled);
            }
            if waited >= limit {
                return None;
            }
            let landed = JsFuture::from(self.landed.clone());
            if within(GLANCE, landed).await.is_none() {
                waited += GLANCE;
            }
        }
    }
}
