//! Chance with a seed: the same seed gives the same life on every machine.

/// A small generator (xoshiro256++ seeded by splitmix64); not for secrets.
#[derive(Debug, Clone)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        let mut z = seed;
        let mut next = || {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut x = z;
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ (x >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// From 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 up to, not including, `n` (0 for `n` = 0).
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: f64) -> bool {
        self.unit() * 100.0 < chance
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// Time until the next of independent arrivals, mean `mean_s`, in microseconds.
    pub fn exponential_us(&mut self, mean_s: f64) -> u64 {
        (-(1.0 - self.unit()).ln() * mean_s * 1e6) as u64
    }

    /// A duration people take: log-normal with that median, in microseconds; `spread` 0.5 is usual.
    pub fn human_us(&mut self, median_s: f64, spread: f64) -> u64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        let factor = (normal * spread).exp().clamp(0.1, 10.0);
        (median_s * factor * 1e6) as u64
    }
}
