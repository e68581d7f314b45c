use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Waits until a minute has just begun, unless this one still has so many seconds: for what is counted by the clock's
/// minutes.
pub fn wait_for_a_minute_with(seconds: u64) {
    const MINUTE: u64 = 60;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let left = MINUTE - now % MINUTE;
    if left < seconds {
        std::thread::sleep(Duration::from_secs(left));
    }
}
