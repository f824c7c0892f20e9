package exec

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// definer writes the definition of a table, or of columns of one, in a dialect that
// is not Postgres's. What the target can not hold as Postgres would is refused by
// name.
type definer struct {
	ctx      context.Context //nolint:containedctx // one statement
	session  *Session
	dialect  *translate.Dialect
	server   *catalog.Server
	snapshot *catalog.Snapshot
	text     string // of the statement, for positions
	table    *translate.Table
	primary  []string // columns of the primary key
	inline   bool     // the primary key stands in a column's definition
	names    []string // of constraints, taken
}

func (s *Session) newDefiner(ctx context.Context, at *place, dialect *translate.Dialect, snapshot *catalog.Snapshot, text, name string) *definer {
	return &definer{
		ctx: ctx, session: s, dialect: dialect, server: at.server, snapshot: snapshot, text: text,
		table: &translate.Table{Name: name, Remote: at.remote, Kind: translate.OrdinaryTable, Server: at.server.Name},
	}
}

// serialTypes are the pseudo-types that number rows.
var serialTypes = map[string]uint32{
	"smallserial": pgtypes.OIDInt2, "serial2": pgtypes.OIDInt2, "serial": pgtypes.OIDInt4, "serial4": pgtypes.OIDInt4,
	"bigserial": pgtypes.OIDInt8, "serial8": pgtypes.OIDInt8,
}

// columnType resolves a column's type; numbered says that it is a serial.
func columnType(c *translate.ColumnDef) (t pgtypes.Type, numbered bool, err error) {
	if n := len(c.Type.Names); n > 0 && len(c.Type.Bounds) == 0 {
		if oid, ok := serialTypes[c.Type.Names[n-1]]; ok {
			return pgtypes.Of(oid), true, nil
		}
	}
	t, err = bind.ResolveType(c.Type)
	return t, false, err
}

// add makes a column known to the constraints.
func (d *definer) add(c *translate.ColumnDef) error {
	if d.table.ColumnIndex(c.Name) >= 0 {
		return pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", c.Name)
	}
	t, numbered, err := columnType(c)
	if err != nil {
		return err
	}
	name := d.dialect.ColumnType(t)
	column := translate.TableColumn{
		Name: c.Name, Type: t, NotNull: numbered, Generated: numbered,
		Facts: &translate.ColumnFacts{NativeType: name, Verified: true, Collation: d.dialect.TextCollation, NullFraction: -1},
	}
	if t.OID == pgtypes.OIDText || t.OID == pgtypes.OIDVarchar || t.OID == pgtypes.OIDBpchar {
		column.Collation = pgtypes.CollationDefault
	}
	for _, k := range c.Constraints {
		switch k.Kind {
		case translate.ConstraintPrimary:
			d.primary = append(d.primary, c.Name)
		case translate.ConstraintIdentity:
			column.Generated, column.NotNull = true, true
		}
	}
	d.table.Columns = append(d.table.Columns, column)
	return nil
}

// column writes one column.
func (d *definer) column(c *translate.ColumnDef) (string, error) {
	column := &d.table.Columns[d.table.ColumnIndex(c.Name)]
	sql := d.dialect.Identifier(c.Name) + " "
	single := len(d.primary) == 1 && d.primary[0] == c.Name
	if column.Generated {
		if !single {
			return "", pgerr.Unsupported("a serial or identity column that is not the primary key is not supported on a %s server", d.dialect.Name).
				WithHint("Make column %q the primary key.", c.Name)
		}
		d.inline = true
		sql += d.dialect.KeyType(column.Type)
	} else {
		name := column.Facts.NativeType
		if name == "" {
			return "", pgerr.Unsupported("type %s can not be stored on a %s server", pgtypes.FormatType(column.Type), d.dialect.Name)
		}
		sql += name
	}
	if c.Collation != nil {
		if last := c.Collation.Name[len(c.Collation.Name)-1]; last != "default" && last != "C" && last != "POSIX" {
			return "", pgerr.Unsupported("collation %q is not supported on a %s server", last, d.dialect.Name)
		}
	}
	for _, k := range c.Constraints {
		part, err := d.columnConstraint(column, k)
		if err != nil {
			return "", err
		}
		sql += part
	}
	return sql, nil
}

