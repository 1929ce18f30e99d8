//! A chat's journal, its fold, the metric table and its finalization.
