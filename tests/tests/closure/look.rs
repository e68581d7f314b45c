//! What the catalogue said since a crawler could last look.

use std::collections::BTreeMap;

use linernotes_shared::request::Entity;
use linernotes_tests::Crawled;
use serde_json::Value;

use crate::library::Library;

/// Moments since then: what is kept may be of any of them.
pub struct Look(Vec<Moment>);

/// What would be told of everything that libraries have, or that their artists' lists name, if nothing were kept.
pub struct Moment(BTreeMap<(&'static str, String), Option<Value>>);

impl Look {
    /// The look itself.
    pub fn at(subject: &Crawled, libraries: &[Library]) -> Self {
        Self(vec![Moment::now(subject, libraries)])
    }

    /// A later moment, of which is what is built now because somebody asks.
    pub fn note(&mut self, subject: &Crawled, libraries: &[Library]) {
        self.0.push(Moment::now(subject, libraries));
    }

    pub fn moments(&self) -> impl Iterator<Item = &Moment> {
        self.0.iter()
    }
}

impl Moment {
    fn now(subject: &Crawled, libraries: &[Library]) -> Self {
        let mut said = BTreeMap::new();
        let mut listed = Vec::new();
        for (entity, mbid) in libraries.iter().flat_map(Library::held) {
            let truth = subject.unkept(entity, &mbid);
            if let (Entity::Artist, Some(truth)) = (entity, &truth) {
                let albums = truth["Albums"].as_array().expect("albums are a list");
                let mbids = albums.iter().filter_map(|album| album["Id"].as_str());
                listed.extend(mbids.map(str::to_owned));
            }
            said.insert((entity.name(), mbid), truth);
        }
        for mbid in listed {
            said.entry((Entity::Album.name(), mbid.clone()))
                .or_insert_with(|| subject.unkept(Entity::Album, &mbid));
        }
        Self(said)
    }

    /// Whether anybody asked.
    pub fn knew(&self, (entity, mbid): (Entity, &str)) -> bool {
        self.0.contains_key(&(entity.name(), mbid.to_owned()))
    }

    /// What would have been told; `None` for 404.
    pub fn unkept(&self, entity: Entity, mbid: &str) -> Option<Value> {
        self.0.get(&(entity.name(), mbid.to_owned())).cloned()?
    }
}
