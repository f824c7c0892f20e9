package objectstore

import (
	"fmt"
	"regexp"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/declared"
)

// Config is a store of files.
type Config struct {
	// URL is the folder that table names start from: file:///data/lake, mem://,
	// s3://bucket/lake, gs://bucket/lake, azblob://container/lake. A name without a scheme is a folder, relative to that of the configuration.
	URL string `json:"url,omitempty"`
	// Location is the structured form of URL; one of the two is given.
	Location *bucket.Location `json:"location,omitempty"`
	// FormatOptions hold for every table that has none of its own.
	FormatOptions
	// Write is how new files are written.
	Write WriteOptions `json:"write_options"`
	// Tables says what can not be seen in the files.
	Tables []TableOptions `json:"tables,omitempty"`
}

// FormatOptions say how files are read.
type FormatOptions struct {
	// Format is that of the files; "" tells it from the file names.
	Format Format `json:"format,omitempty"`
	// ByName lets the files of one table differ: a column that a file lacks is NULL, and
	// one that the first file lacks is ignored. Otherwise either is an error.
	ByName bool `json:"by_name,omitempty"`
	// HivePartitions takes folders of the form day=2024-01-01 for columns; default true.
	HivePartitions *bool `json:"hive_partitions,omitempty"`

	CSV     CSVOptions     `json:"csv,omitzero"`
	JSON    JSONOptions    `json:"json,omitzero"`
	Parquet ParquetOptions `json:"parquet,omitzero"`
}

// CSVOptions say how CSV is written in the files that are read.
type CSVOptions struct {
	HasHeader *bool  `json:"has_header,omitempty"` // default true
	Delimiter string `json:"delimiter,omitempty"`  // default ,
	Quote     string `json:"quote,omitempty"`      // default "
	Escape    string `json:"escape,omitempty"`     // default the quote
	Comment   string `json:"comment,omitempty"`    // lines that begin with it are skipped
	// NullRegex matches, whole, the unquoted values that are NULL. The default is the
	// empty value; a quoted empty value is always the empty text.
	NullRegex string `json:"null_regex,omitempty"`
	// TruncatedRowsOK gives NULL for values that a short line lacks.
	TruncatedRowsOK bool `json:"truncated_rows_ok,omitempty"`
	// SchemaInferMaxRecords is how many records types are inferred from; default 10,000.
	SchemaInferMaxRecords int `json:"schema_infer_max_records,omitempty"`
}

// JSONOptions say how JSON lines are read.
type JSONOptions struct {
	SchemaInferMaxRecords int `json:"schema_infer_max_records,omitempty"` // default 10,000
}

// ParquetOptions say how Parquet is read.
type ParquetOptions struct {
	// TruncateNanoseconds drops what is below the microsecond instead of refusing it.
	TruncateNanoseconds bool `json:"truncate_nanoseconds,omitempty"`
	// BinaryAsText reads byte arrays without an annotation as text.
	BinaryAsText bool `json:"binary_as_text,omitempty"`
}

// WriteOptions say how files are written.
type WriteOptions struct {
	ParquetCompression string `json:"parquet_compression,omitempty"` // snappy (default), zstd, gzip, uncompressed
	CSVDelimiter       string `json:"csv_delimiter,omitempty"`       // default ,
	CSVHeader          *bool  `json:"csv_header,omitempty"`          // default true
	CSVQuote           string `json:"csv_quote,omitempty"`           // default "
	CSVNullValue       string `json:"csv_null_value,omitempty"`      // default the empty value
}

// TableOptions is one table whose files need more than the store's options.
type TableOptions struct {
	// Path is the table's remote name: a file, a folder or a glob below the URL.
	Path string `json:"path"`
	FormatOptions
	// Columns declares the columns instead of taking them from the files.
	Columns []ColumnOptions `json:"columns,omitempty"`
}

// ColumnOptions declares a column.
type ColumnOptions struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // in Postgres's words: numeric(12,2)
	NotNull bool   `json:"not_null,omitempty"`
}

// Format is a file format.
type Format string

// The formats.
const (
	Parquet   Format = "parquet"
	CSV       Format = "csv"
	JSONLines Format = "json_lines"
)

// NewConfig has the defaults, which are all zero.
func NewConfig() *Config { return &Config{} }

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindObjectStore }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{
		"root_dir": "url", "path": "url", "bucket": "url", "csv_has_header": "csv.has_header",
		"csv_null_value": "csv.null_regex", "write": "write_options",
		"location.s3.access_key_id": "location.s3.access_key", "location.s3.secret_access_key": "location.s3.secret_key",
	}
}

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	v := faults{list: bucket.Validate(c.URL, c.Location)}
	c.FormatOptions.validate(&v, "")
	c.Write.validate(&v)
	for i := range c.Tables {
		c.Tables[i].validate(&v, fmt.Sprintf("tables[%d].", i))
	}
	return v.list
}

type faults struct{ list []backends.Fault }

func (v *faults) add(path, format string, args ...any) {
	v.list = append(v.list, backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

// character checks an option that is one byte.
func (v *faults) character(path, value string) {
	if value != "" && (len(value) != 1 || value == "\n" || value == "\r" || value[0] >= 0x80) {
		v.add(path, "must be one ASCII character, and no line end")
	}
}

func (o *FormatOptions) validate(v *faults, path string) {
	switch o.Format {
	case "", Parquet, CSV, JSONLines:
	case "orc":
		v.add(path+"format", "orc files can not be read; write them as parquet, which every tool that writes orc also writes")
	default:
		v.add(path+"format", "unknown format %q; the formats are parquet, csv and json_lines", o.Format)
	}
	c := &o.CSV
	v.character(path+"csv.delimiter", c.Delimiter)
	v.character(path+"csv.quote", c.Quote)
	v.character(path+"csv.escape", c.Escape)
	v.character(path+"csv.comment", c.Comment)
	if c.Delimiter != "" && c.Delimiter == c.Quote {
		v.add(path+"csv.quote", "must differ from the delimiter")
	}
	if _, err := regexp.Compile(c.NullRegex); err != nil {
		v.add(path+"csv.null_regex", "%v", err)
	}
	if c.SchemaInferMaxRecords < 0 {
		v.add(path+"csv.schema_infer_max_records", "must be 0 or more")
	}
	if o.JSON.SchemaInferMaxRecords < 0 {
		v.add(path+"json.schema_infer_max_records", "must be 0 or more")
	}
}

func (o *WriteOptions) validate(v *faults) {
	switch o.ParquetCompression {
	case "", "snappy", "zstd", "gzip", "uncompressed", "none":
	default:
		v.add("write_options.parquet_compression", "unknown compression %q; there are snappy, zstd, gzip and uncompressed", o.ParquetCompression)
	}
	v.character("write_options.csv_delimiter", o.CSVDelimiter)
	v.character("write_options.csv_quote", o.CSVQuote)
}

func (t *TableOptions) validate(v *faults, path string) {
	if t.Path == "" {
		v.add(path+"path", "is missing; it is a file, a folder or a glob below the url")
	}
	t.FormatOptions.validate(v, path)
	for i, c := range t.Columns {
		at := fmt.Sprintf("%scolumns[%d].", path, i)
		if c.Name == "" {
			v.add(at+"name", "is missing")
		}
		if _, err := declared.Type(c.Type); err != nil {
			v.add(at+"type", "%v", err)
		}
	}
}

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindObjectStore,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
