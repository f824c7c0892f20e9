package bucket

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// CreateContainer makes the container of a location.
func CreateContainer(ctx context.Context, s *Store, _ *Azure) error {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	var client *container.Client
	if !bucket.As(&client) {
		panic("not a container of Azure")
	}
	_, err = client.Create(ctx, nil)
	return err
}
