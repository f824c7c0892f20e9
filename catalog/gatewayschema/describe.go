package gatewayschema

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

var describeParams = []translate.FunctionParam{serverParam, {Name: "name", Type: pgtypes.Of(pgtypes.OIDText)}}

var describeColumns = []translate.TableColumn{
	column("position", pgtypes.OIDInt4), column("column_name", pgtypes.OIDText), column("data_type", pgtypes.OIDText),
	column("not_null", pgtypes.OIDBool), column("hidden", pgtypes.OIDBool), column("key", pgtypes.OIDBool),
	column("native_type", pgtypes.OIDText), column("default", pgtypes.OIDText),
}

// describe gives the columns of a table of a source as the source tells or its data
// shows, mapped or not. key says that a column is part of a unique key.
func describe(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) iter.Seq2[[]pgtypes.Datum, error] {
	server, err := serverNamed(env, args[0])
	if err != nil {
		return failed(err)
	}
	name, ok := args[1].(string)
	if !ok {
		return failed(pgerr.New(pgerr.NullValueNotAllowed, "the table's name may not be null"))
	}
	return func(yield func([]pgtypes.Datum, error) bool) {
		limited, stop := deadline(ctx, env)
		defer stop()
		table, err := Find(limited, server, name)
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range table.Columns {
			if !yield(describedColumn(table, i), nil) {
				return
			}
		}
	}
}

func describedColumn(table *backends.Table, i int) []pgtypes.Datum {
	c := &table.Columns[i]
	key := slices.ContainsFunc(table.Keys, func(key []int) bool { return slices.Contains(key, i) })
	native := ""
	if c.Facts != nil {
		native = c.Facts.NativeType
	}
	return []pgtypes.Datum{
		int32(i + 1), c.Name, pgtypes.FormatType(c.Type), c.NotNull, c.Hidden, key, optional(native), optional(c.Default), //nolint:gosec // at most 1,600 columns
	}
}

// Find describes a table of a source by a name as people write it: a path, a topic,
// or schema.table.
func Find(ctx context.Context, server *catalog.Server, name string) (*backends.Table, error) {
	table, err := server.Backend.Describe(ctx, backends.TableName{Name: name})
	if schema, rest, ok := strings.Cut(name, "."); ok && pgerr.Code(err) == pgerr.UndefinedTable {
		qualified, second := server.Backend.Describe(ctx, backends.TableName{Schema: schema, Name: rest})
		if pgerr.Code(second) != pgerr.UndefinedTable {
			table, err = qualified, second
		}
	}
	return table, server.Checked(err)
}

var tablesParams = []translate.FunctionParam{serverParam, {Name: "schema", Type: pgtypes.Of(pgtypes.OIDText), Optional: true}}

var tablesColumns = []translate.TableColumn{column("schema", pgtypes.OIDText), column("name", pgtypes.OIDText)}

// remoteTables lists what a source has: of one of its schemas, or of all.
func remoteTables(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) iter.Seq2[[]pgtypes.Datum, error] {
	server, err := serverNamed(env, args[0])
	if err != nil {
		return failed(err)
	}
	return func(yield func([]pgtypes.Datum, error) bool) {
		limited, stop := deadline(ctx, env)
		defer stop()
		schemas := []string{}
		if only, ok := args[1].(string); ok {
			schemas = append(schemas, only)
		} else if schemas, err = server.Backend.Schemas(limited); err != nil {
			yield(nil, server.Checked(err))
			return
		}
		for _, schema := range schemas {
			tables, err := server.Backend.Tables(limited, schema)
			if err != nil {
				yield(nil, server.Checked(err))
				return
			}
			for _, t := range tables {
				if !yield([]pgtypes.Datum{optional(t.Schema), t.Name}, nil) {
					return
				}
			}
		}
	}
}
