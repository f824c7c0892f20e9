package exec

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/setting"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

type pgTxOptions = backends.TxOptions

// runSet runs SET and RESET.
func (s *Session) runSet(n *translate.VariableSetStmt, out session.Out) error {
	switch n.Kind {
	case translate.SetMulti:
		return s.runSetMulti(n, out)
	case translate.ResetAll:
		if err := s.reportSettings(s.values.ResetAll(), out); err != nil {
			return err
		}
		return out.Complete("RESET")
	case translate.ResetOne:
		if err := s.values.Reset(n.Name); err != nil {
			return err
		}
		if err := s.reportSettings([]string{n.Name}, out); err != nil {
			return err
		}
		return out.Complete("RESET")
	case translate.SetDefault:
		if err := s.values.Reset(n.Name); err != nil {
			return err
		}
	case translate.SetFromCurrent:
		return pgerr.New(pgerr.SyntaxError, "SET FROM CURRENT can only be used in a function definition")
	default:
		if err := s.setValue(n, out); err != nil {
			return err
		}
	}
	if err := s.reportSettings([]string{n.Name}, out); err != nil {
		return err
	}
	return out.Complete("SET")
}

func (s *Session) setValue(n *translate.VariableSetStmt, out session.Out) error {
	value, err := settingText(n)
	if err != nil {
		return err
	}
	if n.Local && !s.tx.inBlock() {
		notice := pgerr.Notice("WARNING", pgerr.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks")
		return out.Notice(notice)
	}
	switch strings.ToLower(n.Name) {
	case "transaction_isolation", "transaction_read_only":
		return s.setTransactionOption(strings.ToLower(n.Name), value)
	}
	return s.values.Set(n.Name, value, n.Local)
}

// settingText is the value of SET: a list is joined by commas, names in it quoted
// where they have to be.
func settingText(n *translate.VariableSetStmt) (string, error) {
	parts := make([]string, 0, len(n.Args))
	list := strings.EqualFold(n.Name, "search_path") || strings.EqualFold(n.Name, "temp_tablespaces")
	for _, arg := range n.Args {
		text, err := constText(arg)
		if err != nil {
			return "", err
		}
		if list {
			text = quoteIfNeeded(text)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", "), nil
}

// constText is the text of a constant in SET or an option.
func constText(node translate.Node) (string, error) {
	switch n := node.(type) {
	case *translate.AConst:
		switch n.Kind {
		case translate.ConstInteger:
			return strconv.Itoa(int(n.Int)), nil
		case translate.ConstBoolean:
			return strconv.FormatBool(n.Bool), nil
		}
		return n.Text, nil
	case *translate.TypeCast:
		// SET TIME ZONE INTERVAL '...': the only one the grammar allows.
		return intervalZone(n)
	case *translate.ColumnRef:
		return strings.Join(n.Fields, "."), nil
	case *translate.TypeName:
		return n.Names[len(n.Names)-1], nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "a setting takes constants")
}

// intervalZone turns an interval of SET TIME ZONE into an offset in hours.
func intervalZone(n *translate.TypeCast) (string, error) {
	constant, ok := n.Arg.(*translate.AConst)
	if !ok {
		return "", pgerr.New(pgerr.InvalidParameterValue, "a setting takes constants")
	}
	value, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDInterval), constant.Text, pgtypes.DefaultStyle())
	if err != nil {
		return "", err
	}
	interval := value.(pgtypes.Interval) //nolint:forcetypeassert // Parse's promise
	if interval.Months != 0 || interval.Days != 0 {
		return "", pgerr.New(pgerr.InvalidParameterValue, "invalid interval value for time zone: month and day not allowed")
	}
	return strconv.FormatFloat(float64(interval.Micros)/3.6e9, 'f', -1, 64), nil
}

func quoteIfNeeded(name string) string {
	plain := name != ""
	for i, r := range name {
		if r == '_' || r >= 'a' && r <= 'z' || i > 0 && (r >= '0' && r <= '9' || r == '$') {
			continue
		}
		plain = false
	}
	if plain {
		return name
	}
	return quoteIdentifier(name)
}

