package exec

import (
	"context"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// copyFormat is how COPY writes and reads rows.
type copyFormat struct {
	csv       bool
	delimiter string
	null      string
	header    bool
	quote     byte
	escape    byte
	forceAll  bool // FORCE_QUOTE *
}

// readCopyFormat reads the options of COPY.
func readCopyFormat(n *translate.CopyStmt) (*copyFormat, error) {
	f := &copyFormat{delimiter: "\t", null: `\N`, quote: '"', escape: 0}
	given := map[string]string{}
	for _, o := range n.Options {
		text := "true"
		if o.Value != nil {
			if _, star := o.Value.(*translate.Star); star {
				text = "*"
			} else {
				var err error
				if text, err = constText(o.Value); err != nil {
					return nil, err
				}
			}
		}
		if _, twice := given[o.Name]; twice {
			return nil, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(o.Pos)
		}
		given[o.Name] = text
	}
	switch given["format"] {
	case "", "text":
	case "csv":
		f.csv, f.delimiter, f.null = true, ",", ""
	case "binary":
		return nil, pgerr.Unsupported("COPY in binary format is not supported").WithHint("Use FORMAT text or FORMAT csv.")
	default:
		return nil, pgerr.New(pgerr.InvalidParameterValue, "COPY format %q not recognized", given["format"])
	}
	for name, text := range given {
		if err := f.set(name, text); err != nil {
			return nil, err
		}
	}
	if f.escape == 0 {
		f.escape = f.quote
	}
	return f, nil
}

func (f *copyFormat) set(name, text string) error {
	switch name {
	case "format":
	case "delimiter":
		if len(text) != 1 {
			return pgerr.Unsupported("COPY delimiter must be a single one-byte character")
		}
		f.delimiter = text
	case "null":
		f.null = text
	case "header":
		f.header = text != "false" && text != "off" && text != "0"
	case "quote", "escape":
		if !f.csv {
			return pgerr.Unsupported("COPY %s available only in CSV mode", name)
		}
		if len(text) != 1 {
			return pgerr.Unsupported("COPY %s must be a single one-byte character", name)
		}
		if name == "quote" {
			f.quote = text[0]
		} else {
			f.escape = text[0]
		}
	case "force_quote":
		f.forceAll = text == "*"
		if !f.forceAll {
			return pgerr.Unsupported("COPY FORCE_QUOTE with a column list is not supported")
		}
	case "freeze":
		// Rows are visible to others after COMMIT alike; freezing is the server's matter.
	case "encoding":
		if !strings.EqualFold(strings.ReplaceAll(text, "-", ""), "utf8") {
			return pgerr.Unsupported("COPY in encoding %q is not supported", text)
		}
	default:
		return pgerr.Unsupported("COPY option %q is not supported", name)
	}
	return nil
}

// runCopy runs COPY to or from the client.
func (s *Session) runCopy(ctx context.Context, n *translate.CopyStmt, u *translate.Utility, p *portal, out session.Out) error {
	if n.Filename != "" || n.Program {
		return pgerr.New(pgerr.InsufficientPrivilege, "COPY to or from a file of the server is not allowed").
			WithHint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.")
	}
	format, err := readCopyFormat(n)
	if err != nil {
		return err
	}
	if n.From {
		return s.copyFrom(ctx, n, format, p, out)
	}
	query, err := s.copyQuery(ctx, n, u)
	if err != nil {
		return err
	}
	return s.copyTo(ctx, query, format, p, out)
}

// copyQuery is what COPY ... TO sends: its query, or the columns of its table.
func (s *Session) copyQuery(ctx context.Context, n *translate.CopyStmt, u *translate.Utility) (*translate.Query, error) {
	if n.Query != nil {
		query, ok := u.Sub.(*translate.Query)
		if !ok {
			return nil, pgerr.Unsupported("COPY of a statement that writes is not supported")
		}
		return query, nil
	}
	table, attrs, err := s.copyTable(ctx, n)
	if err != nil {
		return nil, err
	}
	scan := &translate.Scan{Table: table, Attrs: attrs}
	query := &translate.Query{Rel: scan}
	for i, attr := range attrs {
		c := &table.Columns[attr]
		id := translate.ColumnID(i + 1) //nolint:gosec // a table has few columns
		scan.Cols = append(scan.Cols, translate.Column{ID: id, Name: c.Name, Type: c.Type, Coll: c.Collation, NotNull: c.NotNull})
		query.Output = append(query.Output, translate.OutputColumn{Name: c.Name, ID: id, Type: c.Type, Coll: c.Collation})
	}
	return query, nil
}

// copyTable is COPY's table with the columns that it names, or all.
func (s *Session) copyTable(ctx context.Context, n *translate.CopyStmt) (*translate.Table, []int, error) {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	table, err := resolveTable(ctx, s.namespace(snapshot), n.Relation)
	if err != nil {
		return nil, nil, err
	}
	if table == nil {
		name := n.Relation.Name
		if n.Relation.Schema != "" {
			name = n.Relation.Schema + "." + name
		}
		return nil, nil, pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", name)
	}
	var attrs []int
	for _, name := range n.Columns {
		at := table.ColumnIndex(name)
		if at < 0 {
			return nil, nil, pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, table.Name)
		}
		attrs = append(attrs, at)
	}
	if len(n.Columns) == 0 {
		for i := range table.Columns {
			if !table.Columns[i].Hidden {
				attrs = append(attrs, i)
			}
		}
	}
	return table, attrs, nil
}

