package delta

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// tombstoneAge is how long files that were removed are remembered, unless the table
// says otherwise: they are then kept for good.
const tombstoneAge = 7 * 24 * time.Hour

// writeCheckpoint writes the state of a table at a version as one file, and names it
// in _last_checkpoint. A checkpoint that another wrote meanwhile says the same.
func (b *Backend) writeCheckpoint(ctx context.Context, at *place, version int64) error {
	files, err := b.store.listLog(ctx, at.folder)
	if err != nil {
		return err
	}
	segment, err := files.segment(version)
	if err != nil {
		return err
	}
	if segment.checkpoint != nil && segment.checkpoint.version == version {
		return nil
	}
	state, err := b.replaySegment(ctx, segment, true)
	if err != nil {
		return err
	}
	actions := state.checkpointActions(time.Now())
	data, err := checkpointFile(actions)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s%s%020d.checkpoint.parquet", at.folder, logFolder, version)
	if err := b.store.put(ctx, key, data); err != nil {
		return err
	}
	last, err := json.Marshal(map[string]int64{
		"version": version, "size": int64(len(actions)), "sizeInBytes": int64(len(data)), "numOfAddFiles": int64(len(state.places)),
	})
	if err != nil {
		return err
	}
	return b.store.put(ctx, at.folder+logFolder+"_last_checkpoint", last)
}

