//! What wrapup reports about itself.
