package faulttest

import (
	"net/http"
	"time"
)

// Trouble is one kind of fault, as S3 and as DynamoDB make it.
type Trouble struct {
	Name           string
	Objects, Table Fault
	// Late says that it is no more than a delay.
	Late bool
}

// AWS returns the troubles that S3 and DynamoDB make. Who meets one of them once asks again, or is called again.
func AWS() []Trouble {
	both := func(name string, f Fault) Trouble { return Trouble{Name: name, Objects: f, Table: f} }
	say := func(name string, objects int, s3 string, table int, dynamodb string) Trouble {
		return Trouble{
			Name:    name,
			Objects: Say(objects, "application/xml", "<Error><Code>"+s3+"</Code><Message>not now</Message></Error>"),
			Table:   Say(table, "application/x-amz-json-1.0", `{"__type":"com.amazonaws.dynamodb.v20120810#`+dynamodb+`","message":"not now"}`),
		}
	}
	slow := Slow(30 * time.Millisecond)
	return []Trouble{
		say("500", http.StatusInternalServerError, "InternalError", http.StatusInternalServerError, "InternalServerError"),
		say("slow down", http.StatusServiceUnavailable, "SlowDown", http.StatusBadRequest, "ProvisionedThroughputExceededException"),
		say("throttled", http.StatusTooManyRequests, "TooManyRequests", http.StatusBadRequest, "ThrottlingException"),
		both("a gateway's page", Say(http.StatusBadGateway, "text/html", "<html>502")),
		both("reset", Reset),
		both("answer lost", Lose),
		both("truncated", Truncate),
		both("garbled", Garble),
		{Name: "slow", Objects: slow, Table: slow, Late: true},
	}
}
