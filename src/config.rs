//! Every setting: type, default, documentation, validation.
