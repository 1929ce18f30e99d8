//! State bytes to types and back.
