package translate

import (
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"
)

// definition converts DDL.
func (c *converter) definition(node *pgquery.Node, at At) Node {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_CreateStmt:
		return c.createTable(n.CreateStmt, at)
	case *pgquery.Node_CreateForeignTableStmt:
		f := n.CreateForeignTableStmt
		s := c.createTable(f.GetBaseStmt(), at)
		s.Foreign, s.Server, s.ForeignOptions = true, f.GetServername(), c.options(f.GetOptions())
		return s
	case *pgquery.Node_CreateTableAsStmt:
		a := n.CreateTableAsStmt
		return &CreateTableAsStmt{
			At: at, Into: c.into(a.GetInto()), Query: c.utility(a.GetQuery(), at), IfNotExists: a.GetIfNotExists(),
			Materialized: a.GetObjtype() == pgquery.ObjectType_OBJECT_MATVIEW,
		}
	case *pgquery.Node_ViewStmt:
		return c.view(n.ViewStmt, at)
	case *pgquery.Node_IndexStmt:
		return c.index(n.IndexStmt, at)
	case *pgquery.Node_CreateSchemaStmt:
		return c.createSchema(n.CreateSchemaStmt, at)
	case *pgquery.Node_AlterTableStmt:
		return c.alterTable(n.AlterTableStmt, at)
	case *pgquery.Node_RenameStmt:
		return c.rename(n.RenameStmt, at)
	case *pgquery.Node_AlterObjectSchemaStmt:
		a := n.AlterObjectSchemaStmt
		return &AlterSchemaStmt{
			At: at, Object: objectName(a.GetObjectType()), Relation: c.rangeVar(a.GetRelation()),
			NewSchema: a.GetNewschema(), IfExists: a.GetMissingOk(),
		}
	case *pgquery.Node_AlterOwnerStmt:
		a := n.AlterOwnerStmt
		return &AlterOwnerStmt{
			At: at, Object: objectName(a.GetObjectType()), ObjectName: qualifiedName(a.GetObject()), Owner: c.role(a.GetNewowner()),
		}
	case *pgquery.Node_DropStmt:
		return c.drop(n.DropStmt, at)
	case *pgquery.Node_TruncateStmt:
		t := n.TruncateStmt
		return &TruncateStmt{
			At: at, Relations: c.rangeVars(t.GetRelations()), RestartIdentity: t.GetRestartSeqs(), Cascade: cascade(t.GetBehavior()),
		}
	case *pgquery.Node_CommentStmt:
		m := n.CommentStmt
		return &CommentStmt{
			At: at, Object: objectName(m.GetObjtype()), Name: qualifiedName(m.GetObject()), Text: m.GetComment(), IsNull: m.GetComment() == "",
		}
	case *pgquery.Node_GrantStmt:
		return c.grant(n.GrantStmt, at)
	case *pgquery.Node_GrantRoleStmt:
		return c.grantRole(n.GrantRoleStmt, at)
	default:
		return c.foreignDefinition(node, at)
	}
}

// foreignDefinition converts the commands of foreign data wrappers.
func (c *converter) foreignDefinition(node *pgquery.Node, at At) Node {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_CreateForeignServerStmt:
		s := n.CreateForeignServerStmt
		return &CreateServerStmt{
			At: at, Name: s.GetServername(), Type: s.GetServertype(), Version: s.GetVersion(), Wrapper: s.GetFdwname(),
			Options: c.options(s.GetOptions()), IfNotExists: s.GetIfNotExists(),
		}
	case *pgquery.Node_AlterForeignServerStmt:
		s := n.AlterForeignServerStmt
		return &AlterServerStmt{
			At: at, Name: s.GetServername(), Version: s.GetVersion(), HasVersion: s.GetHasVersion(), Options: c.options(s.GetOptions()),
		}
	case *pgquery.Node_CreateUserMappingStmt:
		m := n.CreateUserMappingStmt
		return &CreateUserMappingStmt{
			At: at, User: c.role(m.GetUser()), Server: m.GetServername(), Options: c.options(m.GetOptions()), IfNotExists: m.GetIfNotExists(),
		}
	case *pgquery.Node_AlterUserMappingStmt:
		m := n.AlterUserMappingStmt
		return &AlterUserMappingStmt{At: at, User: c.role(m.GetUser()), Server: m.GetServername(), Options: c.options(m.GetOptions())}
	case *pgquery.Node_DropUserMappingStmt:
		m := n.DropUserMappingStmt
		return &DropUserMappingStmt{At: at, User: c.role(m.GetUser()), Server: m.GetServername(), IfExists: m.GetMissingOk()}
	case *pgquery.Node_CreateFdwStmt:
		return &CreateWrapperStmt{At: at, Name: n.CreateFdwStmt.GetFdwname(), Options: c.options(n.CreateFdwStmt.GetOptions())}
	case *pgquery.Node_ImportForeignSchemaStmt:
		return c.importSchema(n.ImportForeignSchemaStmt, at)
	default:
		return &Unsupported{At: at, Kind: commandTag(node)}
	}
}

