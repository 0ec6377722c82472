//! What waits in one lane. Pure.
//!
//! The higher class goes first; within a class the order is that of arrival. A class that waits is
//! passed over [`PASSED_OVER`] times in a row before it has a turn, and at most twice more by the two
//! others that may have waited as long, so that none starves.

use std::collections::VecDeque;

use fanfare_model::catalogue::EventClass;

/// How often higher classes go before one that waits.
pub(crate) const PASSED_OVER: u8 = 15;

const CLASSES: usize = EventClass::ALL.len();

/// A queue of four classes.
#[derive(Debug)]
pub(super) struct Queue<T> {
    classes: [VecDeque<T>; CLASSES],
    /// How often each that waits was passed over since its last turn.
    passed: [u8; CLASSES],
}

impl<T> Queue<T> {
    pub(super) const fn new() -> Self {
        Self { classes: [const { VecDeque::new() }; CLASSES], passed: [0; CLASSES] }
    }

    pub(super) fn push(&mut self, class: EventClass, item: T) {
        self.classes[class.index()].push_back(item);
    }

    /// What goes next.
    pub(super) fn pop(&mut self) -> Option<T> {
        let waits = |class: &usize| !self.classes[*class].is_empty();
        let first = (0..CLASSES).find(waits)?;
        let overdue = (0..CLASSES).filter(waits).filter(|class| self.passed[*class] >= PASSED_OVER);
        // Of those that waited equally long the higher one.
        let next = overdue.rev().max_by_key(|class| self.passed[*class]).unwrap_or(first);
        for class in 0..CLASSES {
            let passed_over = class != next && !self.classes[class].is_empty();
            self.passed[class] = if passed_over { self.passed[class].saturating_add(1) } else { 0 };
        }
        self.classes[next].pop_front()
    }

    /// Everything, the higher classes first.
    pub(super) fn drain(&mut self) -> Vec<T> {
        self.passed = [0; CLASSES];
        self.classes.iter_mut().flat_map(|class| class.drain(..)).collect()
    }

    /// Takes out the first item that `wanted` picks.
    pub(super) fn remove(&mut self, wanted: impl Fn(&T) -> bool) -> Option<T> {
        self.classes.iter_mut().find_map(|class| {
            let index = class.iter().position(&wanted)?;
            class.remove(index)
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.classes.iter().all(VecDeque::is_empty)
    }

    pub(super) fn len(&self) -> usize {
        self.classes.iter().map(VecDeque::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn winners_pass_who_joined() {
        let mut queue = Queue::new();
        (0..1_000).for_each(|item| queue.push(EventClass::Bulk, item));
        queue.push(EventClass::Urgent, 1_000);
        queue.push(EventClass::Critical, 1_001);
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some(1_001), Some(1_000), Some(0)));
        assert_eq!(queue.remove(|item| *item == 7), Some(7));
        assert_eq!(queue.len(), 998);
        assert_eq!(queue.drain().len(), 998);
        assert!(queue.is_empty() && queue.pop().is_none());
    }

    proptest! {
        /// Whatever comes and goes: order within a class, the higher class first unless another is
        /// overdue, and nobody is passed over for longer than the bound.
        #[test]
        fn laws(steps in prop::collection::vec(prop::option::of(0usize..CLASSES), 1..600)) {
            let mut queue = Queue::new();
            let (mut pushed, mut popped) = ([0u32; CLASSES], [0u32; CLASSES]);
            let mut waited = [0u32; CLASSES];
            for step in steps {
                if let Some(class) = step {
                    queue.push(EventClass::ALL[class], (class, pushed[class]));
                    pushed[class] += 1;
                    continue;
                }
                let waits = |class: usize| pushed[class] > popped[class];
                let Some((class, item)) = queue.pop() else {
                    prop_assert!(!(0..CLASSES).any(waits));
                    continue;
                };
                prop_assert_eq!(item, popped[class], "order of arrival");
                let passes_higher = (0..class).any(waits);
                prop_assert!(!passes_higher || waited[class] >= u32::from(PASSED_OVER));
                for (other, waited) in waited.iter_mut().enumerate() {
                    *waited = if other != class && waits(other) { *waited + 1 } else { 0 };
                    // Two others may be overdue as well and go before it.
                    prop_assert!(*waited <= u32::from(PASSED_OVER) + 2);
                }
                popped[class] += 1;
            }
            prop_assert_eq!(queue.len() as u32, pushed.iter().sum::<u32>() - popped.iter().sum::<u32>());
        }
    }
}
