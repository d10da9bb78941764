DELETE FROM deadline WHERE subject = $1 AND subject <> ''