// copyTo sends a query's rows.
func (s *Session) copyTo(ctx context.Context, query *translate.Query, format *copyFormat, p *portal, out session.Out) error {
	inner := &portal{statement: p.statement, compiled: &compiled{}, params: p.params}
	rows, err := s.openQuery(ctx, inner, query)
	if err != nil {
		return err
	}
	defer rows.close()
	writer, err := out.CopyOut(false, len(query.Output))
	if err != nil {
		return err
	}
	if format.header {
		names := make([]string, len(query.Output))
		for i, c := range query.Output {
			names[i] = c.Name
		}
		if _, err := writer.Write(format.line(names)); err != nil {
			return err
		}
	}
	count := int64(0)
	for {
		batch, err := rows.next(ctx)
		if err != nil {
			return err
		}
		if batch == nil {
			break
		}
		err = s.copyBatch(batch, query.Output, format, writer)
		count += batch.NumRows()
		batch.Release()
		if err != nil {
			return err
		}
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return out.Complete("COPY " + strconv.FormatInt(count, 10))
}

func (s *Session) copyBatch(batch arrow.RecordBatch, output []translate.OutputColumn, format *copyFormat, writer session.CopyWriter) error {
	style := s.values.Style()
	var line, value []byte
	for row := range int(batch.NumRows()) {
		line = line[:0]
		for i, c := range output {
			if i > 0 {
				line = append(line, format.delimiter...)
			}
			datum, err := pgtypes.DatumFromArrow(batch.Column(i), row, c.Type)
			if err != nil {
				return err
			}
			if datum == nil {
				line = append(line, format.null...)
				continue
			}
			value = pgtypes.AppendText(value[:0], c.Type, datum, style)
			line = format.appendValue(line, value, len(output) == 1)
		}
		if _, err := writer.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// line is a header.
func (f *copyFormat) line(names []string) []byte {
	var line []byte
	for i, name := range names {
		if i > 0 {
			line = append(line, f.delimiter...)
		}
		line = f.appendValue(line, []byte(name), len(names) == 1)
	}
	return append(line, '\n')
}

// appendValue escapes a value that is not NULL.
func (f *copyFormat) appendValue(line, value []byte, only bool) []byte {
	if f.csv {
		return f.appendCSV(line, value, only)
	}
	for _, b := range value {
		switch {
		case b == '\n':
			line = append(line, `\n`...)
		case b == '\r':
			line = append(line, `\r`...)
		case b == '\t':
			line = append(line, `\t`...)
		case b == '\b':
			line = append(line, `\b`...)
		case b == '\f':
			line = append(line, `\f`...)
		case b == '\v':
			line = append(line, `\v`...)
		case b == '\\' || b == f.delimiter[0]:
			line = append(line, '\\', b)
		default:
			line = append(line, b)
		}
	}
	return line
}

func (f *copyFormat) appendCSV(line, value []byte, only bool) []byte {
	quoted := f.forceAll || string(value) == f.null || only && string(value) == `\.`
	for _, b := range value {
		quoted = quoted || b == f.quote || b == f.delimiter[0] || b == '\n' || b == '\r'
	}
	if !quoted {
		return append(line, value...)
	}
	line = append(line, f.quote)
	for _, b := range value {
		if b == f.quote || b == f.escape {
			line = append(line, f.escape)
		}
		line = append(line, b)
	}
	return append(line, f.quote)
}
