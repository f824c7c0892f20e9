package sqlite

import (
	"context"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Write implements backends.Writer.
func (b *Backend) Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (result backends.WriteResult, err error) {
	err = b.with(ctx, func(c *conn) error {
		if _, err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		if result, err = write(ctx, c, target, rows, mode); err != nil {
			return err // the pool rolls back
		}
		_, err := c.exec(ctx, "COMMIT")
		return err
	})
	if err != nil {
		return backends.WriteResult{}, err
	}
	return result, nil
}

// write inserts rows inside the transaction that is open on c.
func write(ctx context.Context, c *conn, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (result backends.WriteResult, err error) {
	switch mode.Kind {
	case backends.Append, backends.Merge:
	case backends.Truncate:
		if result.Deleted, err = c.exec(ctx, "DELETE FROM "+quote(target.Table.Name)); err != nil {
			return result, err
		}
	default:
		return result, pgerr.Unsupported("write mode %s is not supported on a %s source", mode.Kind, backends.KindSQLite)
	}
	rounding, err := numericAffinity(ctx, c, target)
	if err != nil {
		return result, err
	}
	s, err := c.prepare(insertStatement(target, mode))
	if err != nil {
		return result, err
	}
	defer s.finalize()
	defer c.watch(ctx)()
	for rows.Next() {
		n, err := insertBatch(s, target, rounding, rows.RecordBatch())
		result.Inserted += n
		if err != nil {
			return result, err
		}
	}
	return result, rows.Err()
}

// numericAffinity marks the columns that would turn a long decimal text into a double.
func numericAffinity(ctx context.Context, c *conn, target backends.WriteTarget) ([]bool, error) {
	marks := make([]bool, len(target.Columns))
	err := c.each(ctx, "SELECT name, type FROM pragma_table_xinfo(?1)", []any{target.Table.Name}, func(s *stmt) error {
		for i, column := range target.Columns {
			if column.Name == s.stringAt(0) {
				declared := s.stringAt(1)
				marks[i] = column.Type.OID == pgtypes.OIDNumeric && declaredType(declared).OID == pgtypes.OIDNumeric &&
					!strings.Contains(strings.ToUpper(declared), "TEXT")
			}
		}
		return nil
	})
	return marks, err
}

func insertStatement(target backends.WriteTarget, mode backends.WriteMode) string {
	names := make([]string, len(target.Columns))
	places := make([]string, len(target.Columns))
	for i, column := range target.Columns {
		names[i], places[i] = quote(column.Name), "?"+strconv.Itoa(i+1)
	}
	sql := "INSERT INTO " + quote(target.Table.Name) + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
	if len(names) == 0 {
		sql = "INSERT INTO " + quote(target.Table.Name) + " DEFAULT VALUES"
	}
	if mode.Kind != backends.Merge {
		return sql
	}
	keys := make([]string, len(mode.Keys))
	isKey := map[string]bool{}
	for i, key := range mode.Keys {
		keys[i] = quote(key)
		isKey[keys[i]] = true
	}
	var sets []string
	for _, name := range names {
		if !isKey[name] {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	sql += " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO "
	if len(sets) == 0 {
		return sql + "NOTHING"
	}
	return sql + "UPDATE SET " + strings.Join(sets, ", ")
}

func insertBatch(s *stmt, target backends.WriteTarget, rounding []bool, rows arrow.RecordBatch) (inserted int64, err error) {
	for row := range int(rows.NumRows()) {
		for i, column := range target.Columns {
			v, err := batch.Value(column.Type, rows.Column(i), row)
			if err != nil {
				return inserted, err
			}
			value := stored(column.Type, v)
			if n, ok := v.(pgtypes.Numeric); ok && !rounding[i] {
				value = n.String() // with its scale, where text is kept
			}
			if rounding[i] {
				if err := lossyNumeric(column.Name, value); err != nil {
					return inserted, err
				}
			}
			if err := s.bind(i+1, value); err != nil {
				return inserted, err
			}
		}
		if _, err := s.step(); err != nil {
			s.reset()
			return inserted, err
		}
		s.reset()
		inserted++
	}
	return inserted, nil
}
