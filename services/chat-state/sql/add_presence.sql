INSERT INTO customer_support_agent_activity (id, id_code, active, status, created)
VALUES ($1, $2, $3, $4, $5)
