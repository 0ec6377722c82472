//! The embedded backend: one writer thread with group commit, reader connections, WAL.
