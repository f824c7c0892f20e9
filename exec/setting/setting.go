// Package setting is a session's run-time parameters: their names, defaults and
// checks, SET, SET LOCAL, RESET and SHOW with the transaction's rules, and the
// startup packet's options.
//
// It acts on nothing: who needs a setting reads it. Names and descriptions are
// PostgreSQL 15's (pg_settings), with the gateway's own under "gateway.".
package setting

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// definition is one parameter.
type definition struct {
	name         string
	kind         string // bool, string, integer, real, enum
	unit         string
	context      string
	min, max     float64
	enum         []string
	boot         string
	category     string
	short, extra string
	// check may refuse or canonicalise a value; nil for none.
	check func(value string) (string, error)
	// report says that the client is told of changes (GUC_REPORT).
	report bool
}

// overrides are the defaults that differ from a freshly installed Postgres's, and
// the checks that need more than the type.
var overrides = map[string]struct {
	boot  string
	check func(string) (string, error)
}{
	"timezone":                      {boot: "UTC", check: checkTimeZone},
	"datestyle":                     {boot: "ISO, MDY", check: checkDateStyle},
	"client_encoding":               {boot: "UTF8", check: checkClientEncoding},
	"server_encoding":               {boot: "UTF8"},
	"standard_conforming_strings":   {boot: "on", check: onlyOn("standard_conforming_strings")},
	"lc_collate":                    {boot: "C.UTF-8"},
	"lc_ctype":                      {boot: "C.UTF-8"},
	"lc_messages":                   {boot: "C.UTF-8"},
	"lc_monetary":                   {boot: "C.UTF-8"},
	"lc_numeric":                    {boot: "C.UTF-8"},
	"lc_time":                       {boot: "C.UTF-8"},
	"search_path":                   {boot: `"$user", public`},
	"integer_datetimes":             {boot: "on"},
	"is_superuser":                  {boot: "off"},
	"session_authorization":         {boot: ""},
	"in_hot_standby":                {boot: "off"},
	"transaction_isolation":         {boot: "read committed"},
	"default_transaction_isolation": {boot: "read committed"},
	"transaction_read_only":         {boot: "off"},
	"statement_timeout":             {boot: "0"},
	"application_name":              {boot: ""},
	"max_connections":               {boot: "1000"},
	"data_directory":                {boot: ""},
	"config_file":                   {boot: ""},
	"hba_file":                      {boot: ""},
	"ident_file":                    {boot: ""},
	"unix_socket_directories":       {boot: ""},
	"shared_preload_libraries":      {boot: ""},
	"log_timezone":                  {boot: "UTC"},
}

// reported are the parameters that a server tells its client of, in the order in
// which Postgres 15 does at start-up.
var reported = []string{
	"application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby",
	"integer_datetimes", "IntervalStyle", "is_superuser", "server_encoding", "server_version",
	"session_authorization", "standard_conforming_strings", "TimeZone",
}

// own are the gateway's parameters.
var own = []definition{
	// Postgres's own that pg_settings does not list.
	{name: "is_superuser", kind: "bool", context: "internal", boot: "off", category: "Preset Options", short: "Shows whether the current user is a superuser."},
	{name: "session_authorization", kind: "string", context: "internal", boot: "", category: "Preset Options", short: "Shows the current session user name."},
	{name: "gateway.pushdown", kind: "enum", context: "user", enum: []string{"on", "safe", "off"}, boot: "on", category: "Gateway", short: "How much is sent to the sources: on (all rules), safe (rules with exhaustive or algebraic proof), off (only the scans)."},
	{name: "gateway.memory_limit", kind: "integer", unit: "kB", context: "user", min: 64, max: math.MaxInt32, boot: "1048576", category: "Gateway", short: "Memory that one statement may use before it spills or fails with 53200."},
	{name: "gateway.workers", kind: "integer", context: "user", min: 0, max: 1024, boot: "0", category: "Gateway", short: "Workers that one statement may use in the gateway; 0 is one for each core."},
	{name: "gateway.relay", kind: "bool", context: "user", boot: "on", category: "Gateway", short: "Passes a statement that one Postgres server answers alone to it unread."},
	{name: "gateway.delta_as_of", kind: "string", context: "user", boot: "", category: "Gateway", short: "Reads Delta tables as they were: a version or a time; empty for the newest version."},
	{name: "gateway.warn_inline_secrets", kind: "bool", context: "user", boot: "on", category: "Gateway", short: "Warns of secrets that are written out in a configuration."},
}

var definitions = buildDefinitions()

func buildDefinitions() map[string]*definition {
	all := map[string]*definition{}
	for _, s := range pgbuiltin.Settings() {
		boot := s.Boot
		if s.Context == "internal" || boot == "" {
			boot = s.Value
		}
		d := &definition{
			name: s.Name, kind: s.Type, unit: s.Unit, context: s.Context, enum: s.Enum, boot: boot,
			category: s.Category, short: s.ShortDesc, extra: s.ExtraDesc, min: bound(s.Min, -math.MaxFloat64), max: bound(s.Max, math.MaxFloat64),
		}
		if o, ok := overrides[strings.ToLower(s.Name)]; ok {
			d.boot, d.check = o.boot, o.check
		}
		all[strings.ToLower(s.Name)] = d
	}
	for i := range own {
		all[own[i].name] = &own[i]
	}
	for _, name := range reported {
		if d := all[strings.ToLower(name)]; d != nil {
			d.report = true
		}
	}
	return all
}

