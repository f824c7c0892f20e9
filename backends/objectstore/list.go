package objectstore

import (
	"context"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// extensions are the file names of the formats. Texts may be compressed as well.
var extensions = []extension{
	{".parquet", Parquet},
	{".csv", CSV},
	{".jsonl", JSONLines},
	{".ndjson", JSONLines},
	{".json", JSONLines},
}

type extension struct {
	suffix string
	format Format
}

// formatOf tells a format from a file's name.
func formatOf(key string) (format Format, base string) {
	plain := uncompressed(key)
	for _, e := range extensions {
		if base, ok := strings.CutSuffix(plain, e.suffix); ok && (e.format != Parquet || plain == key) {
			return e.format, base
		}
	}
	return "", key
}

// tablePath is a table's path below the URL.
func tablePath(name backends.TableName) (string, error) {
	p := name.Name
	if name.Schema != "" && name.Schema != "." {
		p = strings.TrimSuffix(name.Schema, "/") + "/" + name.Name
	}
	p = strings.TrimPrefix(p, "./")
	for _, part := range strings.Split(p, "/") {
		if part == ".." {
			return "", pgerr.New(pgerr.InvalidName, "path %q leaves the store", p)
		}
	}
	return strings.TrimPrefix(p, "/"), nil
}

// hidden says whether a key belongs to a tool: _SUCCESS, ._SUCCESS.crc, _delta_log/…
func hidden(key string) bool {
	for _, part := range strings.Split(key, "/") {
		if part == "" || part[0] == '_' || part[0] == '.' {
			return true
		}
	}
	return false
}

// list gives the objects whose keys begin with prefix, in key order.
func (s *store) list(ctx context.Context, prefix string) ([]object, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	var found []object
	for it := bucket.List(&blob.ListOptions{Prefix: prefix}); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, s.listError(prefix, err)
		}
		if strings.HasPrefix(o.Key, prefix+deltaLog) || strings.Contains(o.Key, "/"+deltaLog) && prefix != "" {
			return nil, pgerr.Unsupported("%q is a Delta table, not a folder of files", strings.TrimSuffix(prefix, "/")).
				WithHint("Use a server of kind delta.")
		}
		if !o.IsDir && !hidden(o.Key) {
			found = append(found, object{Key: o.Key, Size: o.Size, ModTime: o.ModTime})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Key < found[j].Key })
	return found, nil
}

const deltaLog = "_delta_log/"

// files finds the files of a table and their format; options are the table's.
func (s *store) files(ctx context.Context, p string, options *FormatOptions) ([]object, Format, error) {
	all, err := s.match(ctx, p)
	if err != nil {
		return nil, "", err
	}
	format := options.Format
	var kept []object
	for _, o := range all {
		f, _ := formatOf(o.Key)
		switch {
		case format == "" && f != "":
			format = f
		case format == "" || f != "" && options.Format != "" && f != format && len(all) > 1:
			continue
		case f != "" && f != format && options.Format == "":
			return nil, "", pgerr.New(pgerr.FdwError, "table %q has files of several formats: %q is %s, %q is %s", p, kept[0].Key, format, o.Key, f).
				WithHint("Set the table's format, or name it by a glob.")
		}
		kept = append(kept, o)
	}
	if len(kept) == 0 {
		return nil, "", pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", p).
			WithDetail("No file, folder or glob of that name in %s holds files of a known format.", s.Address())
	}
	return kept, format, nil
}

// match finds what a path names: a glob, a folder, a file, a file without its extension.
func (s *store) match(ctx context.Context, p string) ([]object, error) {
	if at := strings.IndexAny(p, "*?[{"); at >= 0 {
		return s.glob(ctx, p, p[:strings.LastIndexByte(p[:at], '/')+1])
	}
	if p == "" || strings.HasSuffix(p, "/") {
		return s.list(ctx, p)
	}
	// One listing serves the rest, but siblings with the same beginning may have a
	// Delta log, so the folder is listed by itself.
	under, err := s.list(ctx, p+"/")
	if err != nil || len(under) > 0 {
		return under, err
	}
	return s.file(ctx, p)
}

// file finds an object by its key, or by its key without the extension.
func (s *store) file(ctx context.Context, p string) ([]object, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	a, err := bucket.Attributes(ctx, p)
	if err == nil {
		return []object{{Key: p, Size: a.Size, ModTime: a.ModTime}}, nil
	}
	if gcerrors.Code(err) != gcerrors.NotFound {
		return nil, s.readError(p, err)
	}
	// One listing instead of a question for every ending.
	beside, err := s.list(ctx, p+".")
	if err != nil {
		return nil, err
	}
	best, place := -1, len(extensions)
	for i := range beside {
		rest := uncompressed(beside[i].Key[len(p):])
		at := slices.IndexFunc(extensions, func(e extension) bool { return e.suffix == rest })
		if at >= 0 && at < place {
			best, place = i, at
		}
	}
	if best < 0 {
		return nil, nil
	}
	return beside[best : best+1], nil
}

