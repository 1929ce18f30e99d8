//! The state store: RocksDB or memory, behind one trait.
