//! The form that chooses a metadata profile.

use maud::{Markup, html};

use linernotes_shared::request::Profile;

use super::profile::{PRIMARY, SECONDARY, STATUSES, boxes};

/// The boxes of a profile, in Lidarr's order.
pub fn fields(profile: Profile) -> Markup {
    html! {
        // Says that boxes were looked at, when none is ticked.
        input type="hidden" name="profile" value="own";
        (group("Primary types", &PRIMARY, profile))
        (group("Secondary types", &SECONDARY, profile))
        (group("Release statuses", &STATUSES, profile))
    }
}

/// A form of its own at the head of a page.
pub fn form(action: &str, profile: Profile) -> Markup {
    html! {
        details.box open[profile != Profile::STANDARD] {
            summary { "Metadata profile: " strong { (name(profile)) } }
            p.small.soft { "Tick what the profile in your Lidarr has ticked (Settings → Profiles → Metadata Profiles)." }
            form action=(action) method="get" {
                (fields(profile))
                p {
                    button type="submit" { "Apply" }
                    " "
                    @if profile != Profile::STANDARD { a href=(action) { "Back to Standard" } }
                }
            }
        }
    }
}

/// What a profile is called.
pub fn name(profile: Profile) -> &'static str {
    if profile == Profile::STANDARD {
        "Standard (albums, studio, official)"
    } else {
        "your own"
    }
}

fn group(legend: &str, names: &'static [&'static str], profile: Profile) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            div.boxes {
                @for (number, name) in boxes(names) {
                    label {
                        input type="checkbox" name="allow" value=(number) checked[profile.allows(number)];
                        (name)
                    }
                }
            }
        }
    }
}
