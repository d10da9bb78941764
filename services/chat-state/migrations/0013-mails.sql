-- E-mails that wait are rows of deadline; who begins to lead counts them.
CREATE INDEX deadline_mail ON deadline (id) WHERE kind IN ('notice', 'mail');
