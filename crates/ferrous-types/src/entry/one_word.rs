//! What an entry can hold besides strings.

use std::ptr::NonNull;

/// An object that is one word, and a number that says what the word is. The entry keeps the word in place and the number in
/// its header, so that an object costs no more than what it points to.
///
/// # Safety
///
/// `from_word` of what `into_word` returned is the same object again. Between the two, borrows of the word where it lies
/// stay valid under the usual rules; whatever is done through an exclusive one, the number says what the word is.
pub unsafe trait OneWord: Sized + 'static {
    /// The shared view of an object.
    type Ref<'a>;
    /// The exclusive view of an object.
    type Mut<'a>;

    /// Gives up ownership of the object.
    fn into_word(self) -> (u16, NonNull<()>);

    /// Takes ownership back.
    ///
    /// # Safety
    ///
    /// The two came from `into_word` and were not taken back since.
    unsafe fn from_word(number: u16, word: NonNull<()>) -> Self;

    /// Lends the object.
    ///
    /// # Safety
    ///
    /// The two came from `into_word` and were not taken back since.
    unsafe fn borrow_word(number: u16, word: &NonNull<()>) -> Self::Ref<'_>;

    /// Lends the object, to be changed.
    ///
    /// # Safety
    ///
    /// The two came from `into_word` and were not taken back since.
    unsafe fn borrow_word_mut(number: u16, word: &mut NonNull<()>) -> Self::Mut<'_>;
}

// SAFETY: a box is one pointer, and there is but one type.
unsafe impl<T: 'static> OneWord for Box<T> {
    type Ref<'a> = &'a T;
    type Mut<'a> = &'a mut T;

    fn into_word(self) -> (u16, NonNull<()>) {
        (0, NonNull::from(Self::leak(self)).cast())
    }

    unsafe fn from_word(_: u16, word: NonNull<()>) -> Self {
        // SAFETY: `into_word` leaked the box.
        unsafe { Self::from_raw(word.cast().as_ptr()) }
    }

    unsafe fn borrow_word(_: u16, word: &NonNull<()>) -> &T {
        // SAFETY: the object lives until it is taken back, which ends all borrows of the word.
        unsafe { word.cast().as_ref() }
    }

    unsafe fn borrow_word_mut(_: u16, word: &mut NonNull<()>) -> &mut T {
        // SAFETY: as above, and the word is borrowed exclusively.
        unsafe { word.cast().as_mut() }
    }
}
