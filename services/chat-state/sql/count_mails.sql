SELECT COUNT(*) AS mails FROM deadline WHERE kind IN ('notice', 'mail', 'history')