// runSetMulti runs SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (s *Session) runSetMulti(n *translate.VariableSetStmt, out session.Out) error {
	var options backends.TxOptions
	if n.Name == "SESSION CHARACTERISTICS" {
		options = s.transactionDefaults()
		if err := transactionOptions(&options, n.Options); err != nil {
			return err
		}
		level := options.Isolation
		if level == "" {
			level = "read committed"
		}
		if err := s.values.Set("default_transaction_isolation", level, false); err != nil {
			return err
		}
		if err := s.values.Set("default_transaction_read_only", onOff(options.ReadOnly), false); err != nil {
			return err
		}
		if err := s.reportSettings([]string{"default_transaction_read_only"}, out); err != nil {
			return err
		}
		return out.Complete("SET")
	}
	if !s.tx.inBlock() {
		notice := pgerr.Notice("WARNING", pgerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks")
		if err := out.Notice(notice); err != nil {
			return err
		}
		return out.Complete("SET")
	}
	options = s.tx.options
	if err := transactionOptions(&options, n.Options); err != nil {
		return err
	}
	if err := s.changeTransaction(options); err != nil {
		return err
	}
	return out.Complete("SET")
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// changeTransaction changes the options of a transaction that has not begun
// anywhere.
func (s *Session) changeTransaction(options backends.TxOptions) error {
	if len(s.tx.parts) > 0 && options.Isolation != s.tx.options.Isolation {
		return pgerr.New(pgerr.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
	}
	if len(s.tx.parts) > 0 && s.tx.options.ReadOnly && !options.ReadOnly {
		return pgerr.New(pgerr.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
	}
	s.tx.options = options
	s.showTransactionOptions(options)
	return nil
}

func (s *Session) setTransactionOption(name, value string) error {
	if !s.tx.inBlock() {
		return nil
	}
	options := s.tx.options
	if name == "transaction_isolation" {
		options.Isolation = strings.ToLower(value)
	} else {
		options.ReadOnly = strings.EqualFold(value, "on") || strings.EqualFold(value, "true")
	}
	return s.changeTransaction(options)
}

// transactionOptions reads the modes of BEGIN and SET TRANSACTION.
func transactionOptions(o *backends.TxOptions, list []*translate.DefElem) error {
	for _, option := range list {
		value, err := constText(option.Value)
		if err != nil {
			return err
		}
		switch option.Name {
		case "transaction_isolation":
			o.Isolation = strings.ToLower(value)
			if o.Isolation == "read committed" || o.Isolation == "read uncommitted" {
				o.Isolation = ""
			}
		case "transaction_read_only":
			o.ReadOnly = value == "1" || strings.EqualFold(value, "true") || strings.EqualFold(value, "on")
		}
	}
	return nil
}

// reportSettings tells the client of changed settings that it wants to know of.
func (s *Session) reportSettings(names []string, out session.Out) error {
	for _, name := range names {
		spelling, ok := setting.Reported(name)
		if !ok {
			continue
		}
		value, _ := s.values.Get(name)
		if err := out.ParameterStatus(spelling, value); err != nil {
			return err
		}
	}
	return nil
}

// showFields are the columns of SHOW.
func (s *Session) showFields(n *translate.VariableShowStmt) ([]session.Field, error) {
	text := pgtypes.Of(pgtypes.OIDText)
	if strings.EqualFold(n.Name, "all") {
		return []session.Field{field("name", text), field("setting", text), field("description", text)}, nil
	}
	if _, err := s.values.Show(n.Name); err != nil {
		return nil, err
	}
	return []session.Field{field(setting.CanonicalName(n.Name), text)}, nil
}

// runShow runs SHOW.
func (s *Session) runShow(n *translate.VariableShowStmt, fields []session.Field, out session.Out) error {
	var table [][]pgtypes.Datum
	if strings.EqualFold(n.Name, "all") {
		for _, row := range s.values.Rows() {
			shown, err := s.values.Show(row.Name)
			if err != nil {
				return err
			}
			table = append(table, []pgtypes.Datum{row.Name, shown, row.ShortDesc})
		}
	} else {
		shown, err := s.values.Show(s.shownName(n.Name))
		if err != nil {
			return err
		}
		table = append(table, []pgtypes.Datum{shown})
	}
	if err := s.sendTable(fields, table, out); err != nil {
		return err
	}
	return out.Complete("SHOW")
}

// shownName is the setting that SHOW reads: outside a transaction block the options of
// a transaction are those that one would begin with.
func (s *Session) shownName(name string) string {
	name = strings.ToLower(name)
	if !s.tx.inBlock() && (name == "transaction_isolation" || name == "transaction_read_only") {
		return "default_" + name
	}
	return name
}

// settingRows lists the settings for pg_settings.
func (s *Session) settingRows() []catalog.Setting {
	rows := s.values.Rows()
	list := make([]catalog.Setting, len(rows))
	for i, row := range rows {
		list[i] = catalog.Setting(row)
	}
	return list
}

// preparedRows lists the prepared statements.
func (s *Session) preparedRows() []catalog.PreparedStatement {
	rows := make([]catalog.PreparedStatement, 0, len(s.statements))
	for name, st := range s.statements {
		if name == "" || st.compiled == nil {
			continue
		}
		rows = append(rows, catalog.PreparedStatement{Name: name, Text: st.text, Params: st.compiled.params, FromSQL: st.fromSQL})
	}
	return rows
}
