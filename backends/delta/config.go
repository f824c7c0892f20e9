package delta

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/bucket"
)

// Config is a folder of Delta tables.
type Config struct {
	// URL is the folder that table names start from: file:///data/lake, s3://bucket/lake,
	// gs://, azblob://, mem://. A name without a scheme is a folder, relative to that of
	// the configuration.
	URL string `json:"url,omitempty"`
	// Location is the structured form of URL; one of the two is given.
	Location *bucket.Location `json:"location,omitempty"`
	// PartitionColumns partition the tables that CREATE TABLE makes, as far as they have
	// columns of these names.
	PartitionColumns []string `json:"partition_columns,omitempty"`
	// TargetFileSize is the size in bytes at which a new data file is begun; default 128 MB.
	TargetFileSize int64 `json:"target_file_size,omitempty"`
	// Compression of new data files: snappy (default), zstd, gzip, uncompressed.
	Compression string `json:"compression,omitempty"`
	// CheckpointInterval is the number of commits between checkpoints of tables that do
	// not say it by delta.checkpointInterval; default 10.
	CheckpointInterval int `json:"checkpoint_interval,omitempty"`
	// Tables says what is not in the tables.
	Tables []TableOptions `json:"tables,omitempty"`
}

// TableOptions is one table that is read or made in a way of its own.
type TableOptions struct {
	// Path is the table's remote name: its folder below the URL.
	Path string `json:"path"`
	// PartitionColumns partition the table when CREATE TABLE makes it.
	PartitionColumns []string `json:"partition_columns,omitempty"`
	// VersionAsOf reads the table as it was at a version.
	VersionAsOf *int64 `json:"version_as_of,omitempty"`
	// TimestampAsOf reads the table as it was at a time, in Postgres's words.
	TimestampAsOf string `json:"timestamp_as_of,omitempty"`
}

const (
	defaultFileSize           = 128 << 20
	defaultCheckpointInterval = 10
)

// NewConfig has the defaults.
func NewConfig() *Config {
	return &Config{TargetFileSize: defaultFileSize, CheckpointInterval: defaultCheckpointInterval}
}

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindDelta }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{
		"root_dir": "url", "path": "url", "bucket": "url", "partition_by": "partition_columns",
		"location.s3.access_key_id": "location.s3.access_key", "location.s3.secret_access_key": "location.s3.secret_key",
	}
}

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	v := faults{list: bucket.Validate(c.URL, c.Location)}
	switch c.Compression {
	case "", "snappy", "zstd", "gzip", "uncompressed", "none":
	default:
		v.add("compression", "unknown compression %q; there are snappy, zstd, gzip and uncompressed", c.Compression)
	}
	if c.TargetFileSize < 0 {
		v.add("target_file_size", "must be 0 or more")
	}
	if c.CheckpointInterval < 0 {
		v.add("checkpoint_interval", "must be 0 or more")
	}
	for i := range c.Tables {
		c.Tables[i].validate(&v, fmt.Sprintf("tables[%d].", i))
	}
	return v.list
}

func (t *TableOptions) validate(v *faults, path string) {
	if t.Path == "" {
		v.add(path+"path", "is missing; it is a folder below the url")
	}
	if t.VersionAsOf != nil && t.TimestampAsOf != "" {
		v.add(path+"timestamp_as_of", "and version_as_of are both given")
	}
	if t.VersionAsOf != nil && *t.VersionAsOf < 0 {
		v.add(path+"version_as_of", "must be 0 or more")
	}
	if t.TimestampAsOf != "" {
		if _, err := parseMoment(t.TimestampAsOf); err != nil {
			v.add(path+"timestamp_as_of", "%v", err)
		}
	}
}

type faults struct{ list []backends.Fault }

func (v *faults) add(path, format string, args ...any) {
	v.list = append(v.list, backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

var numberOnly = regexp.MustCompile(`^[0-9]{1,18}$`)

// wholeNumber reads digits alone.
func wholeNumber(s string) (int64, bool) {
	if !numberOnly.MatchString(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindDelta,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
