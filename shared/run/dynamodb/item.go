package dynamodb

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// item is a row of the table.
type item = map[string]types.AttributeValue

// largest is how many bytes a record may have: DynamoDB takes 400 KB for an item with its keys and names.
const largest = 390 << 10

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func flag(b bool) types.AttributeValue   { return &types.AttributeValueMemberBOOL{Value: b} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
func (s *Store) keyOfRun(id string) item { return keys("RUN#"+id, "RUN") }
func (s *Store) keyOfLog(id string) item { return keys("RUN#"+id, "LOG") }
func keys(pk, sk string) item            { return item{"pk": text(pk), "sk": text(sk)} }

// textOf returns a text attribute; "" where there is none.
func textOf(i item, name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

// numberOf returns a number attribute; 0 where there is none.
func numberOf(i item, name string) int64 {
	v, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// bounded returns a text that may stand in a key: itself, or its digest where it is too long for one.
func bounded(s string) string {
	if len(s) <= 900 {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// document returns a record's JSON, which has to fit into an item. What names it for people.
func document(what string, record any) (string, error) {
	doc, err := run.Encode(record)
	if err == nil && len(doc) > largest {
		err = fault.Errorf(fault.Invalid, "it has %d bytes, and an item of DynamoDB holds 400 KB", len(doc))
	}
	if err != nil {
		return "", fault.Errorf(fault.Invalid, "store %s: %w", what, err)
	}
	return doc, nil
}

// when writes a time so that times compare as texts: of fixed width, to the nanosecond, in UTC.
func when(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// month is the part of a time that lists of all runs are cut by.
func month(t time.Time) string { return when(t)[:len("2006-01")] }
