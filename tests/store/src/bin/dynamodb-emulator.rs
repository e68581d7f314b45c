//! The emulator in a process of its own, for benchmarks, which count the CPU of each process.

use std::io::Write;

use linernotes_store_tests::Emulator;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let emulator = Emulator::start().await;
    // Whoever started us reads this line to know the port.
    println!("listening on {}", emulator.url);
    std::io::stdout().flush()?;
    std::future::pending().await
}
