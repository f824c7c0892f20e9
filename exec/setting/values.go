package setting

import (
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Values are one session's settings. A change made in a transaction is undone when
// that fails; one made LOCAL also when it succeeds. Not safe for concurrent use.
type Values struct {
	current map[string]string // canonical, only what differs from reset
	reset   map[string]string // what RESET gives: the session's start
	source  map[string]string
	// levels are the open transaction and its savepoints: what to restore.
	levels []level
	// Version changes with every change, for caches.
	Version uint64

	style      pgtypes.Style
	styleValid bool
	searchPath []string
	pathValid  bool
}

type level struct {
	before map[string]*string // the value on entry; nil entry: not set
	local  map[string]*string // what to restore at commit of SET LOCAL
}

// New makes a session's settings from the server's defaults and the startup
// packet. Unknown parameters are errors, as in Postgres.
func New(defaults map[string]string, startup map[string]string, user string) (*Values, error) {
	v := &Values{current: map[string]string{}, reset: map[string]string{}, source: map[string]string{}}
	for name, value := range defaults {
		if err := v.startWith(name, value, "configuration file"); err != nil {
			return nil, err
		}
	}
	v.reset["session_authorization"] = user
	for name, value := range startup {
		switch name {
		case "user", "database", "replication":
			continue
		case "options":
			for _, option := range ParseOptions(value) {
				if err := v.startWith(option[0], option[1], "client"); err != nil {
					return nil, err
				}
			}
			continue
		}
		if err := v.startWith(name, value, "client"); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *Values) startWith(name, value, source string) error {
	key := strings.ToLower(name)
	canonical, err := v.check(key, name, value)
	if err != nil {
		return err
	}
	v.reset[key] = canonical
	v.source[key] = source
	return nil
}

// ParseOptions reads the startup parameter "options": -c name=value and
// --name=value, with blanks escaped by a backslash.
func ParseOptions(text string) [][2]string {
	var words []string
	var word strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
		case c == ' ' || c == '\t' || c == '\n':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		default:
			word.WriteByte(c)
		}
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	var options [][2]string
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			w = words[i]
		case strings.HasPrefix(w, "-c"):
			w = w[2:]
		case strings.HasPrefix(w, "--"):
			w = strings.ReplaceAll(w[2:], "-", "_")
		default:
			continue
		}
		if name, value, ok := strings.Cut(w, "="); ok {
			options = append(options, [2]string{name, value})
		}
	}
	return options
}

