package delta

import (
	"context"
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// asOf is which version of a table is wanted: a version, a time, or neither for the
// newest.
type asOf struct {
	version *int64
	moment  *time.Time
}

func (a asOf) newest() bool { return a.version == nil && a.moment == nil }

// parseMoment reads a time in Postgres's words; without a zone it is UTC.
func parseMoment(text string) (time.Time, error) {
	v, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDTimestamptz), text, pgtypes.DefaultStyle())
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMicro(v.(int64)).UTC(), nil
}

// parseAsOf reads the setting gateway.delta_as_of: a version or a time.
func parseAsOf(text string) (asOf, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return asOf{}, nil
	}
	if n, ok := wholeNumber(text); ok {
		return asOf{version: &n}, nil
	}
	moment, err := parseMoment(text)
	if err != nil {
		return asOf{}, err
	}
	return asOf{moment: &moment}, nil
}

// suffix is Delta's own way to name a version in a path: orders@v12, and
// orders@20240131235959000 for a time in UTC.
var suffix = regexp.MustCompile(`^(.+)@(?:v(\d{1,18})|(\d{17}))$`)

func cutSuffix(p string) (string, asOf, error) {
	m := suffix.FindStringSubmatch(p)
	if m == nil {
		return p, asOf{}, nil
	}
	if m[2] != "" {
		n, _ := wholeNumber(m[2])
		return m[1], asOf{version: &n}, nil
	}
	moment, err := time.Parse("20060102150405.000", m[3][:14]+"."+m[3][14:])
	if err != nil {
		return p, asOf{}, pgerr.New(pgerr.InvalidDatetimeFormat, "%q names no time: it is yyyyMMddHHmmssSSS", m[3])
	}
	return m[1], asOf{moment: &moment}, nil
}

// place is where a table is, and which version of it is wanted.
type place struct {
	name   backends.TableName
	path   string // below the root, without slashes at its ends; "" is the root itself
	folder string // path with a final slash, "" for the root
	asOf   asOf
	// fixed says that the name or the configuration wants an old version, not the session.
	fixed bool
}

// placeOf finds the folder of a table's name. What the name says about the version
// holds, then the table's options, then the session's setting.
func (b *Backend) placeOf(ctx context.Context, name backends.TableName) (*place, error) {
	p := name.Name
	if name.Schema != "" && name.Schema != "." {
		p = strings.TrimSuffix(name.Schema, "/") + "/" + name.Name
	}
	p, when, err := cutSuffix(p)
	if err != nil {
		return nil, err
	}
	clean := strings.TrimPrefix(path.Clean("/"+p), "/")
	for _, part := range strings.Split(p, "/") {
		if part == ".." {
			return nil, pgerr.New(pgerr.InvalidName, "path %q leaves the store", p)
		}
	}
	if clean != "" && clean == b.rootName() {
		if is, err := b.isTable(ctx, ""); err != nil {
			return nil, err
		} else if is {
			clean = "" // the root is a table itself
		}
	}
	at := &place{name: name, path: clean, asOf: when}
	if clean != "" {
		at.folder = clean + "/"
	}
	if at.asOf.newest() {
		if at.asOf, err = b.asOfOption(clean); err != nil {
			return nil, err
		}
	}
	if at.fixed = !at.asOf.newest(); !at.fixed {
		at.asOf, err = parseAsOf(backends.AsOf(ctx))
	}
	return at, err
}

func (b *Backend) asOfOption(p string) (asOf, error) {
	t := b.optionsFor(p)
	switch {
	case t == nil:
		return asOf{}, nil
	case t.VersionAsOf != nil:
		return asOf{version: t.VersionAsOf}, nil
	case t.TimestampAsOf != "":
		moment, err := parseMoment(t.TimestampAsOf)
		return asOf{moment: &moment}, err
	}
	return asOf{}, nil
}

// optionsFor gives the options of a table, nil for none.
func (b *Backend) optionsFor(p string) *TableOptions {
	for i := range b.config.Tables {
		if t := &b.config.Tables[i]; strings.TrimPrefix(path.Clean("/"+t.Path), "/") == p {
			return t
		}
	}
	return nil
}

// commitInfo is what a commit says of itself. All of it is free-form.
type commitInfo struct {
	InCommit      *int64          `json:"inCommitTimestamp"`
	Operation     string          `json:"operation"`
	Parameters    json.RawMessage `json:"operationParameters"`
	Metrics       json.RawMessage `json:"operationMetrics"`
	UserName      json.RawMessage `json:"userName"`
	EngineInfo    json.RawMessage `json:"engineInfo"`
	IsBlindAppend *bool           `json:"isBlindAppend"`
	ReadVersion   *int64          `json:"readVersion"`
}

func millis(n int64) time.Time { return time.UnixMilli(n).UTC() }

// committedAt is a commit's time: the one in it, where the table keeps such, or its
// file's. Commits do not change, so what is learnt is kept.
func (b *Backend) committedAt(ctx context.Context, o object) (time.Time, error) {
	info, err := b.commitInfo(ctx, o)
	if err != nil {
		return time.Time{}, err
	}
	if info != nil && info.InCommit != nil {
		return millis(*info.InCommit), nil
	}
	return o.ModTime.UTC(), nil
}

// commitInfo reads a commit's own account, nil if it has none.
func (b *Backend) commitInfo(ctx context.Context, o object) (*commitInfo, error) {
	key := "info|" + o.Key + "|" + o.ModTime.String()
	if known, ok := b.known.GetIfPresent(key); ok {
		return known.(*commitInfo), nil
	}
	data, _, found, err := b.store.get(ctx, o.Key)
	if err != nil || !found {
		return nil, err
	}
	actions, err := parseActions(o.Key, data)
	if err != nil {
		return nil, err
	}
	var info *commitInfo
	for i := range actions {
		if len(actions[i].CommitInfo) > 0 {
			info = new(commitInfo)
			_ = json.Unmarshal(actions[i].CommitInfo, info) // free-form: what can not be read is not shown
		}
	}
	b.known.Set(key, info)
	return info, nil
}
