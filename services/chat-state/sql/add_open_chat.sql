INSERT INTO open_chat (base_id) VALUES ($1) ON CONFLICT (base_id) DO NOTHING
