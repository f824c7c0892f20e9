package delta

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends/objectstore/parquetfile"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// sidecarFolder holds the sidecars of V2 checkpoints.
const sidecarFolder = "_sidecars/"

// readCheckpoint applies a checkpoint: one file, parts, or a V2 one with sidecars.
// With check, what it asks of a reader is looked at before the rest.
func (b *Backend) readCheckpoint(ctx context.Context, c *checkpoint, state *replay, check bool) error {
	if check {
		if err := b.checkpointRows(ctx, c.parts, []string{"protocol"}, state); err != nil {
			return err
		}
		if state.protocol != nil {
			if err := state.protocol.readable(); err != nil {
				return err
			}
		}
	}
	var sidecars []sidecar
	state.sidecar = func(s *sidecar) { sidecars = append(sidecars, *s) }
	wanted := []string{"protocol", "metaData", "add", "txn", "domainMetadata", "sidecar"}
	if state.removed != nil {
		wanted = append(wanted, "remove")
	}
	if err := b.checkpointRows(ctx, c.parts, wanted, state); err != nil {
		return err
	}
	state.sidecar = nil
	log := c.parts[0].Key[:strings.LastIndexByte(c.parts[0].Key, '/')+1]
	var parts []object
	for _, s := range sidecars {
		key := log + sidecarFolder + s.Path
		if strings.Contains(s.Path, "/") {
			return pgerr.Unsupported("the sidecar %q of a checkpoint lies outside of its log", s.Path)
		}
		parts = append(parts, object{Key: key, Size: s.Size})
	}
	return b.checkpointRows(ctx, parts, wanted, state)
}

// checkpointRows applies the actions of some kinds in the files of a checkpoint.
func (b *Backend) checkpointRows(ctx context.Context, parts []object, wanted []string, state *replay) error {
	for _, part := range parts {
		var err error
		if strings.HasSuffix(part.Key, ".json") {
			err = b.checkpointJSON(ctx, part, wanted, state)
		} else {
			err = b.checkpointParquet(ctx, part, wanted, state)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Backend) checkpointJSON(ctx context.Context, part object, wanted []string, state *replay) error {
	data, _, found, err := b.store.get(ctx, part.Key)
	if err != nil {
		return err
	}
	if !found {
		return pgerr.New(pgerr.FdwError, "checkpoint %q is gone", part.Key).WithHint("Run the statement again.")
	}
	actions, err := parseActions(part.Key, data)
	if err != nil {
		return err
	}
	onlyProtocol := len(wanted) == 1
	for i := range actions {
		if !onlyProtocol || actions[i].Protocol != nil {
			state.applyOne(&actions[i])
		}
	}
	return nil
}

// checkpointParquet reads the columns of a checkpoint's file. Each is one kind of
// action, and a row has one of them; a nested column comes as the JSON that the
// action would be in a commit.
func (b *Backend) checkpointParquet(ctx context.Context, part object, wanted []string, state *replay) error {
	src, remote, err := b.store.openObject(ctx, part.Key, part.Size)
	if err != nil {
		return err
	}
	defer src.Close()
	file, err := parquetfile.ReadFooter(src, part.Size, parquetfile.Options{})
	if err != nil {
		return inFile(part.Key, err)
	}
	var columns []int
	for i, c := range file.Columns {
		if slices.Contains(wanted, c.Name) && c.Type.OID == pgtypes.OIDJSONB {
			columns = append(columns, i)
		}
	}
	for group := range file.RowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.checkpointGroup(src, remote, file, group, columns, state); err != nil {
			return inFile(part.Key, err)
		}
	}
	return nil
}

func (b *Backend) checkpointGroup(src source, remote bool, file *parquetfile.File, group int, columns []int, state *replay) error {
	from, err := fetch(src, remote, file, group, columns)
	if err != nil {
		return err
	}
	rows, err := file.Open(from, group, columns, b.alloc)
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		data, n, err := rows.Next(1024)
		if err != nil || n == 0 {
			return err
		}
		for i, d := range data {
			if err == nil {
				err = applyColumn(file.Columns[columns[i]].Name, d, state)
			}
			d.Release()
		}
		if err != nil {
			return err
		}
	}
}

// applyColumn applies a column of actions of one kind.
func applyColumn(name string, data arrow.ArrayData, state *replay) error {
	column := array.MakeFromData(data)
	defer column.Release()
	texts, ok := column.(*array.String)
	if !ok {
		return pgerr.New(pgerr.FdwError, "column %q of a checkpoint is no group", name)
	}
	for row := range texts.Len() {
		if texts.IsNull(row) {
			continue
		}
		var a action
		var target any
		switch name {
		case "protocol":
			a.Protocol = new(protocol)
			target = a.Protocol
		case "metaData":
			a.Metadata = new(metadata)
			target = a.Metadata
		case "add":
			a.Add = new(addFile)
			target = a.Add
		case "remove":
			a.Remove = new(removeFile)
			target = a.Remove
		case "txn":
			a.Txn = new(transactionID)
			target = a.Txn
		case "domainMetadata":
			a.Domain = new(domain)
			target = a.Domain
		case "sidecar":
			a.Sidecar = new(sidecar)
			target = a.Sidecar
		}
		if err := json.Unmarshal([]byte(texts.Value(row)), target); err != nil {
			return fmt.Errorf("reading %s of a checkpoint: %w", name, pgerr.New(pgerr.FdwError, "%v", err))
		}
		state.applyOne(&a)
	}
	return nil
}
