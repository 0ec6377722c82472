-- Through what a webhook was made: a code of the model; 0 is the API.
ALTER TABLE webhooks ADD COLUMN channel smallint NOT NULL DEFAULT 0;
