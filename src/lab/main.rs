//! `vigie-lab`: measures Vigie beside its floors.

fn main() {}
