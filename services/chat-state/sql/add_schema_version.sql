INSERT INTO schema_version (version, name, applied) VALUES ($1, $2, $3)
