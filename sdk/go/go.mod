module fanfare.io/webhooks-go

go 1.19
