//! Stand-in: the real module replaces this file whole.
use crate::table::Handle;
use std::ptr::NonNull;
/// shim
pub enum ValueInit<'a, O> { Int(i64), Bytes(&'a [u8]), Object(Box<O>) }
impl<'a, O> ValueInit<'a, O> {
    /// shim
    pub fn text(t: &'a [u8]) -> Self { match crate::number::parse_canonical_int(t) { Some(i) => Self::Int(i), None => Self::Bytes(t) } }
}
/// shim
pub enum ValueRef<'a, O> { Int(i64), Bytes { bytes: &'a [u8], raw: bool }, Object(&'a O) }
/// shim
pub struct Body<O> { key: Box<[u8]>, v: V<O>, exp: Option<i64>, acc: u32 }
enum V<O> { I(i64), B(Vec<u8>, bool), O(Box<O>) }
/// shim
pub struct Entry<O>(Box<Body<O>>);
impl<O> Body<O> {
    pub fn key(&self) -> &[u8] { &self.key }
    pub fn expire_at_ms(&self) -> Option<i64> { self.exp }
    pub fn access(&self) -> u32 { self.acc }
    pub fn set_access(&mut self, a: u32) { self.acc = a }
    pub fn value(&self) -> ValueRef<'_, O> { match &self.v { V::I(i) => ValueRef::Int(*i), V::B(b, r) => ValueRef::Bytes { bytes: b, raw: *r }, V::O(o) => ValueRef::Object(o) } }
    pub fn heap_bytes(&self) -> usize { 64 }
}
/// shim
pub struct StringMut<'a>(&'a mut Vec<u8>);
impl StringMut<'_> {
    pub fn extend(&mut self, b: &[u8]) { self.0.extend_from_slice(b) }
    pub fn ensure_len(&mut self, n: usize) { if self.0.len() < n { self.0.resize(n, 0) } }
}
impl std::ops::Deref for StringMut<'_> { type Target = [u8]; fn deref(&self) -> &[u8] { self.0 } }
impl std::ops::DerefMut for StringMut<'_> { fn deref_mut(&mut self) -> &mut [u8] { self.0 } }
impl<O> std::ops::Deref for Entry<O> { type Target = Body<O>; fn deref(&self) -> &Body<O> { &self.0 } }
impl<O> std::ops::DerefMut for Entry<O> { fn deref_mut(&mut self) -> &mut Body<O> { &mut self.0 } }
impl<O> Entry<O> {
    pub fn new(key: &[u8], v: ValueInit<'_, O>, exp: Option<i64>) -> Self { Self(Box::new(Body { key: key.into(), v: to(v), exp, acc: 0 })) }
    pub fn set_value(&mut self, v: ValueInit<'_, O>) { self.0.v = to(v) }
    pub fn set_expiry(&mut self, e: Option<i64>) { self.0.exp = e }
    pub fn string_mut(&mut self) -> Option<StringMut<'_>> {
        if let V::I(i) = self.0.v { self.0.v = V::B(i.to_string().into_bytes(), true) }
        match &mut self.0.v { V::B(b, r) => { *r = true; Some(StringMut(b)) } _ => None }
    }
}
fn to<O>(v: ValueInit<'_, O>) -> V<O> { match v { ValueInit::Int(i) => V::I(i), ValueInit::Bytes(b) => V::B(b.to_vec(), false), ValueInit::Object(o) => V::O(o) } }
unsafe impl<O: 'static> Handle for Entry<O> {
    type Ref<'a> = &'a Body<O>;
    type Mut<'a> = &'a mut Body<O>;
    fn into_raw(self) -> NonNull<()> { self.0.into_raw() }
    unsafe fn from_raw(r: NonNull<()>) -> Self { Self(unsafe { <Box<Body<O>> as Handle>::from_raw(r) }) }
    unsafe fn borrow_raw<'a>(r: NonNull<()>) -> &'a Body<O> { unsafe { <Box<Body<O>> as Handle>::borrow_raw(r) } }
    unsafe fn borrow_raw_mut<'a>(r: NonNull<()>) -> &'a mut Body<O> { unsafe { <Box<Body<O>> as Handle>::borrow_raw_mut(r) } }
}