func (d *definer) columnConstraint(c *translate.TableColumn, k *translate.Constraint) (string, error) {
	switch k.Kind {
	case translate.ConstraintNull, translate.ConstraintIdentity:
		return "", nil
	case translate.ConstraintNotNull:
		if c.Generated {
			return "", nil // said already
		}
		return " NOT NULL", nil
	case translate.ConstraintPrimary:
		if c.Generated {
			return "", nil
		}
		d.inline = true
		return " NOT NULL PRIMARY KEY", nil
	case translate.ConstraintDefault:
		return d.defaultClause(c, k)
	case translate.ConstraintGenerated:
		return "", pgerr.Unsupported("generated columns are not supported on a %s server", d.dialect.Name)
	}
	// The others are written as the table's, so that they can have Postgres's names.
	return "", nil
}

// constraints writes the constraints of the table and those of columns that stand
// after the columns.
func (d *definer) constraints(columns []*translate.ColumnDef, table []*translate.Constraint) ([]string, error) {
	var parts []string
	add := func(k *translate.Constraint, columns []string) error {
		part, err := d.constraint(k, columns)
		if part != "" {
			parts = append(parts, part)
		}
		return err
	}
	for _, c := range columns {
		for _, k := range c.Constraints {
			switch k.Kind {
			case translate.ConstraintUnique, translate.ConstraintCheck, translate.ConstraintForeign:
				if err := add(k, []string{c.Name}); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, k := range table {
		columns := k.Keys
		if k.Kind == translate.ConstraintForeign {
			columns = k.Columns
		}
		if err := add(k, columns); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func (d *definer) constraint(k *translate.Constraint, columns []string) (string, error) {
	if k.Deferrable || k.InitiallyDeferred {
		return "", pgerr.Unsupported("deferrable constraints are not supported on a %s server", d.dialect.Name)
	}
	for _, name := range columns {
		if d.table.ColumnIndex(name) < 0 {
			return "", pgerr.New(pgerr.UndefinedColumn, "column %q named in key does not exist", name)
		}
	}
	switch k.Kind {
	case translate.ConstraintPrimary:
		if d.inline {
			return "", nil
		}
		return d.named(k, "pkey", nil) + "PRIMARY KEY (" + d.identifiers(columns) + ")", nil
	case translate.ConstraintUnique:
		if k.NullsNotDistinct || len(k.Including) > 0 {
			return "", pgerr.Unsupported("UNIQUE NULLS NOT DISTINCT and INCLUDE are not supported on a %s server", d.dialect.Name)
		}
		return d.named(k, "key", columns) + "UNIQUE (" + d.identifiers(columns) + ")", nil
	case translate.ConstraintCheck:
		text, used, err := d.check(k)
		if err != nil {
			return "", err
		}
		if len(columns) == 0 && len(used) == 1 {
			columns = used
		}
		return d.named(k, "check", columns) + "CHECK (" + text + ")", nil
	case translate.ConstraintForeign:
		return d.foreignKey(k, columns)
	}
	return "", pgerr.Unsupported("exclusion constraints are not supported on a %s server", d.dialect.Name)
}

// named begins a constraint with the name that Postgres would choose for it.
func (d *definer) named(k *translate.Constraint, suffix string, columns []string) string {
	name := k.Name
	if name == "" {
		stem := strings.Join(append([]string{d.table.Name}, columns...), "_") + "_" + suffix
		name = stem
		for n := 1; slices.Contains(d.names, name); n++ {
			name = stem + strconv.Itoa(n)
		}
	}
	d.names = append(d.names, name)
	return "CONSTRAINT " + d.dialect.Identifier(name) + " "
}

func (d *definer) identifiers(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = d.dialect.Identifier(name)
	}
	return strings.Join(quoted, ", ")
}

func (d *definer) foreignKey(k *translate.Constraint, columns []string) (string, error) {
	remote, keys := d.table.Remote, d.primary
	if k.References.Name != d.table.Name || k.References.Schema != "" {
		at, err := d.session.existing(d.ctx, k.References, false, nil)
		if err != nil {
			return "", err
		}
		if at.server != d.server {
			return "", pgerr.Unsupported("a foreign key can not reach from server %q to server %q", d.server.Name, at.server.Name)
		}
		remote, keys = at.remote, nil
		if at.table.PrimaryKey {
			for _, i := range at.table.Keys[0] {
				keys = append(keys, at.table.RemoteColumn(i))
			}
		}
	}
	if len(k.ReferenceColumns) > 0 {
		keys = k.ReferenceColumns
	}
	if len(keys) == 0 {
		return "", pgerr.New(pgerr.UndefinedObject, "there is no primary key for referenced table %q", k.References.Name)
	}
	if len(keys) != len(columns) {
		return "", pgerr.New(pgerr.InvalidForeignKey, "number of referencing and referenced columns for foreign key disagree")
	}
	if k.Match != "" && k.Match != "SIMPLE" || len(k.SetColumns) > 0 || k.OnDelete == "SET DEFAULT" || k.OnUpdate == "SET DEFAULT" {
		return "", pgerr.Unsupported("this form of FOREIGN KEY is not supported on a %s server", d.dialect.Name)
	}
	sql := d.named(k, "fkey", columns) + "FOREIGN KEY (" + d.identifiers(columns) + ") REFERENCES " + d.dialect.TableName(remote) + " (" + d.identifiers(keys) + ")"
	if k.OnDelete != "" {
		sql += " ON DELETE " + k.OnDelete
	}
	if k.OnUpdate != "" {
		sql += " ON UPDATE " + k.OnUpdate
	}
	return sql, nil
}

// check writes a condition on the columns of the table, when the target gives it the
// same value as Postgres does.
func (d *definer) check(k *translate.Constraint) (text string, columns []string, err error) {
	query, err := d.bound(&translate.SelectStmt{
		Targets: []*translate.ResTarget{{Value: k.Expr}},
		From:    []translate.Node{&translate.RangeVar{Name: d.table.Name}},
	})
	if err != nil {
		return "", nil, err
	}
	refused := pgerr.Unsupported("this CHECK constraint is not supported on a %s server", d.dialect.Name).
		WithHint("Its condition would not have the same value there in all cases.")
	project, ok := query.Rel.(*translate.Project)
	if !ok || len(project.Items) != 1 {
		return "", nil, refused
	}
	scan, ok := project.Input.(*translate.Scan)
	if !ok {
		return "", nil, refused
	}
	item := project.Items[0]
	if item.Col.Type.OID != pgtypes.OIDBool {
		return "", nil, pgerr.New(pgerr.DatatypeMismatch, "argument of CHECK must be type boolean, not type %s", pgtypes.FormatType(item.Col.Type))
	}
	for i, c := range scan.Cols {
		if translate.Any(item.Expr, func(e translate.Expr) bool { r, ok := e.(*translate.ColRef); return ok && r.ID == c.ID }) {
			columns = append(columns, d.table.Columns[scan.Attrs[i]].Name)
		}
	}
	// RETURNING has the place for an expression over the bare columns of one row.
	rendered, err := translate.NewRenderer(d.dialect, translate.PushOn, scan).RenderStatement(d.returning(scan, item))
	if err != nil || rendered.Guarded || len(rendered.Args) > 0 {
		return "", nil, refused
	}
	_, text, ok = strings.Cut(rendered.SQL, " RETURNING ")
	if !ok {
		return "", nil, refused
	}
	return text, columns, nil
}

func (d *definer) returning(scan *translate.Scan, item translate.ProjectItem) *translate.Insert {
	next := item.Col.ID
	for _, c := range scan.Cols {
		next = max(next, c.ID)
	}
	row := make([]translate.Column, len(d.table.Columns))
	for i := range d.table.Columns {
		next++
		c := &d.table.Columns[i]
		row[i] = translate.Column{ID: next, Name: c.Name, Type: c.Type, Coll: c.Collation}
	}
	for i, c := range scan.Cols {
		row[scan.Attrs[i]] = c
	}
	next++
	value := translate.Column{ID: next, Type: d.table.Columns[0].Type}
	return &translate.Insert{
		Target: d.table, Attrs: []int{0}, SourceCols: []translate.ColumnID{next},
		Source:    &translate.Values{Cols: []translate.Column{value}, Rows: [][]translate.Expr{{&translate.Const{Typed: translate.Typed{Typ: value.Type}}}}},
		Returning: &translate.Returning{Target: row, Items: []translate.ProjectItem{item}, Output: []translate.OutputColumn{{ID: item.Col.ID, Type: item.Col.Type}}},
	}
}

// bound binds a query that sees the new table alone.
func (d *definer) bound(stmt *translate.SelectStmt) (*translate.Query, error) {
	statement, _, err := bind.Bind(d.ctx, stmt, d.text, bind.Options{Catalog: oneTable{d.table}, Style: d.session.values.Style()})
	if err != nil {
		return nil, err
	}
	return statement.(*translate.Query), nil
}

// oneTable is a catalog with one table: a bind.Catalog.
type oneTable struct{ table *translate.Table }

// Relation implements bind.Catalog.
func (o oneTable) Relation(_ context.Context, schema, name string) (*translate.Table, error) {
	if schema == "public" && name == o.table.Name {
		return o.table, nil
	}
	return nil, nil
}

// HasSchema implements bind.Catalog.
func (oneTable) HasSchema(_ context.Context, schema string) bool { return schema == "public" }

// SearchPath implements bind.Catalog.
func (oneTable) SearchPath() []string { return []string{"pg_catalog", "public"} }

// defaultClause writes a default: a constant, or the current time.
func (d *definer) defaultClause(c *translate.TableColumn, k *translate.Constraint) (string, error) {
	text, err := d.defaultText(c, k.Expr)
	if err != nil {
		return "", err
	}
	return " DEFAULT " + text, nil
}

func (d *definer) defaultText(c *translate.TableColumn, node translate.Node) (string, error) {
	if isCurrentTime(node) {
		if text := d.dialect.CurrentTime(c.Type); text != "" {
			return text, nil
		}
	}
	// What INSERT would make of the value is the default.
	statement, _, err := bind.Bind(d.ctx, &translate.InsertStmt{
		Relation: &translate.RangeVar{Name: d.table.Name}, Columns: []*translate.ResTarget{{Name: c.Name}},
		Source: &translate.SelectStmt{Values: [][]translate.Node{{node}}},
	}, d.text, bind.Options{Catalog: oneTable{d.table}, Style: d.session.values.Style()})
	if err != nil {
		return "", err
	}
	values, ok := statement.(*translate.Insert).Source.(*translate.Values)
	if !ok || len(values.Rows) != 1 || len(values.Rows[0]) != 1 || translate.VolatilityOf(values.Rows[0][0]) != translate.Immutable {
		return "", pgerr.Unsupported("a default that is not a constant is not supported on a %s server", d.dialect.Name)
	}
	value, err := eval.Value(values.Rows[0][0], d.session.evalContext(d.ctx, d.snapshot, nil))
	if err != nil {
		return "", err
	}
	return d.dialect.Value(c.Type, value), nil
}

// isCurrentTime says whether a default asks for the time of the insertion.
func isCurrentTime(node translate.Node) bool {
	switch n := node.(type) {
	case *translate.SQLValueFunction:
		return n.Name == "current_timestamp" || n.Name == "localtimestamp" || n.Name == "current_date"
	case *translate.FuncCall:
		switch n.Name[len(n.Name)-1] {
		case "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp":
			return len(n.Args) == 0
		}
	}
	return false
}
