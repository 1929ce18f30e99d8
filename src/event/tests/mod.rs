//! What is accepted, what is rejected, and why.
