package s3_test

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/objectstest"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/objects/s3/s3test"
)

func TestBucket(t *testing.T) {
	client := s3test.Start(t)
	objectstest.Run(t, func(t *testing.T) objects.Store { return s3.New(client, s3test.Bucket(t, client)) })
}

func TestBucketBelowPrefix(t *testing.T) {
	client := s3test.Start(t)
	objectstest.Run(t, func(t *testing.T) objects.Store {
		return objects.Prefix(s3.New(client, s3test.Bucket(t, client)), "runs/1/")
	})
}
