package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// action is one line of the log: exactly one of its fields is set, or none that is
// known here.
type action struct {
	CommitInfo json.RawMessage `json:"commitInfo,omitempty"`
	Protocol   *protocol       `json:"protocol,omitempty"`
	Metadata   *metadata       `json:"metaData,omitempty"`
	Add        *addFile        `json:"add,omitempty"`
	Remove     *removeFile     `json:"remove,omitempty"`
	Txn        *transactionID  `json:"txn,omitempty"`
	Domain     *domain         `json:"domainMetadata,omitempty"`
	Sidecar    *sidecar        `json:"sidecar,omitempty"`
	// CheckpointMetadata marks a V2 checkpoint.
	CheckpointMetadata json.RawMessage `json:"checkpointMetadata,omitempty"`
}

// protocol is what a table asks of its readers and writers.
type protocol struct {
	MinReader      int      `json:"minReaderVersion"`
	MinWriter      int      `json:"minWriterVersion"`
	ReaderFeatures []string `json:"readerFeatures,omitempty"`
	WriterFeatures []string `json:"writerFeatures,omitempty"`
}

// metadata is a table's definition.
type metadata struct {
	ID               string            `json:"id"`
	Name             *string           `json:"name,omitempty"`
	Description      *string           `json:"description,omitempty"`
	Format           format            `json:"format"`
	Schema           string            `json:"schemaString"`
	PartitionColumns []string          `json:"partitionColumns"`
	Configuration    map[string]string `json:"configuration"`
	CreatedTime      *int64            `json:"createdTime,omitempty"`
}

type format struct {
	Provider string            `json:"provider"`
	Options  map[string]string `json:"options"`
}

// addFile is a data file of the table.
type addFile struct {
	Path            string             `json:"path"`
	PartitionValues map[string]*string `json:"partitionValues"`
	Size            int64              `json:"size"`
	ModTime         int64              `json:"modificationTime"`
	DataChange      bool               `json:"dataChange"`
	Stats           string             `json:"stats,omitempty"`
	StatsParsed     json.RawMessage    `json:"stats_parsed,omitempty"`
	Tags            map[string]*string `json:"tags,omitempty"`
	Vector          *deletionVector    `json:"deletionVector,omitempty"`
	BaseRowID       *int64             `json:"baseRowId,omitempty"`
	RowVersion      *int64             `json:"defaultRowCommitVersion,omitempty"`
	Clustering      *string            `json:"clusteringProvider,omitempty"`
}

// removeFile says that a file is no part of the table any more.
type removeFile struct {
	Path            string             `json:"path"`
	DeletedAt       *int64             `json:"deletionTimestamp,omitempty"`
	DataChange      bool               `json:"dataChange"`
	Extended        *bool              `json:"extendedFileMetadata,omitempty"`
	PartitionValues map[string]*string `json:"partitionValues,omitempty"`
	Size            *int64             `json:"size,omitempty"`
	Stats           string             `json:"stats,omitempty"`
	Vector          *deletionVector    `json:"deletionVector,omitempty"`
	BaseRowID       *int64             `json:"baseRowId,omitempty"`
	RowVersion      *int64             `json:"defaultRowCommitVersion,omitempty"`
}

// transactionID is how far an application that writes has come.
type transactionID struct {
	AppID       string `json:"appId"`
	Version     int64  `json:"version"`
	LastUpdated *int64 `json:"lastUpdated,omitempty"`
}

// domain is configuration under a name.
type domain struct {
	Domain        string `json:"domain"`
	Configuration string `json:"configuration"`
	Removed       bool   `json:"removed"`
}

// sidecar is a file with a part of a V2 checkpoint's actions.
type sidecar struct {
	Path    string             `json:"path"`
	Size    int64              `json:"sizeInBytes"`
	ModTime int64              `json:"modificationTime"`
	Tags    map[string]*string `json:"tags,omitempty"`
}

// fileKey tells files of the table apart: a file with another deletion vector is
// another.
func fileKey(path string, v *deletionVector) string {
	if v == nil {
		return path
	}
	id := path + "|" + v.Storage + v.Inline
	if v.Offset != nil {
		id += "@" + strconv.Itoa(int(*v.Offset))
	}
	return id
}

// parseActions reads a commit, a line an action. name is the file's, for errors.
func parseActions(name string, data []byte) ([]action, error) {
	var out []action
	for line := 1; len(data) > 0; line++ {
		var text []byte
		text, data, _ = bytes.Cut(data, []byte("\n"))
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		var a action
		if err := json.Unmarshal(text, &a); err != nil {
			return nil, pgerr.New(pgerr.FdwError, "line %d of %q can not be read: %v", line, name, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// formatActions writes a commit.
func formatActions(actions []action) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i := range actions {
		if err := encoder.Encode(&actions[i]); err != nil {
			return nil, fmt.Errorf("writing a commit: %w", err)
		}
	}
	return out.Bytes(), nil
}

// dataKey is the key of a file that an action names, below the table's folder.
// Absolute names are those of shallow clones.
func (s *store) dataKey(folder, path string) (string, error) {
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return "", pgerr.New(pgerr.FdwError, "the log names a file %q, which is not a path", path)
	}
	if at := strings.Index(path, ":/"); at > 0 && !strings.ContainsAny(path[:at], "/=%") || strings.HasPrefix(path, "/") {
		return s.absoluteKey(decoded)
	}
	for _, part := range strings.Split(decoded, "/") {
		if part == ".." {
			return "", pgerr.New(pgerr.FdwError, "the log names a file %q, which leaves the table's folder", path)
		}
	}
	return folder + decoded, nil
}

// absoluteKey finds an absolute name below the store's root.
func (s *store) absoluteKey(path string) (string, error) {
	name := strings.TrimPrefix(path, "file:")
	if strings.HasPrefix(name, "//") {
		name = strings.TrimLeft(name, "/")
		name = "/" + name
	}
	root := strings.TrimSuffix(s.Address(), "/")
	if local := s.Local(); local != "" && strings.HasPrefix(name, "/") {
		root = local
	}
	if key, ok := strings.CutPrefix(name, root+"/"); ok && !strings.Contains("/"+key+"/", "/../") {
		return key, nil
	}
	return "", pgerr.Unsupported("the log names the file %q, which is outside of %s", path, s.Address()).
		WithHint("Set the server's url to a folder that holds it too.")
}
