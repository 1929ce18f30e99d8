//! For tests: chats written down in a line.
