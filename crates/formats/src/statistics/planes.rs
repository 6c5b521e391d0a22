//! The tests: when a distribution of bytes is no noise, and when the numbers explain why.

/// How concentrated a byte plane must be, in hundredths of what noise shows: at 300 the odd values are as frequent as if only
/// 43 of the 128 occurred. The fewer bits a mantissa has, the more do multiples of one scale share them.
pub(super) fn byte_alarm(mantissa: u8) -> u64 {
    match mantissa {
        0..=9 => 900,
        10..=22 => 500,
        _ => 300,
    }
}
/// Beyond this three values or fewer make up the plane: periods of a division or a constant, no payload.
const BYTE_CONSTANT: u64 = 4000;
/// The same for packed bits, against bits that are independent of one another.
const BITS_ALARM: f64 = 2.5;
/// Fewer symbols than this in a histogram say nothing.
const SYMBOLS: u64 = 128;
/// A payload uses at least this many values; divisions and roundings give fewer.
const KINDS: usize = 16;

/// The concentration of a byte plane, times what noise shows, when it is that of a payload. Only odd values count: numbers
/// on a grid, and numbers from a random generator with fewer bits, end in zeros.
pub(super) fn byte_plane(histogram: &[u16; 256], alarm: u64) -> Option<u32> {
    let (mut total, mut squares, mut kinds) = (0u64, 0u64, 0);
    for pair in histogram.as_chunks::<2>().0 {
        let count = u64::from(pair[1]);
        total += count;
        squares += count * count;
        kinds += usize::from(count > 0);
    }
    if total < 2 * SYMBOLS || kinds < KINDS {
        return None;
    }
    // The chance that two are equal, without counting each with itself, over that of noise: 1/128.
    let pairs = total * (total - 1);
    let concentration = (squares - total).saturating_mul(12_800) / pairs;
    (alarm..BYTE_CONSTANT).contains(&concentration).then_some((concentration / 100) as u32)
}

/// The concentration of packed bits, times what bits show that are as often set at each place of the byte and independent,
/// when it is that of a payload. Bytes of all zeros or all ones are runs of equal bits and do not count.
pub(super) fn packed_bits(histogram: &[u16; 256], bits: u32) -> Option<u32> {
    let values = 1usize << bits;
    let places = 8 / bits as usize;
    let (mut total, mut squares, mut kinds) = (0u64, 0u64, 0);
    let mut marginals = [[0u64; 16]; 8];
    for (symbol, count) in histogram.iter().enumerate().take(255).skip(1) {
        let count = u64::from(*count);
        if count == 0 {
            continue;
        }
        total += count;
        squares += count * count;
        kinds += 1;
        for (place, marginal) in marginals.iter_mut().enumerate().take(places) {
            marginal[symbol >> (place * bits as usize) & (values - 1)] += count;
        }
    }
    if total < SYMBOLS || kinds < KINDS {
        return None;
    }
    let chance = |squares: u64| (squares - total) as f64 / (total * (total - 1)) as f64;
    let independent: f64 = marginals
        .iter()
        .take(places)
        .map(|m| m.iter().map(|n| (*n as f64 / total as f64).powi(2)).sum::<f64>())
        .product();
    let concentration = chance(squares) / independent;
    (concentration >= BITS_ALARM).then_some(concentration as u32)
}

/// Whether the numbers explain what a test saw: they are few (a grid, a quantisation), they repeat, they only rise, or their low bits are a
/// function of one another (rounded decimals, divisions). `plane` is the byte that alarmed, if it was one.
pub(super) fn is_natural(numbers: &[u64], width: usize, plane: Option<usize>) -> bool {
    let total = numbers.len();
    // Rows, pairs or blocks that are repeated.
    for step in [1, 2, 3, 4, 6, 8, 16, 32, 64] {
        let equal = numbers.iter().zip(numbers.iter().skip(step)).filter(|(a, b)| a == b && **a != 0).count();
        if equal * 5 > total {
            return true;
        }
    }
    // Positions, bins and times: a table that only rises or only falls.
    let rises = numbers.windows(2).filter(|pair| pair[0] <= pair[1]).count();
    if rises * 20 < total || rises * 20 > total * 19 {
        return true;
    }
    // Four bits to each number: sixteen values in each block, whatever its scale.
    let mut block = Vec::new();
    let in_blocks: usize = numbers
        .chunks_exact(64)
        .map(|numbers| {
            block.clear();
            block.extend_from_slice(numbers);
            distinct(&mut block)
        })
        .sum();
    if in_blocks < 24 * (total / 64) {
        return true;
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    // One value that stands in between, as decayed states of an optimiser have it.
    let most = match (width, plane) {
        (2, _) => total / 12,
        (_, None) => total / 50,
        _ => total,
    };
    if sorted.chunk_by(|a, b| a == b).any(|run| run.len() > most && run[0] != 0) {
        return true;
    }
    let Some(plane) = plane else {
        let kinds = distinct(&mut sorted);
        // Numbers of 16 bits repeat by chance.
        return if width == 2 { kinds * 16 < total } else { kinds * 2 < total };
    };
    // Only those with an odd byte were counted.
    sorted.retain(|number| number >> (8 * plane) & 1 == 1);
    if is_function(&sorted, width, plane) {
        return true;
    }
    if width > 2 {
        // Each number once: a payload leaves hardly two alike, except where it is all zeros.
        sorted.dedup();
        let mut histogram = [0u16; 256];
        for number in &sorted {
            histogram[(number >> (8 * plane) & 255) as usize] += 1;
        }
        return sorted.len() < 150 || byte_plane(&histogram, byte_alarm(23)).is_none();
    }
    distinct(&mut sorted) < 150
}

/// Whether the bits beside the byte follow from it: those below it, or for the lowest byte those above it.
fn is_function(numbers: &[u64], width: usize, plane: usize) -> bool {
    let (shift, bits) = match (width, plane) {
        (2, _) => return false,
        (4, 0) => (0, 12),
        (_, 0) => (0, 24),
        _ => (8 * (plane - 1), 16),
    };
    let mut byte: Vec<u64> = numbers.iter().map(|number| number >> (8 * plane) & 0xff).collect();
    let mut wide: Vec<u64> = numbers.iter().map(|number| number >> shift & ((1 << bits) - 1)).collect();
    let (byte, wide) = (distinct(&mut byte), distinct(&mut wide));
    wide <= byte * 2
}

/// How many different values there are; sorts them.
fn distinct(values: &mut [u64]) -> usize {
    values.sort_unstable();
    values.chunk_by(|a, b| a == b).count()
}
