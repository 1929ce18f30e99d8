//! What goes out: the finalized record.
