/// MusicBrainz's lower-case genre with initial capitals, e.g. `Contemporary R&B`, as Lidarr shows and tags it.
///
/// PostgreSQL's `INITCAP` can't do it: MusicBrainz's databases have the C locale, where it takes `ó` for a word's end.
pub(super) fn title_case(genre: &str) -> String {
    let mut previous = ' ';
    genre
        .chars()
        .flat_map(|character| {
            let starts_word = !previous.is_alphanumeric() && !is_apostrophe(previous);
            previous = character;
            let upper = starts_word.then(|| character.to_uppercase());
            let same = (!starts_word).then_some(character);
            upper.into_iter().flatten().chain(same)
        })
        .collect()
}

const fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}

#[cfg(test)]
mod tests {
    use super::title_case;

    #[test]
    fn every_word_starts_with_a_capital_whatever_its_script() {
        for (genre, expected) in [
            ("pop", "Pop"),
            ("contemporary r&b", "Contemporary R&B"),
            ("singer-songwriter", "Singer-Songwriter"),
            ("nueva canción", "Nueva Canción"),
            ("éntekhno", "Éntekhno"),
            ("children's music", "Children's Music"),
            ("2-step", "2-Step"),
            ("80s rock", "80s Rock"),
            ("русский рок", "Русский Рок"),
            ("", ""),
        ] {
            assert_eq!(title_case(genre), expected);
        }
    }
}
