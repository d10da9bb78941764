-- Of the log's old end: up to event $1, what is of the first $2 or older than $3.
DELETE FROM event WHERE seq <= $1 AND (seq <= $2 OR at < $3)
