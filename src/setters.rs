//! Setters of settings, so that a literal need not name every field, and a new field breaks nobody.

/// Gives settings a chained setter for each field named, called as the field is. A field's type
/// follows its name; `into` before it lets the setter take whatever becomes that type.
macro_rules! setters {
    ($type:ident { $($field:ident: $(@$into:ident)? $kind:ty),+ $(,)? }) => {
        impl $type {
            $(crate::setters::setter!($field: $(@$into)? $kind);)+
        }
    };
}

macro_rules! setter {
    ($field:ident: @into $kind:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](field@Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$kind>) -> Self {
            self.$field = $field.into();
            self
        }
    };
    ($field:ident: $kind:ty) => {
        #[doc = concat!("Sets [`", stringify!($field), "`](field@Self::", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, $field: $kind) -> Self {
            self.$field = $field;
            self
        }
    };
}

pub(crate) use {setter, setters};
