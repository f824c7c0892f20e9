package catalog

import (
	"context"
	"iter"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Virtual is a relation that the gateway serves itself, such as pg_catalog.pg_class.
// It is a translate.Table's Source with an empty Server.
type Virtual struct {
	Schema, Name string
	OID          uint32
	View         bool // shown as a view
	Columns      []translate.TableColumn
	// Rows yields rows parallel to Columns. It may be slow; it ends when yield says
	// so or ctx does.
	Rows func(ctx context.Context, env *VirtualEnv) iter.Seq2[[]pgtypes.Datum, error]
}

// VirtualEnv is what a virtual relation may look at.
type VirtualEnv struct {
	Snapshot *Snapshot
	User     string
	Database string
	PID      uint32
	// Settings lists the session's settings in pg_settings' order.
	Settings func() []Setting
	// Prepared lists prepared statements, Cursors open cursors.
	Prepared func() []PreparedStatement
	// Sessions lists the live sessions of this gateway.
	Sessions func() []SessionInfo
	// SearchPath is the session's, without schemas that do not exist.
	SearchPath []string
	// Only restricts the rows that are needed of the relation that is read: by column,
	// the values that it may have. Rows with others may be given and are dropped.
	Only map[string][]pgtypes.Datum
	// Read are the columns that are read; nil for any. Others may be left empty.
	Read map[string]bool
	// Warn sends a WARNING to the client.
	Warn func(*pgerr.Error)
}

// Setting is a row of pg_settings.
type Setting struct {
	Name, Value, Unit, Category, ShortDesc, ExtraDesc, Context, Type, Source string
	Min, Max                                                                 string
	Enum                                                                     []string
	Boot, Reset                                                              string
}

// Function is a built-in function that asks the catalog, such as
// pg_table_is_visible. Arguments are never NULL for strict functions.
type Function func(ctx context.Context, env *VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error)

// PreparedStatement is a row of pg_prepared_statements.
type PreparedStatement struct {
	Name, Text string
	Params     []uint32
	FromSQL    bool
}

// SessionInfo is a row of pg_stat_activity.
type SessionInfo struct {
	PID                                   uint32
	User, Database, Application, State    string
	ClientAddr                            string
	Query                                 string
	BackendStart, QueryStart, StateChange int64 // microseconds since 1970, 0 for none
}

// Table makes the relation as the binder sees it.
func (v *Virtual) Table() *translate.Table {
	return &translate.Table{
		OID: v.OID, Schema: v.Schema, Name: v.Name, Kind: v.kind(), Columns: v.Columns,
		Remote: translate.RemoteName{Schema: v.Schema, Name: v.Name}, Rows: -1, Source: v,
	}
}

func (v *Virtual) kind() translate.RelationKind {
	if v.View {
		return translate.View
	}
	return translate.OrdinaryTable
}
