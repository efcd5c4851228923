package dynamodb

import (
	"context"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// call is one operation of DynamoDB.
type call[In, Out any] func(context.Context, *In, ...func(*awsdynamodb.Options)) (*Out, error)

// client is what this package asks of DynamoDB. It holds functions instead of the SDK's client, which behind an interface would bring all its operations
// into a program that uses reflection on methods.
type client struct {
	GetItem            call[awsdynamodb.GetItemInput, awsdynamodb.GetItemOutput]
	PutItem            call[awsdynamodb.PutItemInput, awsdynamodb.PutItemOutput]
	DeleteItem         call[awsdynamodb.DeleteItemInput, awsdynamodb.DeleteItemOutput]
	Query              call[awsdynamodb.QueryInput, awsdynamodb.QueryOutput]
	BatchGetItem       call[awsdynamodb.BatchGetItemInput, awsdynamodb.BatchGetItemOutput]
	BatchWriteItem     call[awsdynamodb.BatchWriteItemInput, awsdynamodb.BatchWriteItemOutput]
	TransactWriteItems call[awsdynamodb.TransactWriteItemsInput, awsdynamodb.TransactWriteItemsOutput]
}

func newClient(c *awsdynamodb.Client) client {
	return client{
		GetItem: c.GetItem, PutItem: c.PutItem, DeleteItem: c.DeleteItem, Query: c.Query,
		BatchGetItem: c.BatchGetItem, BatchWriteItem: c.BatchWriteItem, TransactWriteItems: c.TransactWriteItems,
	}
}
