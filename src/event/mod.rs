//! What comes in: the event types, their decoding and validation.
