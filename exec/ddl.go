package exec

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// runDDL runs a statement that defines something, at the one server that has it.
func (s *Session) runDDL(ctx context.Context, p *portal, u *translate.Utility, out session.Out) error {
	var err error
	tag := ""
	switch n := u.Node.(type) {
	case *translate.CreateStmt:
		tag, err = "CREATE TABLE", s.createTable(ctx, p, n, out)
	case *translate.CreateTableAsStmt:
		return s.createTableAs(ctx, p, n, u, out)
	case *translate.DropStmt:
		tag, err = "DROP "+n.Object, s.drop(ctx, n, out)
	case *translate.AlterTableStmt:
		tag, err = "ALTER "+n.Object, s.alterTable(ctx, p, n, out)
	case *translate.RenameStmt:
		tag, err = "ALTER "+renamedObject(n.Object), s.rename(ctx, n, out)
	case *translate.TruncateStmt:
		tag, err = "TRUNCATE TABLE", s.truncate(ctx, n)
	case *translate.IndexStmt:
		tag, err = "CREATE INDEX", s.createIndex(ctx, p, n, out)
	case *translate.CreateSchemaStmt:
		tag, err = "CREATE SCHEMA", s.createSchema(n, out)
	default:
		return pgerr.Unsupported("%s is not supported", commandName(u.Node))
	}
	if err != nil {
		return err
	}
	return out.Complete(tag)
}

// createSchema answers for a schema that is there. New ones are the configuration's
// matter: which server would hold their tables?
func (s *Session) createSchema(n *translate.CreateSchemaStmt, out session.Out) error {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	switch {
	case snapshot.SchemaOID(n.Name) == 0 || len(n.Elements) > 0:
		return pgerr.Unsupported("CREATE SCHEMA is not supported").
			WithHint("Mount a schema of a server in the configuration, under schemas.")
	case n.IfNotExists:
		return out.Notice(pgerr.Notice("NOTICE", pgerr.DuplicateSchema, "schema %q already exists, skipping", n.Name))
	default:
		return pgerr.New(pgerr.DuplicateSchema, "schema %q already exists", n.Name)
	}
}

func renamedObject(object string) string {
	if object == "COLUMN" || object == "CONSTRAINT" {
		return "TABLE"
	}
	return object
}

// commandName is a statement's command for people, from its node.
func commandName(node translate.Node) string {
	switch n := node.(type) {
	case *translate.ViewStmt:
		return "CREATE VIEW"
	case *translate.CreateSchemaStmt:
		return "CREATE SCHEMA"
	case *translate.AlterSchemaStmt:
		return "ALTER " + n.Object + " SET SCHEMA"
	case *translate.AlterOwnerStmt:
		return "ALTER " + n.Object + " OWNER TO"
	case *translate.CommentStmt:
		return "COMMENT ON " + n.Object
	case *translate.CreateServerStmt:
		return "CREATE SERVER"
	case *translate.AlterServerStmt:
		return "ALTER SERVER"
	case *translate.CreateUserMappingStmt:
		return "CREATE USER MAPPING"
	case *translate.AlterUserMappingStmt:
		return "ALTER USER MAPPING"
	case *translate.DropUserMappingStmt:
		return "DROP USER MAPPING"
	case *translate.CreateWrapperStmt:
		return "CREATE FOREIGN DATA WRAPPER"
	case *translate.ImportForeignSchemaStmt:
		return "IMPORT FOREIGN SCHEMA"
	case *translate.GrantStmt:
		if n.Grant {
			return "GRANT"
		}
		return "REVOKE"
	case *translate.CallStmt:
		return "CALL"
	case *translate.DoStmt:
		return "DO"
	case *translate.ListenStmt:
		return "LISTEN"
	case *translate.NotifyStmt:
		return "NOTIFY"
	case *translate.MergeStmt:
		return "MERGE"
	default:
		return "this statement"
	}
}

// place is where a table is, or is to be.
type place struct {
	server *catalog.Server
	remote translate.RemoteName
	table  *translate.Table // nil if it does not exist
}

// placeOf finds a table that a statement defines or changes.
func (s *Session) placeOf(ctx context.Context, relation *translate.RangeVar) (*place, error) {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	names := s.namespace(snapshot)
	table, err := resolveTable(ctx, names, relation)
	if err != nil {
		return nil, err
	}
	if table != nil {
		handle, err := handleOf(table)
		if err != nil {
			return nil, err
		}
		return &place{server: handle.Server, remote: table.Remote, table: table}, nil
	}
	return s.newPlace(snapshot, names, relation)
}

