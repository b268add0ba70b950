//! One's own account and the doors to it: registration, mailed links, second factor, sessions.
