//! Ids of customers, in byte order, in one piece of memory.

use std::cmp::Ordering;
use std::ops::Index;

/// The ids of customers, numbered from 0 in byte order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerIds {
    text: String,
    /// Where each id ends in the text.
    ends: Vec<u64>,
}

impl CustomerIds {
    /// How many customers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id of a customer, if there is one of this number.
    #[must_use]
    pub fn get(&self, customer: usize) -> Option<&str> {
        let end = *self.ends.get(customer)? as usize;
        let start = customer.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// The number of the customer with this id, if there is one.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from + (to - from) / 2;
            match self[middle].cmp(id) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
            }
        }
        None
    }

    /// All ids, in byte order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|customer| &self[customer])
    }

    /// Puts pieces together, each of them a text and the ends of its ids in it.
    pub(crate) fn from_pieces(pieces: &[(String, Vec<u32>)]) -> Self {
        let mut ids = Self {
            text: String::with_capacity(pieces.iter().map(|(text, _)| text.len()).sum()),
            ends: Vec::with_capacity(pieces.iter().map(|(_, ends)| ends.len()).sum()),
        };
        for (text, ends) in pieces {
            let start = ids.text.len() as u64;
            ids.text.push_str(text);
            ids.ends.extend(ends.iter().map(|end| start + u64::from(*end)));
        }
        ids
    }

    /// The text of all ids, one behind the other, and where each ends.
    pub(crate) fn parts(&self) -> (&str, &[u64]) {
        (&self.text, &self.ends)
    }

    /// The inverse of [`CustomerIds::parts`]; nothing where the ids are not in byte order, each once.
    pub(crate) fn from_parts(text: String, ends: Vec<u64>) -> Option<Self> {
        let whole = ends.last().copied().unwrap_or(0) == text.len() as u64;
        let cut = ends.iter().all(|end| usize::try_from(*end).is_ok_and(|end| text.is_char_boundary(end)));
        if !whole || !cut || !ends.is_sorted() {
            return None;
        }
        let ids = Self { text, ends };
        let ascending = ids.iter().zip(ids.iter().skip(1)).all(|(before, after)| before < after);
        ascending.then_some(ids)
    }
}

impl Index<usize> for CustomerIds {
    type Output = str;

    /// # Panics
    /// There is no customer of this number.
    fn index(&self, customer: usize) -> &str {
        self.get(customer).expect("the number of a customer of this export")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_found_by_number_across_pieces() {
        let pieces = [("ab".to_owned(), vec![1, 2]), (String::new(), vec![]), ("cçd".to_owned(), vec![3, 4])];
        let ids = CustomerIds::from_pieces(&pieces);
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["a", "b", "cç", "d"]);
        assert_eq!((ids.len(), &ids[2], ids.get(4)), (4, "cç", None));
        assert_eq!(
            ["a", "b", "cç", "d", "c", ""].map(|id| ids.position(id)),
            [Some(0), Some(1), Some(2), Some(3), None, None]
        );
        let (text, ends) = ids.parts();
        assert_eq!(CustomerIds::from_parts(text.to_owned(), ends.to_vec()).unwrap(), ids);
    }

    #[test]
    fn parts_that_are_no_ids_in_order_are_refused() {
        for (text, ends) in
            [("ab", vec![1]), ("ba", vec![1, 2]), ("aa", vec![1, 2]), ("aç", vec![2, 3]), ("a", vec![2])]
        {
            assert_eq!(CustomerIds::from_parts(text.to_owned(), ends.clone()), None, "{text} {ends:?}");
        }
        assert!(CustomerIds::from_parts(String::new(), vec![]).unwrap().is_empty());
    }
}
