package translate

import (
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"
)

func (c *converter) createTable(n *pgquery.CreateStmt, at At) *CreateStmt {
	s := &CreateStmt{
		At: at, Relation: c.rangeVar(n.GetRelation()), Inherits: c.rangeVars(n.GetInhRelations()), Options: c.options(n.GetOptions()),
		OnCommit: onCommit(n.GetOncommit()), Tablespace: n.GetTablespacename(), Method: n.GetAccessMethod(), IfNotExists: n.GetIfNotExists(),
		Partitioned: n.GetPartspec() != nil || n.GetPartbound() != nil, Typed: n.GetOfTypename() != nil,
	}
	for _, e := range n.GetTableElts() {
		switch e := e.GetNode().(type) {
		case *pgquery.Node_ColumnDef:
			s.Columns = append(s.Columns, c.columnDef(e.ColumnDef))
		case *pgquery.Node_Constraint:
			s.Constraints = append(s.Constraints, c.constraint(e.Constraint))
		case *pgquery.Node_TableLikeClause:
			s.Like = append(s.Like, &TableLike{Relation: c.rangeVar(e.TableLikeClause.GetRelation()), Options: e.TableLikeClause.GetOptions()})
		}
	}
	return s
}

func (c *converter) columnDefs(nodes []*pgquery.Node) []*ColumnDef {
	var list []*ColumnDef
	for _, n := range nodes {
		list = append(list, c.columnDef(n.GetColumnDef()))
	}
	return list
}

func (c *converter) columnDef(n *pgquery.ColumnDef) *ColumnDef {
	if n == nil {
		return nil
	}
	d := &ColumnDef{
		At: c.at(n.GetLocation()), Name: n.GetColname(), Type: c.typeName(n.GetTypeName()), Collation: c.collate(n.GetCollClause()),
		ForeignOptions: c.options(n.GetFdwoptions()), Default: c.expr(n.GetRawDefault()), Storage: n.GetStorageName(), Compression: n.GetCompression(),
	}
	for _, k := range n.GetConstraints() {
		constraint := k.GetConstraint()
		if attribute(d.Constraints, constraint) {
			continue
		}
		d.Constraints = append(d.Constraints, c.constraint(constraint))
	}
	return d
}

// attribute applies DEFERRABLE and its kin, which the grammar lists as constraints
// of their own after the one they are about.
func attribute(before []*Constraint, n *pgquery.Constraint) bool {
	if n.GetContype() < pgquery.ConstrType_CONSTR_ATTR_DEFERRABLE {
		return false
	}
	if len(before) == 0 {
		return true
	}
	last := before[len(before)-1]
	switch n.GetContype() {
	case pgquery.ConstrType_CONSTR_ATTR_DEFERRABLE:
		last.Deferrable = true
	case pgquery.ConstrType_CONSTR_ATTR_DEFERRED:
		last.Deferrable, last.InitiallyDeferred = true, true
	}
	return true
}

var constraintKinds = map[pgquery.ConstrType]ConstraintKind{
	pgquery.ConstrType_CONSTR_NULL: ConstraintNull, pgquery.ConstrType_CONSTR_NOTNULL: ConstraintNotNull,
	pgquery.ConstrType_CONSTR_DEFAULT: ConstraintDefault, pgquery.ConstrType_CONSTR_IDENTITY: ConstraintIdentity,
	pgquery.ConstrType_CONSTR_GENERATED: ConstraintGenerated, pgquery.ConstrType_CONSTR_CHECK: ConstraintCheck,
	pgquery.ConstrType_CONSTR_PRIMARY: ConstraintPrimary, pgquery.ConstrType_CONSTR_UNIQUE: ConstraintUnique,
	pgquery.ConstrType_CONSTR_EXCLUSION: ConstraintExclusion, pgquery.ConstrType_CONSTR_FOREIGN: ConstraintForeign,
}

