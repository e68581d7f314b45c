//! Chains: several providers of the same thing, best first, the next asked for what the ones before lack.

use super::capability::Lookup;
use super::record::{CoverType, Picture};
use super::records::Reading;

/// What a chain gives, and whether all that were asked were heard.
pub(super) struct Given<T> {
    pub value: T,
    pub is_complete: bool,
}

/// A picture of each type that is wanted, in that order, each from the first that has it.
pub(super) async fn pictures(
    wanted: &[CoverType],
    chain: &[Lookup],
    reading: &Reading<'_>,
) -> Given<Vec<Picture>> {
    let mut found: Vec<Option<Picture>> = vec![None; wanted.len()];
    let mut is_complete = true;
    for (place, lookup) in chain.iter().enumerate() {
        if found.iter().all(Option::is_some) {
            break;
        }
        let said = reading.look_up(lookup, place + 1 == chain.len()).await;
        is_complete &= said.is_heard;
        for picture in said.record.into_iter().flat_map(|record| record.pictures) {
            let place = wanted.iter().position(|kind| *kind == picture.cover_type);
            if let Some(slot) = place.and_then(|place| found.get_mut(place)) {
                slot.get_or_insert(picture);
            }
        }
    }
    Given {
        value: found.into_iter().flatten().collect(),
        is_complete,
    }
}

/// The text of the first that has one.
pub(super) async fn text(chain: &[Lookup], reading: &Reading<'_>) -> Given<Option<String>> {
    let mut is_complete = true;
    for (place, lookup) in chain.iter().enumerate() {
        let said = reading.look_up(lookup, place + 1 == chain.len()).await;
        is_complete &= said.is_heard;
        if let Some(text) = said.record.and_then(|record| record.overview) {
            return Given {
                value: Some(text),
                is_complete,
            };
        }
    }
    Given {
        value: None,
        is_complete,
    }
}
