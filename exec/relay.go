package exec

import (
	"bytes"
	"context"
	"encoding/binary"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// relayed is a statement that one Postgres server answers alone: its text with the
// server's own table names, in pieces between which the constants go.
type relayed struct {
	server *catalog.Server
	pieces []string // len(literals)+1
	writes bool
	// command is the statement's name in messages.
	command string
	// params and fields describe it for the extended protocol; known after describe.
	params []uint32
	fields []session.Field
}

// text puts the constants of a text back between the pieces.
func (r *relayed) text(original string, literals []translate.Literal) string {
	if len(r.pieces) == 1 {
		return r.pieces[0]
	}
	n := 0
	for _, p := range r.pieces {
		n += len(p)
	}
	for _, l := range literals {
		n += l.End - l.Start
	}
	var b strings.Builder
	b.Grow(n)
	for i, p := range r.pieces {
		b.WriteString(p)
		if i < len(literals) {
			b.WriteString(original[literals[i].Start:literals[i].End])
		}
	}
	return b.String()
}

// relayCacheSize bounds the number of statement shapes that are remembered.
const relayCacheSize = 20000

// relayCache remembers, by a statement's literal-normalised text and what its names
// depend on, how it is relayed; or that it is not (nil).
type relayCache struct {
	mu      sync.RWMutex
	entries map[string]*relayed
}

func (c *relayCache) get(key []byte) (r *relayed, known bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, known = c.entries[string(key)]
	return r, known
}

func (c *relayCache) put(key []byte, r *relayed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= relayCacheSize {
		// Texts that never repeat must not pin memory; those that do come back at once.
		c.entries = make(map[string]*relayed)
	}
	c.entries[string(key)] = r
}

// relayLookup gives the cached relay of a text, or works it out. literals are the
// text's constants.
func (s *Session) relayLookup(ctx context.Context, text string, snapshot *catalog.Snapshot) (*relayed, []translate.Literal, error) {
	key := binary.BigEndian.AppendUint64(s.relayKey[:0], snapshot.Version)
	key = append(append(key, s.values.String("search_path")...), 0)
	key, literals, ok := translate.AppendNormalised(key, nil, text)
	s.relayKey = key
	if !ok {
		return nil, nil, nil
	}
	if s.tx.defined != nil {
		// What the names mean inside this transaction is nobody else's to know.
		r, err := s.makeRelay(ctx, append([]byte(nil), key...), text, literals, snapshot)
		return r, literals, err
	}
	if r, known := s.engine.relays.get(key); known {
		s.engine.config.Observer.PlanCache(true)
		return r, literals, nil
	}
	s.engine.config.Observer.PlanCache(false)
	key = append([]byte(nil), key...)
	r, err := s.makeRelay(ctx, key, text, literals, snapshot)
	if err != nil {
		return nil, nil, err
	}
	s.engine.relays.put(key, r)
	return r, literals, nil
}

// relaySimple relays the text of a Query message, if it is one statement that can
// be.
func (s *Session) relaySimple(ctx context.Context, text string, out session.Out) (handled bool, err error) {
	if s.tx.state == failedTransaction || !s.relayOn() {
		return false, nil
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	r, literals, err := s.relayLookup(ctx, text, snapshot)
	if err != nil || r == nil {
		return false, nil // the long way reports the error in full
	}
	conn, free, err := s.relayConn(ctx, r)
	if err != nil {
		return true, err
	}
	defer free()
	sink := &relaySink{out: out, describe: true}
	start := time.Now()
	sent := r.text(text, literals)
	err = conn.Simple(ctx, sent, sink)
	s.engine.config.Observer.Statement("relay", time.Since(start), err)
	if err != nil {
		return true, s.relayError(ctx, &prepared{text: text, source: text}, sent, err)
	}
	return true, nil
}

func (s *Session) relayOn() bool { return s.values.Bool("gateway.relay") }

// relayFor works out whether a parsed statement is relayed, and describes it.
func (s *Session) relayFor(ctx context.Context, st *prepared, snapshot *catalog.Snapshot) (*relayed, error) {
	if !s.relayOn() {
		return nil, nil
	}
	r, literals, err := s.relayLookup(ctx, st.text, snapshot)
	if err != nil || r == nil {
		return nil, nil //nolint:nilerr // binding reports it with its position
	}
	own := *r
	own.pieces = []string{r.text(st.text, literals)}
	if err := s.describeRelayed(ctx, &own, st.declared); err != nil {
		return nil, s.relayError(ctx, st, own.pieces[0], err)
	}
	return &own, nil
}

// parseRelayed is relayFor without a parse, for texts of known shape.
func (s *Session) parseRelayed(ctx context.Context, st *prepared) (bool, error) {
	if s.tx.state == failedTransaction {
		return false, nil
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	r, err := s.relayFor(ctx, st, snapshot)
	if err != nil || r == nil {
		return false, err
	}
	st.compiled = &compiled{
		snapshot: snapshot.Version, settings: s.values.Version, definitions: s.tx.definitions, relay: r, params: r.params, fields: r.fields,
	}
	return true, nil
}

// describeRelayed asks the server for parameter types and result columns.
func (s *Session) describeRelayed(ctx context.Context, r *relayed, declared []uint32) error {
	conn, free, err := s.relayConnFor(ctx, r.server, false)
	if err != nil {
		return err
	}
	defer free()
	st, err := conn.Prepare(ctx, r.pieces[0], declared)
	if err != nil {
		return err
	}
	r.params = st.ParamTypes
	if st.RowDescription == nil {
		return nil
	}
	r.fields, err = parseRowDescription(st.RowDescription)
	return err
}

// relayConn gives the connection for running r: the transaction's, or a pooled one
// for this statement alone.
func (s *Session) relayConn(ctx context.Context, r *relayed) (backends.RelayConn, func(), error) {
	if r.writes {
		if err := s.tx.claim(r.server, r.command); err != nil {
			return nil, nil, err
		}
	}
	conn, free, err := s.relayConnFor(ctx, r.server, s.tx.open())
	if err == nil && r.writes && s.tx.open() {
		s.tx.part(r.server).wrote = true
	}
	return conn, free, err
}

// relayConnFor gives a connection to server. With pin it is the transaction's, which
// it begins there if need be; without, the transaction's is used only if there is
// one already.
func (s *Session) relayConnFor(ctx context.Context, server *catalog.Server, pin bool) (backends.RelayConn, func(), error) {
	if p := s.tx.joined(server); p != nil && p.relay != nil {
		return p.relay, func() {}, s.applySettings(ctx, p.relay)
	}
	if pin {
		p, err := s.tx.relayOn(ctx, server)
		if err != nil {
			return nil, nil, err
		}
		return p.relay, func() {}, nil
	}
	conn, err := s.openRelay(ctx, server)
	if err != nil {
		return nil, nil, err
	}
	return conn, conn.Release, nil
}

// openRelay takes a connection from the server's pool, with the session's settings.
func (s *Session) openRelay(ctx context.Context, server *catalog.Server) (backends.RelayConn, error) {
	relayer, ok := server.Backend.(backends.Relayer)
	if !ok {
		return nil, pgerr.Internal("server %q can not relay", server.Name)
	}
	conn, err := relayer.Relay(ctx)
	if err = server.Checked(err); err != nil {
		return nil, err
	}
	if err := s.applySettings(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// relayOn begins the transaction on a relay connection of server.
func (t *transaction) relayOn(ctx context.Context, server *catalog.Server) (*participant, error) {
	p := t.part(server)
	if p.relay != nil {
		return p, nil
	}
	conn, err := t.session.openRelay(ctx, server)
	if err != nil {
		return nil, err
	}
	p.relay = conn
	if err := p.control(ctx, beginCommand(t.options)); err != nil {
		conn.Close()
		p.relay = nil
		return nil, err
	}
	for i := range t.saves {
		if err := p.control(ctx, "SAVEPOINT "+savepointName(i)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func beginCommand(o backends.TxOptions) string {
	command := "BEGIN"
	if o.Isolation != "" {
		command += " ISOLATION LEVEL " + strings.ToUpper(o.Isolation)
	}
	if o.ReadOnly {
		command += " READ ONLY"
	}
	return command
}

// relayedSettings are those that change what a Postgres server answers.
var relayedSettings = []string{"timezone", "datestyle", "intervalstyle", "extra_float_digits", "bytea_output"}

// defaultRelayed are their values on a fresh relay connection.
var defaultRelayed = map[string]string{
	"timezone": "UTC", "datestyle": "ISO, MDY", "intervalstyle": "postgres", "extra_float_digits": "1", "bytea_output": "hex",
}

// applySettings makes the server's settings the session's. The connection's label
// remembers which it has, so that this costs nothing when they are equal.
func (s *Session) applySettings(ctx context.Context, conn backends.RelayConn) error {
	label := s.relayLabel()
	if conn.Label() == label {
		return nil
	}
	var commands strings.Builder
	for _, name := range relayedSettings {
		value := s.values.String(name)
		if value == "" {
			value = defaultRelayed[name]
		}
		commands.WriteString("SET " + name + " = " + quoteLiteral(value) + ";")
	}
	if err := conn.Simple(ctx, commands.String(), discardSink{}); err != nil {
		return err
	}
	conn.SetLabel(label)
	return nil
}

// relayLabel is "" when all of the settings that matter have their defaults.
func (s *Session) relayLabel() string {
	label := ""
	for _, name := range relayedSettings {
		if value := s.values.String(name); value != defaultRelayed[name] {
			label += name + "=" + value + ";"
		}
	}
	return label
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteIdentifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// relaySink passes a server's answers on.
type relaySink struct {
	out      session.Out
	describe bool // pass the row description on too
	scratch  []byte
	tag      string
	// held keeps the tag back, for who has to do something before it is sent.
	held bool
}

// RowDescription implements backends.RelaySink. The table OIDs are the server's own
// and mean nothing here.
func (k *relaySink) RowDescription(body []byte) error {
	if !k.describe {
		return nil
	}
	k.scratch = append(k.scratch[:0], 'T')
	k.scratch = binary.BigEndian.AppendUint32(k.scratch, uint32(len(body)+4))
	k.scratch = append(k.scratch, body...)
	clearTableOIDs(k.scratch[5:])
	return k.out.Raw(k.scratch)
}

// Rows implements backends.RelaySink.
func (k *relaySink) Rows(messages []byte) error { return k.out.Raw(messages) }

// Complete implements backends.RelaySink.
func (k *relaySink) Complete(tag string) error {
	k.tag = tag
	if k.held {
		return nil
	}
	return k.out.Complete(tag)
}

// Notice implements backends.RelaySink.
func (k *relaySink) Notice(body []byte) error {
	message := append([]byte{'N'}, binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))...)
	return k.out.Raw(append(message, body...))
}

// clearTableOIDs zeroes the table OID and column number of each field.
func clearTableOIDs(body []byte) {
	_ = eachField(body, func(_, fixed []byte) { clear(fixed[:6]) })
}

// eachField visits the fields of a RowDescription's body: name and the 18 bytes
// that follow it.
func eachField(body []byte, visit func(name, fixed []byte)) error {
	if len(body) < 2 {
		return errMalformedDescription()
	}
	n := int(binary.BigEndian.Uint16(body))
	body = body[2:]
	for range n {
		end := bytes.IndexByte(body, 0)
		if end < 0 || len(body) < end+19 {
			return errMalformedDescription()
		}
		visit(body[:end], body[end+1:end+19])
		body = body[end+19:]
	}
	return nil
}

func errMalformedDescription() error {
	return pgerr.New(pgerr.ProtocolViolation, "malformed row description from the source")
}

func parseRowDescription(body []byte) ([]session.Field, error) {
	fields := []session.Field{}
	err := eachField(body, func(name, fixed []byte) {
		fields = append(fields, session.Field{
			Name:     string(name),
			Type:     pgtypes.Type{OID: binary.BigEndian.Uint32(fixed[6:]), Typmod: int32(binary.BigEndian.Uint32(fixed[12:]))},
			TypeSize: int16(binary.BigEndian.Uint16(fixed[10:])),
		})
	})
	return fields, err
}

// sortEdits orders edits by where they apply.
func sortEdits(edits []edit) {
	sort.Slice(edits, func(i, j int) bool { return edits[i].start < edits[j].start })
}
