SELECT wire, body, fingerprint FROM command WHERE id = $1