func (c *converter) importSchema(n *pgquery.ImportForeignSchemaStmt, at At) Node {
	s := &ImportForeignSchemaStmt{
		At: at, Server: n.GetServerName(), RemoteSchema: n.GetRemoteSchema(), LocalSchema: n.GetLocalSchema(),
		Options: c.options(n.GetOptions()),
	}
	var tables []string
	for _, t := range n.GetTableList() {
		tables = append(tables, t.GetRangeVar().GetRelname())
	}
	switch n.GetListType() {
	case pgquery.ImportForeignSchemaType_FDW_IMPORT_SCHEMA_LIMIT_TO:
		s.LimitTo = tables
	case pgquery.ImportForeignSchemaType_FDW_IMPORT_SCHEMA_EXCEPT:
		s.Except = tables
	}
	return s
}

func cascade(b pgquery.DropBehavior) bool { return b == pgquery.DropBehavior_DROP_CASCADE }

// objectName turns OBJECT_FOREIGN_TABLE into FOREIGN TABLE, with Postgres's words
// where the parser's differ.
func objectName(t pgquery.ObjectType) string {
	switch t {
	case pgquery.ObjectType_OBJECT_FOREIGN_SERVER:
		return "SERVER"
	case pgquery.ObjectType_OBJECT_FDW:
		return "FOREIGN DATA WRAPPER"
	case pgquery.ObjectType_OBJECT_MATVIEW:
		return "MATERIALIZED VIEW"
	case pgquery.ObjectType_OBJECT_TABCONSTRAINT, pgquery.ObjectType_OBJECT_DOMCONSTRAINT:
		return "CONSTRAINT"
	case pgquery.ObjectType_OBJECT_STATISTIC_EXT:
		return "STATISTICS"
	}
	return strings.ReplaceAll(strings.TrimPrefix(t.String(), "OBJECT_"), "_", " ")
}

// qualifiedName reads the name of an object, however the grammar wraps it.
func qualifiedName(node *pgquery.Node) []string {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_String_:
		return []string{n.String_.GetSval()}
	case *pgquery.Node_List:
		return names(n.List.GetItems())
	case *pgquery.Node_TypeName:
		return names(n.TypeName.GetNames())
	case *pgquery.Node_ObjectWithArgs:
		return names(n.ObjectWithArgs.GetObjname())
	case *pgquery.Node_RangeVar:
		if schema := n.RangeVar.GetSchemaname(); schema != "" {
			return []string{schema, n.RangeVar.GetRelname()}
		}
		return []string{n.RangeVar.GetRelname()}
	}
	return nil
}

func (c *converter) drop(n *pgquery.DropStmt, at At) Node {
	s := &DropStmt{
		At: at, Object: objectName(n.GetRemoveType()), Cascade: cascade(n.GetBehavior()), IfExists: n.GetMissingOk(), Concurrently: n.GetConcurrent(),
	}
	for _, o := range n.GetObjects() {
		s.Names = append(s.Names, qualifiedName(o))
	}
	return s
}

func (c *converter) createSchema(n *pgquery.CreateSchemaStmt, at At) Node {
	s := &CreateSchemaStmt{At: at, Name: n.GetSchemaname(), Authorization: c.role(n.GetAuthrole()), IfNotExists: n.GetIfNotExists()}
	for _, e := range n.GetSchemaElts() {
		s.Elements = append(s.Elements, c.utility(e, at))
	}
	return s
}

func (c *converter) view(n *pgquery.ViewStmt, at At) Node {
	s := &ViewStmt{
		At: at, View: c.rangeVar(n.GetView()), Columns: names(n.GetAliases()), Query: c.query(n.GetQuery()),
		Replace: n.GetReplace(), Options: c.options(n.GetOptions()),
	}
	switch n.GetWithCheckOption() {
	case pgquery.ViewCheckOption_LOCAL_CHECK_OPTION:
		s.Check = "LOCAL"
	case pgquery.ViewCheckOption_CASCADED_CHECK_OPTION:
		s.Check = "CASCADED"
	}
	return s
}

func (c *converter) index(n *pgquery.IndexStmt, at At) Node {
	return &IndexStmt{
		At: at, Name: n.GetIdxname(), Relation: c.rangeVar(n.GetRelation()), Method: n.GetAccessMethod(), Tablespace: n.GetTableSpace(),
		Elems: c.indexElems(n.GetIndexParams()), Including: c.indexElems(n.GetIndexIncludingParams()), Options: c.options(n.GetOptions()),
		Where: c.expr(n.GetWhereClause()), Unique: n.GetUnique(), NullsNotDistinct: n.GetNullsNotDistinct(),
		Concurrently: n.GetConcurrent(), IfNotExists: n.GetIfNotExists(),
	}
}