// newPlace is where a table that does not exist would be made: in the schema that
// is named, or the first of the search path that is mounted.
func (s *Session) newPlace(snapshot *catalog.Snapshot, names namespace, relation *translate.RangeVar) (*place, error) {
	if relation.Persistence == 't' {
		return nil, pgerr.Unsupported("temporary tables are not supported").
			WithHint("Create an ordinary table, or use WITH to name a sub-query.")
	}
	if relation.Schema != "" {
		if snapshot.SchemaOID(relation.Schema) == 0 {
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", relation.Schema).At(relation.Pos)
		}
		return s.placeIn(snapshot, relation.Schema, relation.Name)
	}
	for _, schema := range names.path {
		if server, _ := snapshot.MountOf(schema); server != nil {
			return s.placeIn(snapshot, schema, relation.Name)
		}
	}
	return nil, pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in").
		WithHint("Name a schema that is mounted on a server, or set default_server in the configuration.")
}

func (s *Session) placeIn(snapshot *catalog.Snapshot, schema, name string) (*place, error) {
	server, mount := snapshot.MountOf(schema)
	if server == nil {
		return nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied for schema %s", schema).
			WithDetail("It is not mounted on a server that could hold new tables.")
	}
	return &place{server: server, remote: translate.RemoteName{Schema: mount.Remote, Name: name}}, nil
}