// check finds the parameter and makes the value canonical. Names with a dot that
// nobody defined are placeholders, as in Postgres, but for the gateway's own.
func (v *Values) check(key, name, value string) (string, error) {
	d := definitions[key]
	if d == nil {
		if prefix, rest, ok := strings.Cut(key, "."); ok && prefix != "gateway" && rest != "" {
			return value, nil
		}
		return "", pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	canonical, err := d.canonical(value)
	if err != nil {
		return "", err
	}
	if key == "datestyle" {
		canonical = v.mergeDateStyle(canonical)
	}
	return canonical, nil
}

func (v *Values) mergeDateStyle(change string) string {
	format, order, _ := strings.Cut(change, ", ")
	oldFormat, oldOrder, _ := strings.Cut(v.raw("datestyle"), ", ")
	if format == "" {
		format = oldFormat
	}
	if order == "" {
		order = oldOrder
	}
	return format + ", " + order
}

// Get gives a setting's value in its own unit; ok is false for an unknown name.
func (v *Values) Get(name string) (value string, ok bool) {
	key := strings.ToLower(name)
	value, set := v.lookup(key)
	if set {
		return value, true
	}
	if d := definitions[key]; d != nil {
		return d.boot, true
	}
	return "", false
}

func (v *Values) lookup(key string) (string, bool) {
	if value, ok := v.current[key]; ok {
		return value, true
	}
	value, ok := v.reset[key]
	return value, ok
}

func (v *Values) raw(key string) string {
	value, _ := v.Get(key)
	return value
}

// Show gives a setting as SHOW does.
func (v *Values) Show(name string) (string, error) {
	key := strings.ToLower(name)
	value, ok := v.Get(key)
	if !ok {
		return "", pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	}
	if d := definitions[key]; d != nil {
		return d.show(value), nil
	}
	return value, nil
}

// CanonicalName is a setting's name as Postgres spells it.
func CanonicalName(name string) string {
	if d := definitions[strings.ToLower(name)]; d != nil {
		return d.name
	}
	return name
}

// Reported says whether a client is told of changes to name, and gives its spelling.
func Reported(name string) (spelling string, ok bool) {
	d := definitions[strings.ToLower(name)]
	if d == nil || !d.report {
		return "", false
	}
	return d.name, true
}

// Report lists the settings that a client is told at start-up.
func (v *Values) Report() [][2]string {
	list := make([][2]string, 0, len(reported))
	for _, name := range reported {
		value, _ := v.Get(name)
		list = append(list, [2]string{name, value})
	}
	return list
}

// Set changes a setting for the session, or with local until the transaction ends.
func (v *Values) Set(name, value string, local bool) error {
	key := strings.ToLower(name)
	if d := definitions[key]; d != nil {
		if err := d.changeable(); err != nil {
			return err
		}
	}
	canonical, err := v.check(key, name, value)
	if err != nil {
		return err
	}
	v.assign(key, &canonical, local)
	return nil
}

// Reset goes back to the session's start.
func (v *Values) Reset(name string) error {
	key := strings.ToLower(name)
	d := definitions[key]
	if d == nil {
		if _, ok := v.lookup(key); !ok && !strings.Contains(key, ".") {
			return pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
		}
	} else if err := d.changeable(); err != nil {
		return err
	}
	v.assign(key, nil, false)
	return nil
}

// ResetAll resets everything that may be.
func (v *Values) ResetAll() []string {
	var changed []string
	for key := range v.current {
		if key == "transaction_isolation" || key == "transaction_read_only" || key == "session_authorization" {
			continue
		}
		changed = append(changed, key)
	}
	slices.Sort(changed)
	for _, key := range changed {
		v.assign(key, nil, false)
	}
	return changed
}

func (d *definition) changeable() error {
	switch d.context {
	case "internal":
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed", d.name)
	case "postmaster":
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed without restarting the server", d.name)
	case "sighup":
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed now", d.name)
	case "backend", "superuser-backend":
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be set after connection start", d.name)
	}
	return nil
}

// assign changes current; nil resets.
func (v *Values) assign(key string, value *string, local bool) {
	if n := len(v.levels); n > 0 {
		l := &v.levels[n-1]
		old := v.overridden(key)
		if _, ok := l.before[key]; !ok {
			l.before[key] = old
		}
		if local {
			if _, ok := l.local[key]; !ok {
				l.local[key] = old
			}
		} else {
			delete(l.local, key)
		}
	}
	v.put(key, value)
}

func (v *Values) overridden(key string) *string {
	if value, ok := v.current[key]; ok {
		return &value
	}
	return nil
}

func (v *Values) put(key string, value *string) {
	if value == nil {
		delete(v.current, key)
	} else {
		v.current[key] = *value
	}
	v.Version++
	v.styleValid, v.pathValid = false, false
}

// Begin opens a transaction, or a savepoint inside it.
func (v *Values) Begin() {
	v.levels = append(v.levels, level{before: map[string]*string{}, local: map[string]*string{}})
}

// Commit ends the innermost level and keeps its changes, but for the LOCAL ones
// when it is the transaction itself. It names the settings that changed back.
func (v *Values) Commit() (changed []string) {
	n := len(v.levels)
	if n == 0 {
		return nil
	}
	l := v.levels[n-1]
	v.levels = v.levels[:n-1]
	if n > 1 {
		outer := &v.levels[n-2]
		for key, old := range l.before {
			if _, ok := outer.before[key]; !ok {
				outer.before[key] = old
			}
		}
		for key, old := range l.local {
			if _, ok := outer.local[key]; !ok {
				outer.local[key] = old
			}
		}
		return nil
	}
	return v.restore(l.local)
}

// Rollback ends the innermost level and undoes its changes, naming them.
func (v *Values) Rollback() (changed []string) {
	n := len(v.levels)
	if n == 0 {
		return nil
	}
	l := v.levels[n-1]
	v.levels = v.levels[:n-1]
	return v.restore(l.before)
}

func (v *Values) restore(old map[string]*string) []string {
	changed := make([]string, 0, len(old))
	for key, value := range old {
		changed = append(changed, key)
		v.put(key, value)
	}
	slices.Sort(changed)
	return changed
}

// InTransaction says whether a level is open.
func (v *Values) InTransaction() bool { return len(v.levels) > 0 }