func (c *converter) constraint(n *pgquery.Constraint) *Constraint {
	if n == nil {
		return nil
	}
	return &Constraint{
		At: c.at(n.GetLocation()), Kind: constraintKinds[n.GetContype()], Name: n.GetConname(), Expr: c.expr(n.GetRawExpr()),
		Keys: names(n.GetKeys()), Including: names(n.GetIncluding()), Options: c.options(n.GetOptions()),
		NullsNotDistinct: n.GetNullsNotDistinct(), Deferrable: n.GetDeferrable(), InitiallyDeferred: n.GetInitdeferred(),
		NotValid: n.GetSkipValidation(), NoInherit: n.GetIsNoInherit(), IndexName: n.GetIndexname(), Always: n.GetGeneratedWhen() == "a",
		References: c.rangeVar(n.GetPktable()), Columns: names(n.GetFkAttrs()), ReferenceColumns: names(n.GetPkAttrs()),
		OnUpdate: keyAction(n.GetFkUpdAction()), OnDelete: keyAction(n.GetFkDelAction()), Match: keyMatch(n.GetFkMatchtype()),
		SetColumns: names(n.GetFkDelSetCols()),
	}
}

func keyAction(code string) string {
	switch code {
	case "a":
		return "NO ACTION"
	case "r":
		return "RESTRICT"
	case "c":
		return "CASCADE"
	case "n":
		return "SET NULL"
	case "d":
		return "SET DEFAULT"
	}
	return ""
}

func keyMatch(code string) string {
	switch code {
	case "s":
		return "SIMPLE"
	case "f":
		return "FULL"
	case "p":
		return "PARTIAL"
	}
	return ""
}

func (c *converter) alterTable(n *pgquery.AlterTableStmt, at At) Node {
	s := &AlterTableStmt{At: at, Object: objectName(n.GetObjtype()), Relation: c.rangeVar(n.GetRelation()), IfExists: n.GetMissingOk()}
	for _, cmd := range n.GetCmds() {
		s.Commands = append(s.Commands, c.alterCommand(cmd.GetAlterTableCmd()))
	}
	return s
}

func (c *converter) alterCommand(n *pgquery.AlterTableCmd) *AlterTableCmd {
	a := &AlterTableCmd{Name: n.GetName(), Cascade: cascade(n.GetBehavior()), IfExists: n.GetMissingOk(), Owner: c.role(n.GetNewowner())}
	switch n.GetSubtype() {
	case pgquery.AlterTableType_AT_AddColumn:
		a.Kind, a.Column = AlterAddColumn, c.columnDef(n.GetDef().GetColumnDef())
	case pgquery.AlterTableType_AT_DropColumn:
		a.Kind = AlterDropColumn
	case pgquery.AlterTableType_AT_ColumnDefault:
		a.Kind, a.Expr = AlterColumnDefault, c.expr(n.GetDef())
	case pgquery.AlterTableType_AT_SetNotNull:
		a.Kind = AlterSetNotNull
	case pgquery.AlterTableType_AT_DropNotNull:
		a.Kind = AlterDropNotNull
	case pgquery.AlterTableType_AT_AlterColumnType:
		a.Kind, a.Column = AlterColumnType, c.columnDef(n.GetDef().GetColumnDef())
	case pgquery.AlterTableType_AT_AddConstraint:
		a.Kind, a.Constraint = AlterAddConstraint, c.constraint(n.GetDef().GetConstraint())
	case pgquery.AlterTableType_AT_DropConstraint:
		a.Kind = AlterDropConstraint
	case pgquery.AlterTableType_AT_ChangeOwner:
		a.Kind = AlterOwner
	case pgquery.AlterTableType_AT_GenericOptions:
		a.Kind, a.Options = AlterOptions, c.options(n.GetDef().GetList().GetItems())
	case pgquery.AlterTableType_AT_AlterColumnGenericOptions:
		a.Kind, a.Options = AlterColumnOptions, c.options(n.GetDef().GetList().GetItems())
	case pgquery.AlterTableType_AT_SetRelOptions:
		a.Kind, a.Options = AlterSetRelOptions, c.options(n.GetDef().GetList().GetItems())
	case pgquery.AlterTableType_AT_ResetRelOptions:
		a.Kind, a.Options = AlterResetRelOptions, c.options(n.GetDef().GetList().GetItems())
	default:
		a.Name = strings.TrimSpace(strings.TrimPrefix(n.GetSubtype().String(), "AT_") + " " + a.Name)
	}
	return a
}