// checkpointActions are the actions that make the state, in a fixed order.
func (r *replay) checkpointActions(now time.Time) []action {
	definition := *r.metadata
	if definition.PartitionColumns == nil {
		definition.PartitionColumns = []string{}
	}
	if definition.Configuration == nil {
		definition.Configuration = map[string]string{}
	}
	if definition.Format.Options == nil {
		definition.Format.Options = map[string]string{}
	}
	out := []action{{Protocol: r.protocol}, {Metadata: &definition}}
	for _, id := range sortedKeys(r.txns) {
		txn := r.txns[id]
		out = append(out, action{Txn: &txn})
	}
	for _, name := range sortedKeys(r.domains) {
		d := r.domains[name]
		out = append(out, action{Domain: &d})
	}
	oldest := now.Add(-tombstoneAge).UnixMilli()
	_, own := r.metadata.Configuration["delta.deletedFileRetentionDuration"]
	for _, key := range sortedKeys(r.removed) {
		f := r.removed[key]
		if !own && f.DeletedAt != nil && *f.DeletedAt < oldest {
			continue
		}
		f.DataChange = false
		out = append(out, action{Remove: &f})
	}
	for i := range r.files {
		if r.files[i].Path == "" {
			continue
		}
		f := r.files[i]
		f.DataChange = false
		out = append(out, action{Add: &f})
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// checkpointFile is the actions as Parquet, one a row.
func checkpointFile(actions []action) ([]byte, error) {
	root, err := checkpointSchema(actions)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithCreatedBy("sqlgateway"))
	w := file.NewParquetWriter(&out, root, file.WithWriterProps(properties))
	const groupRows = 50_000
	for part := range slices.Chunk(actions, groupRows) {
		s := newShredder(root)
		for i := range part {
			text, err := json.Marshal(&part[i])
			if err != nil {
				return nil, err
			}
			var value map[string]any
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.UseNumber()
			if err := decoder.Decode(&value); err != nil {
				return nil, err
			}
			if err := s.row(value); err != nil {
				return nil, fmt.Errorf("writing a checkpoint: %w", err)
			}
		}
		group, err := w.AppendRowGroupChecked()
		if err == nil {
			err = s.write(group)
		}
		if err != nil {
			return nil, fmt.Errorf("writing a checkpoint: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing a checkpoint: %w", err)
	}
	return out.Bytes(), nil
}

// node is a part of the checkpoint's schema: a type by its letter (s text, i int,
// l long, b boolean, m map of texts, a list of texts) or the parts of a group.
type node struct {
	name  string
	kind  byte
	parts []node
}

var vectorNode = node{name: "deletionVector", parts: []node{
	{name: "storageType", kind: 's'},
	{name: "pathOrInlineDv", kind: 's'},
	{name: "offset", kind: 'i'},
	{name: "sizeInBytes", kind: 'i'},
	{name: "cardinality", kind: 'l'},
}}

// checkpointNodes are the protocol's, in the order in which Spark writes them.
var checkpointNodes = []node{
	{name: "txn", parts: []node{{name: "appId", kind: 's'}, {name: "version", kind: 'l'}, {name: "lastUpdated", kind: 'l'}}},
	{name: "add", parts: []node{
		{name: "path", kind: 's'},
		{name: "partitionValues", kind: 'm'},
		{name: "size", kind: 'l'},
		{name: "modificationTime", kind: 'l'},
		{name: "dataChange", kind: 'b'},
		{name: "stats", kind: 's'},
		{name: "tags", kind: 'm'},
		vectorNode,
		{name: "baseRowId", kind: 'l'},
		{name: "defaultRowCommitVersion", kind: 'l'},
		{name: "clusteringProvider", kind: 's'},
	}},
	{name: "remove", parts: []node{
		{name: "path", kind: 's'},
		{name: "deletionTimestamp", kind: 'l'},
		{name: "dataChange", kind: 'b'},
		{name: "extendedFileMetadata", kind: 'b'},
		{name: "partitionValues", kind: 'm'},
		{name: "size", kind: 'l'},
		vectorNode,
		{name: "baseRowId", kind: 'l'},
		{name: "defaultRowCommitVersion", kind: 'l'},
	}},
	{name: "metaData", parts: []node{
		{name: "id", kind: 's'},
		{name: "name", kind: 's'},
		{name: "description", kind: 's'},
		{name: "format", parts: []node{{name: "provider", kind: 's'}, {name: "options", kind: 'm'}}},
		{name: "schemaString", kind: 's'},
		{name: "partitionColumns", kind: 'a'},
		{name: "configuration", kind: 'm'},
		{name: "createdTime", kind: 'l'},
	}},
	{name: "protocol", parts: []node{
		{name: "minReaderVersion", kind: 'i'},
		{name: "minWriterVersion", kind: 'i'},
		{name: "readerFeatures", kind: 'a'},
		{name: "writerFeatures", kind: 'a'},
	}},
	{name: "sidecar", parts: []node{
		{name: "path", kind: 's'}, {name: "sizeInBytes", kind: 'l'}, {name: "modificationTime", kind: 'l'}, {name: "tags", kind: 'm'},
	}},
	{name: "checkpointMetadata", parts: []node{{name: "version", kind: 'l'}, {name: "tags", kind: 'm'}}},
	{name: "domainMetadata", parts: []node{{name: "domain", kind: 's'}, {name: "configuration", kind: 's'}, {name: "removed", kind: 'b'}}},
}

// checkpointSchema leaves out what only V2 checkpoints have if there is none of it.
func checkpointSchema(actions []action) (*schema.GroupNode, error) {
	v2 := slices.ContainsFunc(actions, func(a action) bool { return a.Sidecar != nil || len(a.CheckpointMetadata) > 0 })
	fields, err := parquetNodes(slices.DeleteFunc(slices.Clone(checkpointNodes), func(n node) bool {
		return !v2 && (n.name == "sidecar" || n.name == "checkpointMetadata")
	}))
	if err != nil {
		return nil, err
	}
	return schema.NewGroupNode("spark_schema", parquet.Repetitions.Required, fields, -1)
}

func parquetNodes(nodes []node) (schema.FieldList, error) {
	var fields schema.FieldList
	for _, n := range nodes {
		f, err := n.parquet()
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func textNode(name string, repetition parquet.Repetition) (schema.Node, error) {
	return schema.NewPrimitiveNodeLogical(name, repetition, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)
}

func (n *node) parquet() (schema.Node, error) {
	optional := parquet.Repetitions.Optional
	switch n.kind {
	case 's':
		return textNode(n.name, optional)
	case 'i':
		return schema.NewInt32Node(n.name, optional, -1), nil
	case 'l':
		return schema.NewInt64Node(n.name, optional, -1), nil
	case 'b':
		return schema.NewBooleanNode(n.name, optional, -1), nil
	case 'm':
		key, err := textNode("key", parquet.Repetitions.Required)
		if err != nil {
			return nil, err
		}
		value, err := textNode("value", optional)
		if err != nil {
			return nil, err
		}
		return schema.MapOf(n.name, key, value, optional, -1)
	case 'a':
		element, err := textNode("element", optional)
		if err != nil {
			return nil, err
		}
		return schema.ListOfWithName(n.name, element, optional, -1)
	}
	fields, err := parquetNodes(n.parts)
	if err != nil {
		return nil, err
	}
	return schema.NewGroupNode(n.name, optional, fields, -1)
}