// existing is placeOf for a table that has to be there; nil, with a notice, if it
// is not and need not be.
func (s *Session) existing(ctx context.Context, relation *translate.RangeVar, ifExists bool, out session.Out) (*place, error) {
	at, err := s.placeOf(ctx, relation)
	if err != nil && !ifExists {
		return nil, err
	}
	if err == nil && at.table != nil {
		return at, nil
	}
	name := relation.Name
	if relation.Schema != "" {
		name = relation.Schema + "." + name
	}
	if ifExists {
		return nil, out.Notice(pgerr.Notice("NOTICE", pgerr.SuccessfulCompletion, "relation %q does not exist, skipping", name))
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", name).At(relation.Pos)
}

// executeOn runs a definition at a server, inside the transaction if there is one.
func (s *Session) executeOn(ctx context.Context, server *catalog.Server, sql string) error {
	_, err := s.executeQuery(ctx, server, backends.QueryFragment{SQL: sql})
	return err
}

// executeQuery runs a statement without rows at a server, inside the transaction if
// there is one, and gives the number of rows it touched.
func (s *Session) executeQuery(ctx context.Context, server *catalog.Server, q backends.QueryFragment) (int64, error) {
	if err := s.tx.claim(server, definitionName(q.SQL)); err != nil {
		return 0, err
	}
	if s.tx.open() {
		p, err := s.tx.transactionOn(ctx, server)
		if err != nil {
			return 0, server.Checked(err)
		}
		p.wrote = true
		n, err := p.tx.Execute(ctx, q)
		return n, server.Checked(err)
	}
	executor, ok := server.Backend.(backends.Executor)
	if !ok {
		return 0, pgerr.Unsupported("server %q of kind %s takes no statements", server.Name, server.Backend.Kind())
	}
	n, err := executor.Execute(ctx, q)
	return n, server.Checked(err)
}

// dialectFor is the dialect that definitions for a server are written in.
func dialectFor(ctx context.Context, server *catalog.Server) (*translate.Dialect, error) {
	dialect, err := server.Backend.Dialect(ctx)
	if err != nil {
		return nil, server.Checked(err)
	}
	if dialect == nil {
		return nil, pgerr.Unsupported("server %q of kind %s can not be changed by definitions", server.Name, server.Backend.Kind())
	}
	return dialect, nil
}

// definitions gives the dialect that a server's tables are defined in, nil for one
// without SQL, after checking that a definition may run now: MySQL commits the
// transaction with each, and half a transaction committed is worse than an error.
func (s *Session) definitions(ctx context.Context, server *catalog.Server) (*translate.Dialect, error) {
	dialect, err := server.Backend.Dialect(ctx)
	if err != nil {
		return nil, server.Checked(err)
	}
	if dialect == nil {
		if _, ok := server.Backend.(backends.Transactor); !ok {
			return nil, pgerr.Unsupported("server %q of kind %s can not be changed by definitions", server.Name, server.Backend.Kind())
		}
		return nil, nil
	}
	if !dialect.Native && dialect.ColumnType == nil {
		return nil, pgerr.Unsupported("tables can not be defined on a %s server", dialect.Name)
	}
	if s.tx.inBlock() && dialect.CommitsOnDDL {
		return nil, pgerr.Unsupported("server %q can not define tables inside a transaction block: it would commit what came before", server.Name).
			WithHint("Run the statement outside a transaction.")
	}
	return dialect, nil
}

// sqlDefinitions is definitions for what needs SQL.
func (s *Session) sqlDefinitions(ctx context.Context, server *catalog.Server) (*translate.Dialect, error) {
	dialect, err := s.definitions(ctx, server)
	if err == nil && dialect == nil {
		_, err = dialectFor(ctx, server)
	}
	return dialect, err
}

// defineOn runs a definition at a server, inside the transaction if there is one;
// the transaction then sees it, and others once it is committed.
func (s *Session) defineOn(ctx context.Context, server *catalog.Server, sql string) error {
	dialect, err := dialectFor(ctx, server)
	if err != nil {
		return err
	}
	if s.tx.state == implicitTransaction && dialect.CommitsOnDDL {
		// What came before in the same text is committed by the definition, as it would be
		// at the source itself; the transaction goes on empty.
		if err := s.commitImplicit(); err != nil {
			return err
		}
	}
	if err := s.executeOn(ctx, server, sql); err != nil {
		return err
	}
	s.tx.defines(server)
	return nil
}

func (s *Session) commitImplicit() error {
	if s.tx.writer != nil {
		return pgerr.Unsupported("a definition on server %q would commit what came before in the same text", s.tx.writer.Name).
			WithHint("Send the statements one by one.")
	}
	_, _, err := s.tx.commit()
	return err
}

// inTransaction runs something inside the session's transaction, or in one of its own.
func (s *Session) inTransaction(server *catalog.Server, run func() error) error {
	if s.tx.state != noTransaction {
		return run()
	}
	s.tx.begin(implicitTransaction, s.transactionDefaults())
	s.tx.writer = server
	if err := run(); err != nil {
		s.tx.rollback()
		return err
	}
	_, _, err := s.tx.commit()
	return server.Checked(err)
}

// describeNow asks a table's server for what it knows, as the transaction sees it.
func (s *Session) describeNow(ctx context.Context, at *place) (*backends.Table, error) {
	if describer := s.tx.describer(at.server); describer != nil {
		table, err := describer.Describe(ctx, at.remote)
		return table, at.server.Checked(err)
	}
	table, err := at.server.Backend.Describe(ctx, at.remote)
	return table, at.server.Checked(err)
}

// nativeText is a statement's text with its relations renamed to the server's
// names, for a server that speaks Postgres's SQL itself.
func (s *Session) nativeText(ctx context.Context, p *portal, server *catalog.Server) (string, error) {
	survey := &survey{ctes: map[string]bool{}}
	survey.collect(p.statement.node)
	var edits []edit
	for _, relation := range survey.relations {
		at, err := s.placeOf(ctx, relation)
		if err != nil {
			return "", err
		}
		if at.server != server {
			return "", pgerr.Unsupported("one definition can not span servers %q and %q", server.Name, at.server.Name)
		}
		start := byteOffset(p.statement.source, relation.Pos)
		end, ok := nameEnd(p.statement.source, start)
		if !ok {
			return "", pgerr.Internal("relation %q was not found in the statement", relation.Name)
		}
		edits = append(edits, edit{start: start, end: end, text: quoteIdentifier(at.remote.Schema) + "." + quoteIdentifier(at.remote.Name)})
	}
	pieces := splitAt(p.statement.source, nil, edits)
	if pieces == nil {
		return "", pgerr.Internal("the statement's names overlap")
	}
	return statementPart(pieces[0], p.statement, edits), nil
}

// statementPart cuts one statement out of an edited text of several.
func statementPart(edited string, st *prepared, edits []edit) string {
	at := strings.Index(st.source, st.text)
	if at < 0 {
		return edited
	}
	grown := len(edited) - len(st.source)
	before := 0
	for _, e := range edits {
		if e.start < at {
			before += len(e.text) - (e.end - e.start)
		}
	}
	return edited[at+before : at+len(st.text)+grown]
}

// definitionName names a definition in messages: its first two words, but TRUNCATE
// stands alone in its text.
func definitionName(sql string) string {
	words := strings.Fields(sql)
	if len(words) < 2 || strings.EqualFold(words[0], "truncate") {
		return "TRUNCATE TABLE"
	}
	return strings.ToUpper(words[0] + " " + words[1])
}
