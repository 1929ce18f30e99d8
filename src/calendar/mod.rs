//! Operating hours: a channel's directory document, compiled.
