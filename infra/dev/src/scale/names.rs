//! Names in the scripts that MusicBrainz holds.

use super::dice::Dice;

const GIVEN: [&str; 24] = [
    "Anna", "Björn", "Chloé", "Dmitri", "Elena", "Fatima", "George", "Héctor", "Ingrid", "João",
    "Kate", "Łukasz", "Maria", "Nina", "Oğuz", "Paul", "Quincy", "Renée", "Søren", "Tove", "Úna",
    "Vera", "Wim", "Zoë",
];
const FAMILY: [&str; 24] = [
    "Andersson",
    "Brandão",
    "Čapek",
    "Dvořák",
    "Eriksen",
    "Fitzgerald",
    "García",
    "Hughes",
    "Ibáñez",
    "Jónsdóttir",
    "Kowalski",
    "Lefèvre",
    "Müller",
    "Nguyễn",
    "O’Connor",
    "Popescu",
    "Quinn",
    "Rossi",
    "Şahin",
    "Tanaka",
    "Underwood",
    "Vogel",
    "Williams",
    "Žižek",
];
const LATIN: [&str; 32] = [
    "Silver", "Winter", "Electric", "Night", "Hollow", "River", "Golden", "Paper", "Broken",
    "Summer", "Velvet", "Midnight", "Crystal", "Ocean", "Burning", "Hidden", "Dancing", "Empty",
    "Little", "Morning", "Signal", "Garden", "Mirror", "Shadow", "Engine", "Echo", "Fire",
    "Harbour", "Machine", "Stone", "Lights", "Road",
];
const CYRILLIC: [&str; 12] = [
    "Зима",
    "Ночной",
    "Город",
    "Звезда",
    "Песня",
    "Дорога",
    "Белый",
    "Время",
    "Огонь",
    "Река",
    "Тишина",
    "Сердце",
];
const JAPANESE: [&str; 12] = [
    "東京",
    "夜明け",
    "桜",
    "世界",
    "風の歌",
    "さよなら",
    "メロディ",
    "星空",
    "ハート",
    "雨",
    "未来",
    "青い鳥",
];
const ARABIC: [&str; 8] = [
    "ليل",
    "حبيبي",
    "قمر",
    "أغنية",
    "سلام",
    "البحر",
    "قلبي",
    "الشمس",
];
const ACCENTED: [&str; 12] = [
    "Été",
    "Noël",
    "Façade",
    "Über",
    "Corazón",
    "Señorita",
    "Às",
    "Kärlek",
    "Þoka",
    "Jeździec",
    "Ľúbim",
    "Naïve",
];
const APOSTROPHES: [&str; 8] = [
    "Don’t",
    "It’s",
    "Rock ’n’ Roll",
    "Lovers’",
    "Ain’t",
    "’68",
    "L’amour",
    "Devil’s",
];

/// A name and the name it is sorted by.
pub(super) struct Name {
    pub(super) name: String,
    pub(super) sort_name: String,
}

/// A person's name.
pub(super) fn person(dice: &mut Dice) -> Name {
    let (mut given, family) = ((*dice.pick(&GIVEN)).to_owned(), dice.pick(&FAMILY));
    if dice.chance(700) {
        given.push(' ');
        given.push_str(dice.pick::<&str>(&GIVEN));
    }
    Name {
        name: format!("{given} {family}"),
        sort_name: format!("{family}, {given}"),
    }
}

/// A group's name.
pub(super) fn group(dice: &mut Dice) -> Name {
    let words = title(dice);
    if dice.chance(300) {
        Name {
            name: format!("The {words}"),
            sort_name: format!("{words}, The"),
        }
    } else {
        Name {
            name: words.clone(),
            sort_name: words,
        }
    }
}

/// The title of an album, a track, a series: one to four words.
pub(super) fn title(dice: &mut Dice) -> String {
    let words: &[&str] = match dice.below(100) {
        0..72 => &LATIN,
        72..80 => &ACCENTED,
        80..86 => &APOSTROPHES,
        86..92 => &CYRILLIC,
        92..97 => &JAPANESE,
        _ => &ARABIC,
    };
    let mut title = (*dice.pick(words)).to_owned();
    for _ in 0..dice.below(4) {
        title.push(' ');
        title.push_str(dice.pick::<&str>(words));
    }
    title
}

/// The `number`th of many different words, in lower case: genres, tags and labels are named once each.
pub(super) fn distinct(number: u32) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "do", "fe", "gi", "ka", "lu", "mé", "no", "pi", "ra", "so", "tü", "va", "we", "yo",
        "za",
    ];
    let mut word = String::new();
    let mut rest = number as usize;
    loop {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
        if rest == 0 {
            return word;
        }
    }
}
