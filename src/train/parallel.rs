//! Data parallelism: the methods of rayon, and without the feature `train`, where there is one
//! thread, the standard library's under the names that rayon has for them. Results are the same.

#[cfg(not(feature = "train"))]
pub(super) use one_thread::{IntoParallelIterator, ParallelSlice};
#[cfg(feature = "train")]
pub(super) use rayon::prelude::*;

/// The number of threads.
pub(super) fn threads() -> usize {
    #[cfg(feature = "train")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "train"))]
    return 1;
}

#[cfg(not(feature = "train"))]
mod one_thread {
    use std::slice::{Chunks, ChunksMut, IterMut};

    pub(in super::super) trait IntoParallelIterator: IntoIterator + Sized {
        fn into_par_iter(self) -> Self::IntoIter {
            self.into_iter()
        }
    }

    impl<I: IntoIterator> IntoParallelIterator for I {}

    pub(in super::super) trait ParallelSlice<T> {
        fn par_chunks(&self, size: usize) -> Chunks<'_, T>;
        fn par_chunks_mut(&mut self, size: usize) -> ChunksMut<'_, T>;
        fn par_iter_mut(&mut self) -> IterMut<'_, T>;
        fn par_sort_unstable_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);
    }

    impl<T> ParallelSlice<T> for [T] {
        fn par_chunks(&self, size: usize) -> Chunks<'_, T> {
            self.chunks(size)
        }

        fn par_chunks_mut(&mut self, size: usize) -> ChunksMut<'_, T> {
            self.chunks_mut(size)
        }

        fn par_iter_mut(&mut self) -> IterMut<'_, T> {
            self.iter_mut()
        }

        fn par_sort_unstable_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
            self.sort_unstable_by_key(key);
        }
    }
}
