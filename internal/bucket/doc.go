// Package bucket opens the folders that files of the kinds object_store and delta lie
// in: a folder of this machine, memory, or a bucket of S3, Google Cloud Storage or
// Azure Blob Storage, each by a URL or by a structured Location.
//
// A Store opens its bucket at first use. Requests that a store throttles or fails with
// 5xx are repeated with growing pauses by the store's own client, and a body that breaks
// off is continued where it broke. What fails in the end is a *pgerr.Error that names the
// store and the object, and never a key or a token.
//
// It knows nothing of formats and tables.
package bucket
