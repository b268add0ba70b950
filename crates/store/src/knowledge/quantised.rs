//! Vectors in a byte per dimension: each is scaled by its largest component, and the inverse of its length is
//! kept beside it, so that a cosine is one product of whole numbers and floats.

/// Bytes before the components: the inverse length, a little-endian 32-bit float.
const HEAD: usize = 4;

/// Bytes of one vector.
#[must_use]
pub const fn size(dimensions: usize) -> usize {
    HEAD + dimensions
}

/// Appends a vector.
#[allow(clippy::cast_possible_truncation)]
pub fn push(bytes: &mut Vec<u8>, vector: &[f32]) {
    let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    let whole: Vec<i8> = vector.iter().map(|x| (x * scale).round() as i8).collect();
    let length = whole.iter().map(|x| f32::from(*x) * f32::from(*x)).sum::<f32>().sqrt();
    let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
    bytes.extend_from_slice(&inverse.to_le_bytes());
    bytes.extend(whole.iter().map(|x| x.cast_unsigned()));
}

/// The vectors of a row, as unit vectors; what is no whole number of vectors is nothing.
#[must_use]
pub fn unpack(bytes: &[u8], dimensions: usize) -> Option<Vec<Vec<f32>>> {
    if dimensions == 0 || !bytes.len().is_multiple_of(size(dimensions)) {
        return None;
    }
    let unit = |vector: &[u8]| {
        let (head, whole) = vector.split_at_checked(HEAD)?;
        let inverse = f32::from_le_bytes(head.try_into().ok()?);
        Some(whole.iter().map(|x| f32::from(x.cast_signed()) * inverse).collect())
    };
    bytes.chunks_exact(size(dimensions)).map(unit).collect()
}

/// A question's vector, of length 1.
#[derive(Clone, Debug)]
pub struct Question(Vec<f32>);

impl Question {
    #[must_use]
    pub fn new(vector: &[f32]) -> Self {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
        Self(vector.iter().map(|x| x * inverse).collect())
    }

    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    /// The cosine with every vector of a row, in order; none where the row is of other dimensions.
    pub fn cosines<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = f32> + 'a {
        let size = size(self.0.len());
        let fits = bytes.len().is_multiple_of(size);
        bytes.chunks_exact(size).filter(move |_| fits).map(|vector| {
            let Some((head, whole)) = vector.split_at_checked(HEAD) else { return 0.0 };
            let inverse = head.try_into().map_or(0.0, f32::from_le_bytes);
            // Four sums: one alone would wait for itself.
            let mut sums = [0.0_f32; 4];
            let (mut a, mut b) = (whole.chunks_exact(4), self.0.chunks_exact(4));
            for (bytes, floats) in a.by_ref().zip(b.by_ref()) {
                for ((sum, byte), float) in sums.iter_mut().zip(bytes).zip(floats) {
                    *sum += f32::from(byte.cast_signed()) * float;
                }
            }
            let rest: f32 = a
                .remainder()
                .iter()
                .zip(b.remainder())
                .map(|(byte, float)| f32::from(byte.cast_signed()) * float)
                .sum();
            (sums.iter().sum::<f32>() + rest) * inverse
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_of_bytes_is_the_cosine_of_floats_to_two_digits() {
        let wave = |phase: f32| (0..387_u16).map(|n| (f32::from(n) * 0.37 + phase).sin()).collect::<Vec<_>>();
        let exact = |a: &[f32], b: &[f32]| {
            let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let vectors: Vec<Vec<f32>> = [0.0, 0.4, 1.1, 2.9].map(wave).to_vec();
        let mut bytes = Vec::new();
        vectors.iter().for_each(|vector| push(&mut bytes, vector));
        let question = Question::new(&wave(0.2));
        let found: Vec<f32> = question.cosines(&bytes).collect();
        assert_eq!(found.len(), 4);
        for (vector, cosine) in vectors.iter().zip(found) {
            assert!((exact(vector, &wave(0.2)) - cosine).abs() < 0.01, "{cosine}");
        }
        let back = unpack(&bytes, 387).unwrap();
        assert!((exact(&back[2], &vectors[2]) - 1.0).abs() < 0.001);
        assert!((back[2].iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 0.001);
    }

    #[test]
    fn other_dimensions_and_nothing_are_nothing() {
        let mut bytes = Vec::new();
        push(&mut bytes, &[1.0, 2.0, 3.0]);
        assert_eq!(Question::new(&[1.0, 0.0]).cosines(&bytes).count(), 0);
        assert!(unpack(&bytes, 4).is_none());
        let mut zero = Vec::new();
        push(&mut zero, &[0.0, 0.0]);
        assert_eq!(Question::new(&[1.0, 0.0]).cosines(&zero).collect::<Vec<_>>(), [0.0]);
    }
}
