package answers

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/delta"
	"github.com/sqlgateway/gateway/backends/mem"
)

// deltaConfig is a folder of Delta tables.
func deltaConfig(folder string) *delta.Config {
	cfg := delta.NewConfig()
	cfg.URL = "file://" + folder
	cfg.CheckpointInterval = 2 // so that reading begins with one
	return cfg
}

// loadDelta writes Delta tables through the writer of the project, which the kind's
// own tests compare with delta-rs.
func loadDelta(ctx context.Context, folder string, tables []*Placed) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	source, err := mem.Open(memConfig(tables), backends.Env{}.WithDefaults())
	if err != nil {
		return err
	}
	defer source.Close()
	target := delta.Open(deltaConfig(folder), backends.Env{})
	defer target.Close()
	for _, t := range tables {
		if err := writeDelta(ctx, source, target, t); err != nil {
			return fmt.Errorf("writing %s: %w", t.Name, err)
		}
	}
	return nil
}

// writeDelta makes a table and adds its rows in several commits.
func writeDelta(ctx context.Context, source, target backends.Backend, t *Placed) error {
	table, err := source.Describe(ctx, backends.TableName{Schema: "main", Name: remoteName(t.Table)})
	if err != nil {
		return err
	}
	scan := &backends.ScanFragment{Table: table.Name, Limit: -1}
	into := backends.WriteTarget{Table: backends.TableName{Name: remoteName(t.Table)}}
	for i, c := range table.Columns {
		scan.Columns = append(scan.Columns, i)
		into.Columns = append(into.Columns, backends.Column{Name: c.Name, Type: c.Type})
	}
	made := *table
	made.Name, made.Keys, made.PrimaryKey = into.Table, nil, false
	if err := inTransaction(ctx, target, func(tx backends.Tx) error {
		return tx.(backends.Definer).CreateTable(ctx, made)
	}); err != nil {
		return err
	}
	reader, err := source.Read(ctx, backends.Fragment{Scan: scan, Output: into.Columns, BatchRows: 1 + len(t.Rows)/partsOf(t)})
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		rows, err := array.NewRecordReader(reader.Schema(), []arrow.RecordBatch{reader.RecordBatch()})
		if err != nil {
			return err
		}
		err = inTransaction(ctx, target, func(tx backends.Tx) error {
			_, err := tx.Write(ctx, into, rows, backends.WriteMode{Kind: backends.Append})
			return err
		})
		rows.Release()
		if err != nil {
			return err
		}
	}
	return reader.Err()
}

func inTransaction(ctx context.Context, target backends.Backend, run func(backends.Tx) error) error {
	tx, err := target.(backends.Transactor).Begin(ctx, backends.TxOptions{})
	if err != nil {
		return err
	}
	err = run(tx)
	if err == nil {
		err = tx.Commit(ctx)
	}
	return errors.Join(err, tx.Rollback(ctx))
}
