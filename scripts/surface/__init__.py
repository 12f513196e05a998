"""The public surface of the published crates, read from rustdoc's JSON."""
