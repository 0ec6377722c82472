//! Pure: secrets, the two signature header families, verification, sealing at rest.
