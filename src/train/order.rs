//! Orders of things that have numbers. Each comparison that the standard library's sort is compiled
//! for is some kilobytes of the module that trains in a browser; this is one for all orders that
//! few things are brought into.

use std::cmp::Ordering;

/// Sorts numbers; those that `compare` finds equal keep their order.
pub(super) fn sort(numbers: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    numbers.sort_by(|&one, &other| compare(one, other));
}

/// The numbers 0 to `count` − 1 in an order; those that `compare` finds equal ascend.
pub(super) fn order(count: usize, compare: &dyn Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..count as u32).collect();
    sort(&mut numbers, compare);
    numbers
}
