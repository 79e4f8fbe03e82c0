"""HTTP: the endpoint table and what it is turned into - routes, OpenAPI, documentation."""