// listError names the folder that could not be listed.
func (s *store) listError(prefix string, err error) error { return s.Error("listing", prefix, err) }

// glob lists below a prefix and keeps what matches: * and ? within a folder,
// ** across folders, [abc] and {a,b}.
func (s *store) glob(ctx context.Context, pattern, prefix string) ([]object, error) {
	expression, err := globExpression(pattern)
	if err != nil {
		return nil, err
	}
	all, err := s.list(ctx, prefix)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, o := range all {
		if expression.MatchString(o.Key) {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

func globExpression(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("^(?s:")
	braces := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case strings.HasPrefix(pattern[i:], "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(".*")
			i++
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '[' && strings.IndexByte(pattern[i+1:], ']') > 0:
			end := i + 1 + strings.IndexByte(pattern[i+1:], ']')
			class := strings.ReplaceAll(pattern[i+1:end], `\`, `\\`)
			b.WriteString("[" + strings.Replace(class, "!", "^", 1) + "]")
			i = end
		case c == '{':
			b.WriteString("(?:")
			braces++
		case c == '}' && braces > 0:
			b.WriteByte(')')
			braces--
		case c == ',' && braces > 0:
			b.WriteByte('|')
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	b.WriteString(")$")
	e, err := regexp.Compile(b.String())
	if err != nil {
		return nil, pgerr.New(pgerr.InvalidName, "path %q is not a glob", pattern)
	}
	return e, nil
}

// tables lists what is in a folder: each folder below it that holds files of a
// known format, and each such file.
func (s *store) tables(ctx context.Context, folder string) ([]string, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	seen := map[string]bool{}
	add := func(name, otherwise string) {
		if seen[name] {
			name = otherwise
		}
		seen[name] = true
		names = append(names, name)
	}
	for it := bucket.List(&blob.ListOptions{Prefix: folder, Delimiter: "/"}); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, s.listError(folder, err)
		}
		name := strings.TrimPrefix(strings.TrimSuffix(o.Key, "/"), folder)
		if hidden(name) {
			continue
		}
		if o.IsDir {
			if holds, err := s.holdsFiles(ctx, o.Key); err != nil {
				return nil, err
			} else if holds {
				add(name, name+"/")
			}
		} else if format, base := formatOf(name); format != "" {
			add(base, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// holdsFiles says whether a folder is a table: it directly holds a file of a known
// format, or its folders are of the form day=….
func (s *store) holdsFiles(ctx context.Context, folder string) (bool, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return false, err
	}
	found := false
	for it := bucket.List(&blob.ListOptions{Prefix: folder, Delimiter: "/"}); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return false, s.listError(folder, err)
		}
		name := path.Base(o.Key)
		switch format, _ := formatOf(name); {
		case o.Key == folder+deltaLog:
			return false, nil
		case o.IsDir && strings.Contains(name, "="), !o.IsDir && format != "" && !hidden(name):
			found = true
		}
	}
}

// folders lists the folders that hold tables of their own.
func (s *store) folders(ctx context.Context) ([]string, error) {
	bucket, err := s.Bucket(ctx)
	if err != nil {
		return nil, err
	}
	found := []string{"."}
	for it := bucket.List(&blob.ListOptions{Delimiter: "/"}); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, s.listError("", err)
		}
		if o.IsDir && !hidden(strings.TrimSuffix(o.Key, "/")) {
			found = append(found, strings.TrimSuffix(o.Key, "/"))
		}
	}
}

// openText opens a text file from its beginning, decompressed. The count is of the
// stored bytes.
func (s *store) openText(ctx context.Context, o *object) (io.ReadCloser, *countingReader, error) {
	src, err := s.openObject(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	body, ok := src.(io.ReadCloser)
	if !ok {
		if body, err = s.NewReader(ctx, o.Key, o.Size); err != nil {
			return nil, nil, err
		}
	}
	count := &countingReader{Reader: body, store: s, key: o.Key}
	plain, err := decompress(o.Key, count)
	if err != nil {
		_ = body.Close()
		return nil, nil, err
	}
	return readCloser{plain, body}, count, nil
}

// readCloser is a text, and below it what is stored.
type readCloser struct {
	io.ReadCloser
	stored io.Closer
}

// Close implements io.Closer.
func (r readCloser) Close() error { return errors.Join(r.ReadCloser.Close(), r.stored.Close()) }

// countingReader counts bytes and names the file in errors.
type countingReader struct {
	io.Reader
	store *store
	key   string
	bytes int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.store.readError(c.key, err)
	}
	return n, err
}
