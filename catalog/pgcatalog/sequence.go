package pgcatalog

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// sequence is one that a column owns: the source tells of no others.
type sequence struct {
	oid    uint32
	name   string
	column int
}

// sequenceColumns are the columns that every sequence has.
var sequenceColumns = []translate.TableColumn{
	{Name: "last_value", Type: pgtypes.Of(pgtypes.OIDInt8), NotNull: true},
	{Name: "log_cnt", Type: pgtypes.Of(pgtypes.OIDInt8), NotNull: true},
	{Name: "is_called", Type: pgtypes.Of(pgtypes.OIDBool), NotNull: true},
}

func sequencesOf(env *catalog.VirtualEnv, d described) []sequence {
	if d.Source == nil {
		return nil
	}
	var list []sequence
	for i := range d.Table.Columns {
		facts := d.Table.Columns[i].Facts
		if facts == nil || facts.Sequence == "" {
			continue
		}
		names := splitName(facts.Sequence)
		name := names[len(names)-1]
		list = append(list, sequence{oid: env.Snapshot.Own(d.Entry, "sequence", name), name: name, column: i})
	}
	return list
}

// class is the sequence's row of pg_class.
func (s sequence) class(env *catalog.VirtualEnv, d described) record {
	return record{
		"oid": int64(s.oid), "relname": s.name, "relnamespace": int64(env.Snapshot.SchemaOID(d.Schema)), "relowner": ownerOID,
		"relkind": "S", "relnatts": int32(3), "relpersistence": "p", "relispopulated": true, "relreplident": "n",
		"reltuples": float64(1), "relpages": int32(1),
	}
}

// shownName is the output of regclass for the sequence.
func (s sequence) shownName(ctx context.Context, env *catalog.VirtualEnv, d described) (string, error) {
	for _, schema := range env.SearchPath {
		if schema == d.Schema {
			return quote(s.name), nil
		}
		if entry, err := env.Snapshot.Entry(ctx, schema, s.name); err != nil || entry != nil {
			break
		}
	}
	return s.qualified(d), nil
}

func (s sequence) qualified(d described) string { return quote(d.Schema) + "." + quote(s.name) }

// most is the largest value of the sequence's type, which is its column's.
func (s sequence) most(d described) (typ uint32, most int64) {
	switch typ = d.Table.Columns[s.column].Type.OID; typ {
	case pgtypes.OIDInt2:
		return typ, 1<<15 - 1
	case pgtypes.OIDInt4:
		return typ, 1<<31 - 1
	default:
		return pgtypes.OIDInt8, 1<<63 - 1
	}
}

// eachSequence visits the sequences of all relations.
func eachSequence(ctx context.Context, env *catalog.VirtualEnv, visit func(described, sequence) bool) error {
	return eachDescribed(ctx, env, func(d described) bool {
		for _, s := range sequencesOf(env, d) {
			if !visit(d, s) {
				return false
			}
		}
		return true
	})
}

// fillSequence fills pg_sequence with what serial and identity columns make.
func fillSequence(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachSequence(ctx, env, func(d described, s sequence) bool {
		typ, most := s.most(d)
		return yield(record{
			"seqrelid": int64(s.oid), "seqtypid": int64(typ), "seqstart": int64(1), "seqincrement": int64(1),
			"seqmax": most, "seqmin": int64(1), "seqcache": int64(1), "seqcycle": false,
		})
	})
}

// fillSequences fills the view pg_sequences.
func fillSequences(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachSequence(ctx, env, func(d described, s sequence) bool {
		typ, most := s.most(d)
		return yield(record{
			"schemaname": d.Schema, "sequencename": s.name, "sequenceowner": env.User, "data_type": int64(typ),
			"start_value": int64(1), "min_value": int64(1), "max_value": most, "increment_by": int64(1), "cycle": false, "cache_size": int64(1),
		})
	})
}

// fillInformationSequences fills information_schema.sequences, which leaves out those
// of identity columns.
func fillInformationSequences(ctx context.Context, env *catalog.VirtualEnv, yield func(record) bool) error {
	return eachSequence(ctx, env, func(d described, s sequence) bool {
		if originOf(d, s.column).Identity != 0 {
			return true
		}
		typ, most := s.most(d)
		r := record{}
		describeLengths(r, pgtypes.Of(typ))
		return yield(record{
			"sequence_catalog": env.Database, "sequence_schema": d.Schema, "sequence_name": s.name, "data_type": formatPlain(typ),
			"numeric_precision": r["numeric_precision"], "numeric_precision_radix": int32(2), "numeric_scale": int32(0),
			"start_value": "1", "minimum_value": "1", "maximum_value": pgtypes.NumericFromInt64(most).String(), "increment": "1", "cycle_option": "NO",
		})
	})
}

// serialSequence is pg_get_serial_sequence(table, column).
func serialSequence(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	oid, err := relationByName(ctx, env, args[:1])
	if err != nil {
		return nil, err
	}
	d, err := describeByOID(ctx, env, oid)
	if err != nil || d.Entry == nil {
		return nil, err
	}
	column, _ := args[1].(string)
	if d.Table.ColumnIndex(column) < 0 {
		return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", column, d.Name)
	}
	for _, s := range sequencesOf(env, d) {
		if d.Table.Columns[s.column].Name == column {
			return s.qualified(d), nil
		}
	}
	return nil, nil
}

// shownDefault is a default as pg_get_expr shows it: what the search path finds is not
// qualified. Sources qualify all names.
func shownDefault(env *catalog.VirtualEnv, text string) string {
	rest, ok := strings.CutPrefix(text, "nextval('")
	if !ok {
		return text
	}
	for _, schema := range env.SearchPath {
		if bare, ok := strings.CutPrefix(rest, quote(schema)+"."); ok {
			return "nextval('" + bare
		}
	}
	return text
}