func bound(s string, otherwise float64) float64 {
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return v
	}
	return otherwise
}

// canonical checks a value and gives the form in which it is kept and shown.
func (d *definition) canonical(value string) (string, error) {
	var err error
	switch d.kind {
	case "bool":
		value, err = d.boolean(value)
	case "enum":
		value, err = d.oneOf(value)
	case "integer", "real":
		value, err = d.number(value)
	}
	if err == nil && d.check != nil {
		value, err = d.check(value)
	}
	return value, err
}

func (d *definition) invalid(value string) *pgerr.Error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", d.name, value)
}

func (d *definition) boolean(value string) (string, error) {
	v := strings.ToLower(value)
	prefixOf := func(word string, least int) bool { return len(v) >= least && strings.HasPrefix(word, v) }
	switch {
	case v == "1" || prefixOf("true", 1) || prefixOf("yes", 1) || v == "on":
		return "on", nil
	case v == "0" || prefixOf("false", 1) || prefixOf("no", 1) || prefixOf("off", 2):
		return "off", nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "parameter %q requires a Boolean value", d.name)
}

func (d *definition) oneOf(value string) (string, error) {
	for _, e := range d.enum {
		if strings.EqualFold(e, value) {
			return e, nil
		}
	}
	// Enumerations that are booleans at heart take boolean words too.
	if slices.Contains(d.enum, "on") && slices.Contains(d.enum, "off") {
		if v, err := d.boolean(value); err == nil {
			return v, nil
		}
	}
	return "", d.invalid(value).WithHint("Available values: %s.", strings.Join(d.enum, ", "))
}

