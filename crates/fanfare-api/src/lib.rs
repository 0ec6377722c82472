//! axum: routes, wire types, auth, error mapping, OpenAPI.
