//! Nothing: the manifest is what other packages depend on.