// number reads a number with an optional unit and shows it in the parameter's own
// unit.
func (d *definition) number(value string) (string, error) {
	text := strings.TrimSpace(value)
	end := 0
	for end < len(text) && strings.IndexByte("0123456789+-.eE", text[end]) >= 0 {
		end++
	}
	v, err := strconv.ParseFloat(text[:end], 64)
	if err != nil {
		return "", d.invalid(value)
	}
	unit := strings.TrimSpace(text[end:])
	if unit != "" {
		factor, ok := unitFactor(d.unit, unit)
		if !ok {
			e := d.invalid(value)
			switch {
			case memoryUnits[baseUnit(d.unit)] != 0:
				e = e.WithHint("Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".")
			case timeUnits[d.unit] != 0:
				e = e.WithHint("Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".")
			}
			return "", e
		}
		v *= factor
	}
	if d.kind == "integer" {
		v = math.RoundToEven(v)
	}
	if v < d.min || v > d.max {
		suffix := ""
		if d.unit != "" {
			suffix = " " + d.unit
		}
		return "", pgerr.New(pgerr.InvalidParameterValue, "%s%s is outside the valid range for parameter %q (%s .. %s)",
			strconv.FormatFloat(v, 'f', -1, 64), suffix, d.name, strconv.FormatFloat(d.min, 'f', -1, 64), strconv.FormatFloat(d.max, 'f', -1, 64))
	}
	return strconv.FormatFloat(v, 'f', -1, 64), nil
}

var memoryUnits = map[string]float64{"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}

// timeUnits are in microseconds.
var timeUnits = map[string]float64{"us": 1, "ms": 1e3, "s": 1e6, "min": 60e6, "h": 3600e6, "d": 86400e6}

// baseUnit strips the count from units such as 8kB.
func baseUnit(unit string) string { return strings.TrimLeft(unit, "0123456789") }

func unitFactor(from, to string) (float64, bool) {
	for _, units := range []map[string]float64{memoryUnits, timeUnits} {
		own, given := units[baseUnit(from)], units[to]
		if own == 0 || given == 0 {
			continue
		}
		if count, err := strconv.ParseFloat(strings.TrimSuffix(from, baseUnit(from)), 64); err == nil {
			own *= count
		}
		return given / own, true
	}
	return 0, false
}

// show is a value as SHOW prints it: numbers with the largest unit that divides
// them.
func (d *definition) show(value string) string {
	if d.unit == "" || d.kind != "integer" {
		return value
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 {
		return value
	}
	units, order := memoryUnits, []string{"TB", "GB", "MB", "kB", "B"}
	if timeUnits[d.unit] != 0 {
		units, order = timeUnits, []string{"d", "h", "min", "s", "ms", "us"}
	}
	factor, ok := unitFactor(d.unit, order[len(order)-1])
	if !ok {
		return value
	}
	least := float64(n) / factor
	for _, unit := range order {
		if per := units[unit]; math.Mod(least, per) == 0 && least >= per {
			return fmt.Sprintf("%.0f%s", least/per, unit)
		}
	}
	return value
}

func onlyOn(name string) func(string) (string, error) {
	return func(value string) (string, error) {
		if value != "on" {
			return "", pgerr.Unsupported("%s = off is not supported", name)
		}
		return value, nil
	}
}

func checkClientEncoding(value string) (string, error) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(value)) {
	case "utf8", "unicode", "":
		return "UTF8", nil
	case "sqlascii":
		return "SQL_ASCII", nil
	}
	return "", pgerr.Unsupported("client encoding %q is not supported", value).WithHint("The gateway speaks UTF8: set client_encoding to UTF8.")
}

func checkTimeZone(value string) (string, error) {
	if _, _, err := LoadZone(value); err != nil {
		return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"TimeZone\": %q", value)
	}
	_, name, _ := LoadZone(value)
	return name, nil
}

// LoadZone finds a time zone by a name of the IANA database in any case, or as an
// offset such as -5 or '<+02>-02'. name is its canonical spelling.
func LoadZone(value string) (zone *time.Location, name string, err error) {
	v := strings.TrimSpace(value)
	switch strings.ToLower(v) {
	case "utc", "gmt", "z", "zulu", "uct", "etc/utc", "localtime", "default":
		if strings.EqualFold(v, "localtime") || strings.EqualFold(v, "default") {
			v = "UTC"
		}
		return time.UTC, canonicalZone(v), nil
	}
	if hours, err := strconv.ParseFloat(v, 64); err == nil {
		if math.Abs(hours) > 167 {
			return nil, "", fmt.Errorf("offset out of range")
		}
		seconds := int(math.Round(hours * 3600))
		name := zoneOffsetName(seconds)
		return time.FixedZone(name, seconds), name, nil
	}
	if offset, ok := parseOffsetName(v); ok {
		return time.FixedZone(v, offset), v, nil
	}
	for _, try := range []string{v, strings.ToUpper(v), titleZone(v)} {
		if zone, err := time.LoadLocation(try); err == nil && try != "" && try != "Local" {
			return zone, try, nil
		}
	}
	return nil, "", fmt.Errorf("unknown time zone %q", value)
}

func canonicalZone(v string) string {
	if strings.Contains(v, "/") {
		return "Etc/UTC"
	}
	return strings.ToUpper(v)
}

// titleZone spells america/new_york as America/New_York.
func titleZone(v string) string {
	out := []byte(strings.ToLower(v))
	for i := range out {
		if (i == 0 || out[i-1] == '/' || out[i-1] == '_' || out[i-1] == '-') && out[i] >= 'a' && out[i] <= 'z' {
			out[i] -= 'a' - 'A'
		}
	}
	return string(out)
}

// zoneOffsetName is how Postgres shows a zone set by a number: '<+02>-02'.
func zoneOffsetName(seconds int) string {
	sign, opposite := '+', '-'
	if seconds < 0 {
		sign, opposite, seconds = '-', '+', -seconds
	}
	text := fmt.Sprintf("%02d", seconds/3600)
	if rest := seconds % 3600; rest != 0 {
		text += fmt.Sprintf(":%02d", rest/60)
		if rest%60 != 0 {
			text += fmt.Sprintf(":%02d", rest%60)
		}
	}
	return fmt.Sprintf("<%c%s>%c%s", sign, text, opposite, text)
}

// parseOffsetName reads what zoneOffsetName writes.
func parseOffsetName(v string) (int, bool) {
	inside, _, ok := strings.Cut(strings.TrimPrefix(v, "<"), ">")
	if !ok || !strings.HasPrefix(v, "<") || len(inside) < 2 {
		return 0, false
	}
	seconds, scale := 0, 3600
	for _, part := range strings.Split(inside[1:], ":") {
		n, err := strconv.Atoi(part)
		if err != nil || scale == 0 {
			return 0, false
		}
		seconds += n * scale
		scale /= 60
	}
	if inside[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func checkDateStyle(value string) (string, error) {
	format, order := "", ""
	for _, word := range strings.Split(value, ",") {
		switch w := strings.ToUpper(strings.TrimSpace(word)); {
		case w == "ISO":
			format = "ISO"
		case w == "SQL":
			format = "SQL"
		case strings.HasPrefix(w, "POSTGRES"):
			format = "Postgres"
		case w == "GERMAN":
			format = "German"
			if order == "" {
				order = "DMY"
			}
		case w == "YMD":
			order = "YMD"
		case w == "DMY" || strings.HasPrefix(w, "EURO"):
			order = "DMY"
		case w == "MDY" || w == "US" || strings.HasPrefix(w, "NONEURO"):
			order = "MDY"
		case w == "DEFAULT" || w == "":
		default:
			return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"DateStyle\": %q", value).
				WithDetail("Unrecognized key word: %q.", strings.ToLower(strings.TrimSpace(word)))
		}
	}
	// Only the part that is named changes; Values.Set merges it with the old one.
	return format + ", " + order, nil
}
