package exec

import (
	"context"
	"errors"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// relayError is the error of a statement, relayed as sent, in the client's terms. The
// server saw other names of tables, and counted positions in a text with those. What it
// found at parse time, the binder finds too, with the client's own words.
func (s *Session) relayError(ctx context.Context, st *prepared, sent string, err error) error {
	var e *pgerr.Error
	if !errors.As(err, &e) || sent == st.source {
		return err
	}
	node := st.node
	if node == nil {
		list, parseErr := translate.Parse(st.source)
		if parseErr != nil || len(list) != 1 {
			return err
		}
		node = list[0].Node
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	if strings.HasPrefix(e.Code, "42") || e.Position > 0 {
		again := *st
		again.node = node
		if own := s.bindInto(ctx, &compiled{}, &again, snapshot); sameError(own, e) {
			return own
		}
	}
	shown := *e
	shown.Position = 0
	s.renameTables(ctx, &shown, node, snapshot)
	return &shown
}

// sameError says that what the binder found is what the server has found.
func sameError(own error, e *pgerr.Error) bool {
	var o *pgerr.Error
	return errors.As(own, &o) && (o.Code == e.Code || strings.HasPrefix(o.Code, "42") && strings.HasPrefix(e.Code, "42"))
}

// renameTables puts the gateway's names of a statement's tables for the server's.
func (s *Session) renameTables(ctx context.Context, e *pgerr.Error, node translate.Node, snapshot *catalog.Snapshot) {
	survey := newSurvey(node)
	if survey == nil {
		return
	}
	names := s.namespace(snapshot)
	for _, relation := range survey.relations {
		table, err := resolveTable(ctx, names, relation)
		if err != nil || table == nil || table.Server == "" {
			continue
		}
		renameTable(e, table)
	}
}

// renameTable puts a table's name in the gateway for its name at the source.
func renameTable(e *pgerr.Error, table *translate.Table) {
	if e.Table == table.Remote.Name && (e.Schema == "" || e.Schema == table.Remote.Schema) {
		e.Schema, e.Table = table.Schema, table.Name
	}
	remote := table.Remote.Name
	if remote == table.Name {
		return
	}
	for _, text := range []*string{&e.Message, &e.Detail, &e.Hint} {
		for _, word := range []string{"relation ", "table "} {
			*text = strings.ReplaceAll(*text, word+`"`+remote+`"`, word+`"`+table.Name+`"`)
		}
		if before, found := strings.CutSuffix(*text, " table "+remote); found {
			*text = before + " table " + table.Name // permission denied for table x
		}
	}
}

// named is an error of the target's server with the table's name as the client knows it.
func (w *write) named(err error) error {
	var e *pgerr.Error
	if !errors.As(err, &e) || w.table.Remote.Name == w.table.Name && w.table.Remote.Schema == w.table.Schema {
		return err
	}
	shown := *e
	renameTable(&shown, w.table)
	return &shown
}
