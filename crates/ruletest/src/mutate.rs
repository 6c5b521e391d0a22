//! Breaks bytes in a few places, the same way on each run: cheap fuzzing that needs no tool.

/// A generator of numbers that are the same on each run (xorshift64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Default for Chance {
    fn default() -> Self {
        Chance(0x9e37_79b9_7f4a_7c15)
    }
}

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    /// The bytes, cut, flipped, doubled or overwritten in one to four places.
    #[must_use]
    pub fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut broken = bytes.to_vec();
        for _ in 0..=self.below(4) {
            // Headers decide more than what follows them, so half of the places lie near the start.
            let reach = if self.below(2) == 0 { broken.len().min(256) } else { broken.len() };
            let at = self.below(reach);
            let part = broken.get_mut(at..).unwrap_or_default();
            match self.below(6) {
                0 => broken.truncate(at),
                1 => part.iter_mut().take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
                2 => part.iter_mut().take(4).for_each(|byte| *byte = 0xff),
                3 => part.iter_mut().take(8).for_each(|byte| *byte = 0),
                4 => part.iter_mut().take(1).for_each(|byte| *byte = byte.wrapping_add(1)),
                _ => {
                    let length = part.len().min(self.below(64));
                    let part = part.iter().take(length).copied().collect::<Vec<_>>();
                    broken.splice(at..at, part);
                }
            }
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_breaks_the_same_way_each_time_and_takes_anything() {
        let mut one = Chance::default();
        let mut two = Chance::default();
        for length in [0, 1, 2, 300] {
            let bytes = vec![7; length];
            assert_eq!(one.mutate(&bytes), two.mutate(&bytes));
        }
    }
}
