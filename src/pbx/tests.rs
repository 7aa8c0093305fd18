//! What the built-in PBX sends, seen as a whole.

use super::life::{Life, Pace};
use super::*;

const START: Micros = 1_795_224_414_000_000;

fn ten_minutes(seed: u64) -> Life {
    let size = Size { seed, ..Settings::default().size };
    let mut life = Life::new(START, &size, Pace::default());
    life.advance(START + 600_000_000);
    life
}

#[test]
fn the_same_seed_gives_the_same_life_byte_for_byte() {
    let (one, two) = (ten_minutes(7), ten_minutes(7));
    assert!(one.exchange.out.bytes() == two.exchange.out.bytes());
    assert!(one.exchange.out.bytes() != ten_minutes(8).exchange.out.bytes());
}
