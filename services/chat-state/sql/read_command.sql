SELECT wire, body FROM command WHERE id = $1
