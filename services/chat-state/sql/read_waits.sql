SELECT milliseconds FROM wait ORDER BY id DESC LIMIT $1
