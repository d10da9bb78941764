DELETE FROM deadline WHERE id = $1
