package delta

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// mostAttempts bounds the races that a commit may lose in a row.
const mostAttempts = 1000

// commit puts a transaction's actions into the log, at the first version that is
// free. Every version that another took is read: what it did may rule ours out.
func (b *Backend) commit(ctx context.Context, p *pending) error {
	actions, err := p.actions()
	if err != nil || actions == nil {
		return err
	}
	data, err := formatActions(actions)
	if err != nil {
		return err
	}
	version := int64(0)
	if p.base != nil {
		version = p.base.version + 1
	}
	for range mostAttempts {
		key := commitKey(p.place.folder, version)
		exists, err := b.store.putNew(ctx, key, data)
		if err == nil && !exists {
			b.committed(ctx, p, version)
			return nil
		}
		// Whether a request that failed was carried out is not known, and one that was
		// sent again may find what it wrote itself.
		won, found, e := b.winner(ctx, key)
		switch {
		case e != nil:
			return errors.Join(err, e)
		case found && bytes.Equal(won, data):
			b.committed(ctx, p, version)
			return nil
		case err != nil && !found:
			return err
		case !found:
			return pgerr.New(pgerr.FdwError, "commit %q is there and can not be read", key)
		}
		if err := p.conflict(key, won); err != nil {
			return err
		}
		version++
		if err := backOff(ctx); err != nil {
			return err
		}
	}
	return errSerialization(p.place)
}

func (b *Backend) winner(ctx context.Context, key string) (data []byte, found bool, err error) {
	data, _, found, err = b.store.get(ctx, key)
	return data, found, err
}

// backOff waits a moment, so that several who lost do not lose to each other.
func backOff(ctx context.Context) error {
	n, err := rand.Int(rand.Reader, big.NewInt(5_000_000))
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(n.Int64())):
		return nil
	}
}

// conflict says whether a commit that came first rules ours out: it changed the
// definition, or took files that we take too. Rows that were added are no conflict:
// the outcome is that of ours before it.
func (p *pending) conflict(key string, won []byte) error {
	if p.created != nil {
		return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", p.place.name.Name)
	}
	actions, err := parseActions(key, won)
	if err != nil {
		return err
	}
	for i := range actions {
		a := &actions[i]
		if a.Protocol != nil || a.Metadata != nil {
			return errSerialization(p.place)
		}
		if a.Remove == nil || !p.goes(a.Remove.Path, a.Remove.Vector) {
			continue
		}
		if _, ours := p.base.state.places[fileKey(a.Remove.Path, a.Remove.Vector)]; ours {
			return errSerialization(p.place)
		}
	}
	return nil
}

// baseFiles is the number of files that the table has without the changes.
func (p *pending) baseFiles() int {
	if p.base == nil {
		return 0
	}
	return len(p.base.files)
}

// goes says whether a file of base is taken away.
func (p *pending) goes(path string, v *deletionVector) bool {
	return p.emptied || p.removed[fileKey(path, v)]
}

// actions are those of the commit, nil if there is nothing to commit.
func (p *pending) actions() ([]action, error) {
	var removes []action
	now := time.Now().UnixMilli()
	if p.emptied || len(p.removed) > 0 {
		for i := range p.baseFiles() {
			f := &p.base.files[i]
			if !p.goes(f.Path, f.Vector) {
				continue
			}
			size, extended := f.Size, true
			removes = append(removes, action{Remove: &removeFile{
				Path: f.Path, DeletedAt: &now, DataChange: true, Extended: &extended, PartitionValues: f.PartitionValues,
				Size: &size, Vector: f.Vector, BaseRowID: f.BaseRowID, RowVersion: f.RowVersion,
			}})
		}
	}
	if p.created == nil && len(removes) == 0 && len(p.adds) == 0 {
		return nil, nil
	}
	info, err := p.info(now, len(removes))
	if err != nil {
		return nil, err
	}
	out := []action{{CommitInfo: info}}
	if p.created != nil {
		out = append(out, action{Protocol: &p.created.protocol}, action{Metadata: &p.created.metadata})
	}
	out = append(out, removes...)
	for i := range p.adds {
		out = append(out, action{Add: &p.adds[i]})
	}
	return out, nil
}

// info is the commit's account of itself. Its id tells it from any other.
func (p *pending) info(now int64, removed int) (json.RawMessage, error) {
	mode := "Append"
	if p.emptied {
		mode = "Overwrite"
	}
	rows := int64(0)
	for i := range p.adds {
		var stats fileStats
		if json.Unmarshal([]byte(p.adds[i].Stats), &stats) == nil && stats.Records != nil {
			rows += *stats.Records
		}
	}
	info := map[string]any{
		"timestamp": now, "operation": p.operation, "operationParameters": map[string]string{"mode": mode},
		"isBlindAppend": !p.emptied && len(p.removed) == 0, "engineInfo": "sqlgateway", "txnId": newID(),
		"operationMetrics": map[string]string{
			"numFiles": strconv.Itoa(len(p.adds)), "numRemovedFiles": strconv.Itoa(removed), "numOutputRows": strconv.FormatInt(rows, 10),
		},
	}
	if p.base != nil {
		info["readVersion"] = p.base.version
	}
	return json.Marshal(info)
}

// newID is a random UUID.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// committed writes a checkpoint where one is due. The commit holds without it.
func (b *Backend) committed(ctx context.Context, p *pending, version int64) {
	interval := int64(b.config.CheckpointInterval)
	if interval == 0 {
		interval = defaultCheckpointInterval
	}
	metadata := p.created
	configuration := map[string]string(nil)
	if metadata != nil {
		configuration = metadata.metadata.Configuration
	} else {
		configuration = p.base.metadata.Configuration
	}
	if n, ok := wholeNumber(configuration["delta.checkpointInterval"]); ok && n > 0 {
		interval = n
	}
	if version == 0 || version%interval != 0 || configuration["delta.checkpointPolicy"] == "v2" {
		return
	}
	if err := b.writeCheckpoint(ctx, p.place, version); err != nil {
		b.env.Logger.WarnContext(ctx, "a checkpoint of a Delta table could not be written", "table", p.place.path, "version", version, "error", err)
	}
}

// dropTable deletes a table: its log first, newest commit first, so that no reader
// finds a table without its files.
func (b *Backend) dropTable(ctx context.Context, at *place) error {
	if at.folder == "" {
		return pgerr.Unsupported("the table that is the server's root folder can not be dropped")
	}
	for _, prefix := range []string{at.folder + logFolder, at.folder} {
		objects, err := b.store.list(ctx, prefix)
		if err != nil {
			return fmt.Errorf("dropping Delta table %q: %w", at.path, err)
		}
		for i := len(objects) - 1; i >= 0; i-- {
			if err := b.store.remove(ctx, objects[i].Key); err != nil {
				return fmt.Errorf("dropping Delta table %q: %w", at.path, err)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.recents, at.path)
	return b.store.removeFolder(at.folder)
}
