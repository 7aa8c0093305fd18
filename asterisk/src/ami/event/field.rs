//! How a field of a view is found among the header lines.

use super::lines::Line;
use super::{ShapeError, Value};

/// One way to read a field: a slot that collects lines while they pass, and what becomes of it.
pub(super) trait Field<'a> {
    type Slot: Default;
    type Out;
    /// Whether the line was for this field. The first of several counts.
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool;
    fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<Self::Out, ShapeError>;
}

/// A field with its slot, for the reading loop of an event.
#[inline]
pub(super) fn slot<'a, F: Field<'a>>(field: F) -> (F, F::Slot) {
    (field, F::Slot::default())
}

#[inline]
pub(super) fn keep_first<'a>(slot: &mut Option<&'a [u8]>, value: &'a [u8]) {
    slot.get_or_insert(value);
}

/// An id as text; empty or not UTF-8 is a fault.
#[inline]
pub(super) fn id_text<'a>(
    value: Option<&'a [u8]>,
    event: &'static str,
    prefix: &'static str,
    header: &'static str,
) -> Result<&'a str, ShapeError> {
    let Some(value) = value else { return Err(ShapeError::missing(event, prefix, header)) };
    match std::str::from_utf8(value) {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(ShapeError::malformed(event, prefix, header)),
    }
}

/// Text that a configuration wrote; empty when absent, `<unknown>` or not UTF-8.
#[inline]
pub(super) fn plain_text(value: Option<&[u8]>) -> &str {
    match value {
        None | Some(b"<unknown>") => "",
        Some(value) => std::str::from_utf8(value).unwrap_or(""),
    }
}

macro_rules! header_fields {
    ($($(#[$doc:meta])* $kind:ident -> $out:ty, $finish:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $kind(pub(super) &'static str);
        impl<'a> Field<'a> for $kind {
            type Slot = Option<&'a [u8]>;
            type Out = $out;
            #[inline]
            fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
                if line.name != self.0.as_bytes() {
                    return false;
                }
                keep_first(slot, line.value);
                true
            }
            #[inline]
            fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<$out, ShapeError> {
                let finish: fn(Option<&'a [u8]>, &'static str, &'static str) -> Result<$out, ShapeError> =
                    $finish;
                finish(slot, event, self.0)
            }
        }
    )*};
}

header_fields! {
    /// Must be there, not empty.
    Id -> &'a str, |value, event, header| id_text(value, event, "", header);
    /// May be absent.
    Text -> &'a str, |value, _, _| Ok(plain_text(value));
    /// Raw bytes; must be there, may be empty.
    Raw -> Value<'a>, |value, event, header| match value {
        Some(value) => Ok(Value::new(value)),
        None => Err(ShapeError::missing(event, "", header)),
    };
    /// Raw bytes; may be absent; `<unknown>` is empty.
    Party -> Value<'a>, |value, _, _| Ok(Value::party(value.unwrap_or_default()));
    /// `1`, `Yes`, `True` in any case; anything else and nothing at all are false.
    Flag -> bool, |value, _, _| Ok(value.is_some_and(is_true));
}

pub(super) fn is_true(value: &[u8]) -> bool {
    value == b"1" || value.eq_ignore_ascii_case(b"yes") || value.eq_ignore_ascii_case(b"true")
}

/// A whole number that fits its type, or `None`.
pub(super) fn number<T>(header: &'static str) -> Number<T> {
    Number { header, as_type: std::marker::PhantomData }
}

pub(super) struct Number<T> {
    header: &'static str,
    as_type: std::marker::PhantomData<T>,
}

impl<'a, T: std::str::FromStr> Field<'a> for Number<T> {
    type Slot = Option<&'a [u8]>;
    type Out = Option<T>;
    #[inline]
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
        if line.name != self.header.as_bytes() {
            return false;
        }
        keep_first(slot, line.value);
        true
    }
    #[inline]
    fn finish(&self, slot: Self::Slot, _: &'static str) -> Result<Option<T>, ShapeError> {
        Ok(parsed(slot))
    }
}

/// A number as Asterisk prints it, or `None`.
#[inline]
pub(super) fn parsed<T: std::str::FromStr>(value: Option<&[u8]>) -> Option<T> {
    std::str::from_utf8(value?).ok()?.trim_ascii().parse().ok()
}

/// Declares views: a struct for each event with the way each field is read.
macro_rules! views {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty = $how:expr,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name<'a> {
            $($(#[$fdoc])* pub $field: $type,)*
            pub(super) lifetime: std::marker::PhantomData<&'a [u8]>,
        }

        impl<'a> $name<'a> {
            #[inline]
            pub(super) fn read(lines: &mut $crate::ami::event::lines::Lines<'a>)
                -> Result<Self, $crate::ami::event::ShapeError>
            {
                #[allow(unused_imports)]
                use $crate::ami::event::field::Field as _;
                const NAME: &str = stringify!($name);
                $(let mut $field = $crate::ami::event::field::slot($how);)*
                while let Some(line) = lines.next() {
                    $(if $field.0.take(&mut $field.1, &line) { continue; })*
                    let _ = line;
                }
                lines.check(NAME)?;
                Ok(Self {
                    $($field: $field.0.finish($field.1, NAME)?,)*
                    lifetime: std::marker::PhantomData,
                })
            }
        }
    )*};
}
pub(super) use views;
