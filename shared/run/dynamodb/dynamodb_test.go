package dynamodb_test

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
	"github.com/plumbline-sync/plumbline/shared/run/runtest"
)

func TestStore(t *testing.T) {
	server := dynamodbtest.Start(t)
	runtest.Run(t, func(t *testing.T) run.Store {
		return dynamodb.New(server.Client(), server.Table(t))
	})
}
