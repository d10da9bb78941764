DELETE FROM open_chat WHERE base_id = $1