func (c *converter) indexElems(nodes []*pgquery.Node) []*IndexElem {
	var list []*IndexElem
	for _, n := range nodes {
		e := n.GetIndexElem()
		item := &IndexElem{Name: e.GetName(), Expr: c.expr(e.GetExpr()), Collation: names(e.GetCollation()), OpClass: names(e.GetOpclass())}
		item.Dir, item.Nulls = sortOrder(e.GetOrdering(), e.GetNullsOrdering())
		list = append(list, item)
	}
	return list
}

func (c *converter) rename(n *pgquery.RenameStmt, at At) Node {
	return &RenameStmt{
		At: at, Object: objectName(n.GetRenameType()), Relation: c.rangeVar(n.GetRelation()), ObjectName: qualifiedName(n.GetObject()),
		SubName: n.GetSubname(), NewName: n.GetNewname(), IfExists: n.GetMissingOk(), Cascade: cascade(n.GetBehavior()),
	}
}

func (c *converter) role(n *pgquery.RoleSpec) *RoleSpec {
	if n == nil {
		return nil
	}
	r := &RoleSpec{At: c.at(n.GetLocation()), Name: n.GetRolename()}
	if t := n.GetRoletype(); t > pgquery.RoleSpecType_ROLESPEC_CSTRING {
		r.Kind = strings.TrimPrefix(t.String(), "ROLESPEC_")
	}
	return r
}

func (c *converter) roles(nodes []*pgquery.Node) []*RoleSpec {
	var list []*RoleSpec
	for _, n := range nodes {
		list = append(list, c.role(n.GetRoleSpec()))
	}
	return list
}

func (c *converter) grant(n *pgquery.GrantStmt, at At) Node {
	s := &GrantStmt{
		At: at, Grant: n.GetIsGrant(), Object: objectName(n.GetObjtype()), Grantees: c.roles(n.GetGrantees()),
		GrantOption: n.GetGrantOption(), Cascade: cascade(n.GetBehavior()),
	}
	if n.GetTargtype() == pgquery.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA {
		s.Object = "ALL " + s.Object + "S IN SCHEMA"
	}
	for _, o := range n.GetObjects() {
		s.Objects = append(s.Objects, qualifiedName(o))
	}
	for _, p := range n.GetPrivileges() {
		s.Privileges = append(s.Privileges, p.GetAccessPriv().GetPrivName())
	}
	return s
}

func (c *converter) grantRole(n *pgquery.GrantRoleStmt, at At) Node {
	s := &GrantStmt{At: at, Grant: n.GetIsGrant(), Object: "ROLE", Grantees: c.roles(n.GetGranteeRoles()), Cascade: cascade(n.GetBehavior())}
	for _, r := range n.GetGrantedRoles() {
		s.Roles = append(s.Roles, r.GetAccessPriv().GetPrivName())
	}
	return s
}

// commandTag names a command that we have no node for: CreateFunctionStmt is
// CREATE FUNCTION.
func commandTag(node *pgquery.Node) string {
	name := strings.TrimSuffix(strings.TrimPrefix(nodeKind(node), "Node_"), "Stmt")
	if tag, ok := commandTags[name]; ok {
		return tag
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// commandTags are the commands whose node is not named for them.
var commandTags = map[string]string{
	"CreatePlang": "CREATE LANGUAGE", "CreateTrig": "CREATE TRIGGER", "CreateEventTrig": "CREATE EVENT TRIGGER",
	"AlterEventTrig": "ALTER EVENT TRIGGER", "CreateSeq": "CREATE SEQUENCE", "AlterSeq": "ALTER SEQUENCE", "Rule": "CREATE RULE",
	"CompositeType": "CREATE TYPE", "CreateEnum": "CREATE TYPE", "CreateRange": "CREATE TYPE", "AlterEnum": "ALTER TYPE",
	"Createdb": "CREATE DATABASE", "Dropdb": "DROP DATABASE", "AlterDatabaseSet": "ALTER DATABASE", "AlterRoleSet": "ALTER ROLE",
	"RefreshMatView": "REFRESH MATERIALIZED VIEW", "CreateTableSpace": "CREATE TABLESPACE", "DropTableSpace": "DROP TABLESPACE",
	"CreateAm": "CREATE ACCESS METHOD", "CreateStats": "CREATE STATISTICS", "AlterStats": "ALTER STATISTICS", "SecLabel": "SECURITY LABEL",
	"CreateOpClass": "CREATE OPERATOR CLASS", "CreateOpFamily": "CREATE OPERATOR FAMILY", "AlterFdw": "ALTER FOREIGN DATA WRAPPER",
	"AlterTsdictionary": "ALTER TEXT SEARCH DICTIONARY", "AlterTsconfiguration": "ALTER TEXT SEARCH CONFIGURATION", "Define": "CREATE",
	"AlterExtensionContents": "ALTER EXTENSION", "AlterTableSpaceOptions": "ALTER TABLESPACE", "AlterTableMoveAll": "ALTER TABLE ALL",
}
