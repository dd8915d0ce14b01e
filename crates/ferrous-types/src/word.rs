//! Owning pointers as the words they are, so that one word can hold one of several.
//!
//! A collection is one word: a pointer to its bytes while it is small, and to its tables when it is
//! large. Which of them is told by the low three bits of the pointer, which an allocator leaves zero.
//! They are a constant of the pointer's type, set wherever one is made, so nothing that is done to a
//! pointer in its place changes them.
#![allow(
    unsafe_code,
    reason = "what a word is, is told by its bits instead of its type"
)]

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, transmute_copy};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

/// The tag of a listpack.
pub(crate) const LISTPACK_TAG: usize = 0;
/// The tag of an intset.
pub(crate) const INTSET_TAG: usize = 1;
/// The tag of what is large.
const BOXED_TAG: usize = 2;

/// A value that is one pointer in memory.
///
/// # Safety
///
/// It has the size and alignment of a pointer, and is never null. Whatever safe code does to it, the
/// low three bits are the number of a bit that is set in `TAGS`.
pub(crate) unsafe trait Word: Sized {
    /// The numbers that the low three bits may be, as bits.
    const TAGS: u8;

    /// The pointer that owns what `self` owned.
    fn into_word(self) -> NonNull<()> {
        const { assert!(size_of::<Self>() == size_of::<NonNull<()>>()) };
        // SAFETY: it is a pointer that is not null, and nobody else owns what it points to now.
        unsafe { transmute_copy(&ManuallyDrop::new(self)) }
    }

    /// # Safety
    ///
    /// `word` came from `into_word` of this type, and is not used again.
    unsafe fn from_word(word: NonNull<()>) -> Self {
        const { assert!(size_of::<Self>() == size_of::<NonNull<()>>()) };
        // SAFETY: by the caller's promise.
        unsafe { transmute_copy(&word) }
    }

    /// # Safety
    ///
    /// `word` came from `into_word` of this type.
    unsafe fn borrow(word: &NonNull<()>) -> &Self {
        // SAFETY: size and alignment agree, and so does the value by the caller's promise.
        unsafe { &*ptr::from_ref(word).cast() }
    }

    /// # Safety
    ///
    /// `word` came from `into_word` of this type.
    unsafe fn borrow_mut(word: &mut NonNull<()>) -> &mut Self {
        // SAFETY: as in `borrow`; any value that is stored through it is of this type, too.
        unsafe { &mut *ptr::from_mut(word).cast() }
    }
}

/// One of two.
#[derive(Clone, Copy)]
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// An `A` or a `B`, in the space of one of them.
pub(crate) struct OneOf<A: Word, B: Word> {
    word: NonNull<()>,
    owned: PhantomData<(A, B)>,
}

// SAFETY: it is an `A` or a `B`.
unsafe impl<A: Word + Send, B: Word + Send> Send for OneOf<A, B> {}
// SAFETY: it is an `A` or a `B`.
unsafe impl<A: Word + Sync, B: Word + Sync> Sync for OneOf<A, B> {}
// SAFETY: it is an `A` or a `B`.
unsafe impl<A: Word, B: Word> Word for OneOf<A, B> {
    const TAGS: u8 = A::TAGS | B::TAGS;
}

impl<A: Word, B: Word> OneOf<A, B> {
    pub(crate) fn first(first: A) -> Self {
        Self::of(first.into_word())
    }

    pub(crate) fn second(second: B) -> Self {
        Self::of(second.into_word())
    }

    fn of(word: NonNull<()>) -> Self {
        const { assert!(A::TAGS & B::TAGS == 0, "their tags tell them apart") };
        Self {
            word,
            owned: PhantomData,
        }
    }

    #[inline]
    fn is_first(&self) -> bool {
        A::TAGS >> (self.word.addr().get() % 8) & 1 != 0
    }

    #[inline]
    pub(crate) fn view(&self) -> Either<&A, &B> {
        // SAFETY: the tag tells which it is.
        unsafe {
            if self.is_first() {
                Either::First(A::borrow(&self.word))
            } else {
                Either::Second(B::borrow(&self.word))
            }
        }
    }

    #[inline]
    pub(crate) fn view_mut(&mut self) -> Either<&mut A, &mut B> {
        // SAFETY: the tag tells which it is.
        unsafe {
            if self.is_first() {
                Either::First(A::borrow_mut(&mut self.word))
            } else {
                Either::Second(B::borrow_mut(&mut self.word))
            }
        }
    }
}

impl<A: Word + Clone, B: Word + Clone> Clone for OneOf<A, B> {
    fn clone(&self) -> Self {
        match self.view() {
            Either::First(first) => Self::first(first.clone()),
            Either::Second(second) => Self::second(second.clone()),
        }
    }
}

impl<A: Word, B: Word> Drop for OneOf<A, B> {
    fn drop(&mut self) {
        match self.view_mut() {
            // SAFETY: it is dropped once, here.
            Either::First(first) => unsafe { ptr::drop_in_place(first) },
            // SAFETY: as above.
            Either::Second(second) => unsafe { ptr::drop_in_place(second) },
        }
    }
}

/// A `Box` with a tag.
pub(crate) struct Boxed<T>(NonNull<T>);

// SAFETY: it owns its `T` as a `Box` does.
unsafe impl<T: Send> Send for Boxed<T> {}
// SAFETY: it lends its `T` as a `Box` does.
unsafe impl<T: Sync> Sync for Boxed<T> {}
// SAFETY: `new` sets the tag, and nothing else makes one.
unsafe impl<T> Word for Boxed<T> {
    const TAGS: u8 = 1 << BOXED_TAG;
}

impl<T> Boxed<T> {
    pub(crate) fn new(value: T) -> Self {
        const { assert!(align_of::<T>() >= 8 && size_of::<T>() > BOXED_TAG) };
        let pointer = NonNull::from(Box::leak(Box::new(value)));
        // SAFETY: that is still within the allocation.
        Self(unsafe { pointer.byte_add(BOXED_TAG) })
    }

    #[inline]
    fn pointer(&self) -> NonNull<T> {
        // SAFETY: that is where the allocation begins.
        unsafe { self.0.byte_sub(BOXED_TAG) }
    }
}

impl<T> Deref for Boxed<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: it owns the value.
        unsafe { self.pointer().as_ref() }
    }
}

impl<T> DerefMut for Boxed<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: it owns the value.
        unsafe { self.pointer().as_mut() }
    }
}

impl<T: Clone> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        Self::new((**self).clone())
    }
}

impl<T> Drop for Boxed<T> {
    fn drop(&mut self) {
        // SAFETY: `new` leaked a box, and this is where it goes.
        drop(unsafe { Box::from_raw(self.pointer().as_ptr()) });
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::listpack::Listpack;

    #[test]
    fn one_of_two_is_the_one_that_went_in() {
        type Small = OneOf<Listpack, Boxed<Rc<()>>>;
        let alive = Rc::new(());
        let mut word = Small::first([b"a".as_slice()].into_iter().collect());
        if let Either::First(list) = word.view_mut() {
            *list = Listpack::new();
            list.push_back(b"b".as_slice());
        }
        assert!(matches!(word.clone().view(), Either::First(list) if list.len() == 1));
        word = Small::second(Boxed::new(alive.clone()));
        assert!(matches!(word.view(), Either::Second(rc) if Rc::ptr_eq(rc, &alive)));
        let copy = word.clone();
        assert_eq!(Rc::strong_count(&alive), 3);
        drop((word, copy));
        assert_eq!(Rc::strong_count(&alive), 1);
        assert_eq!(size_of::<Option<Small>>(), size_of::<usize>());
    }
}
