package delta

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

const logFolder = "_delta_log/"

// logFiles are the files of a log, by what they hold. The checksum files and
// whatever else lies there are left out.
type logFiles struct {
	commits     map[int64]object
	compacted   []compactedFile
	checkpoints []checkpoint // newest first, whole ones only
}

// compactedFile holds the actions of several commits, reconciled.
type compactedFile struct {
	from, to int64
	object   object
}

// checkpoint holds the state at a version, in one file or in parts.
type checkpoint struct {
	version int64
	parts   []object
}

var (
	commitName     = regexp.MustCompile(`^(\d{20})\.json$`)
	compactedName  = regexp.MustCompile(`^(\d{20})\.(\d{20})\.compacted\.json$`)
	checkpointName = regexp.MustCompile(`^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10})|\.[0-9a-fA-F-]{36})?\.(parquet|json)$`)
)

func commitKey(folder string, version int64) string {
	return fmt.Sprintf("%s%s%020d.json", folder, logFolder, version)
}

// listLog lists a table's log. A folder without one is no table.
func (s *store) listLog(ctx context.Context, folder string) (*logFiles, error) {
	objects, err := s.list(ctx, folder+logFolder)
	if err != nil {
		return nil, err
	}
	return sortLog(objects), nil
}

// sortLog tells files of a log apart by their names.
func sortLog(objects []object) *logFiles {
	files := &logFiles{commits: map[int64]object{}}
	parts := map[[2]int64][]object{} // of checkpoints in parts, by version and number of parts
	for _, o := range objects {
		name := path.Base(o.Key)
		if path.Base(path.Dir(o.Key))+"/" != logFolder {
			continue // _sidecars/ and the like
		}
		if m := commitName.FindStringSubmatch(name); m != nil {
			files.commits[versionOf(m[1])] = o
		} else if m := compactedName.FindStringSubmatch(name); m != nil {
			if from, to := versionOf(m[1]), versionOf(m[2]); from < to {
				files.compacted = append(files.compacted, compactedFile{from, to, o})
			}
		} else if m := checkpointName.FindStringSubmatch(name); m != nil {
			if m[2] == "" {
				files.checkpoints = append(files.checkpoints, checkpoint{versionOf(m[1]), []object{o}})
				continue
			}
			id := [2]int64{versionOf(m[1]), versionOf(m[3])}
			parts[id] = append(parts[id], o)
		}
	}
	for id, found := range parts {
		if int64(len(found)) == id[1] {
			files.checkpoints = append(files.checkpoints, checkpoint{id[0], found})
		}
	}
	sort.SliceStable(files.checkpoints, func(i, j int) bool { return files.checkpoints[i].version > files.checkpoints[j].version })
	sort.Slice(files.compacted, func(i, j int) bool {
		a, b := files.compacted[i], files.compacted[j]
		return a.from < b.from || a.from == b.from && a.to > b.to
	})
	return files
}

// versionOf reads digits that a pattern matched. More than fit are beyond any version.
func versionOf(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 1<<62 - 1
	}
	return n
}

// newest is the last version that there is, -1 for none.
func (l *logFiles) newest() int64 {
	newest := int64(-1)
	for v := range l.commits {
		newest = max(newest, v)
	}
	if len(l.checkpoints) > 0 {
		newest = max(newest, l.checkpoints[0].version)
	}
	return newest
}

// segment is what has to be read for one version: a checkpoint, if any, and what
// came after it, in order.
type segment struct {
	version    int64
	checkpoint *checkpoint
	commits    []object // commits and compacted files
	last       object   // the commit of version, if it is still there
}

// segment chooses the files for a version, the newest for -1. _last_checkpoint is not
// asked: the listing shows every checkpoint, and the file may be behind or damaged.
func (l *logFiles) segment(version int64) (*segment, error) {
	newest := l.newest()
	if version < 0 {
		version = newest
	}
	if version > newest {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "the Delta table has no version %d", version).
			WithDetail("The newest version is %d.", newest)
	}
	s := &segment{version: version, last: l.commits[version]}
	next := int64(0)
	for i := range l.checkpoints {
		if l.checkpoints[i].version <= version {
			s.checkpoint = &l.checkpoints[i]
			next = s.checkpoint.version + 1
			break
		}
	}
	for next <= version {
		if c := l.compactedAt(next, version); c != nil {
			s.commits = append(s.commits, c.object)
			next = c.to + 1
			continue
		}
		o, ok := l.commits[next]
		if !ok {
			return nil, l.missing(next, version)
		}
		s.commits = append(s.commits, o)
		next++
	}
	return s, nil
}

// compactedAt is the widest compacted file that begins at a version and ends by another.
func (l *logFiles) compactedAt(from, to int64) *compactedFile {
	i := slices.IndexFunc(l.compacted, func(c compactedFile) bool { return c.from == from && c.to <= to })
	if i < 0 {
		return nil
	}
	return &l.compacted[i]
}

func (l *logFiles) missing(next, version int64) error {
	oldest := version
	for v := range l.commits {
		oldest = min(oldest, v)
	}
	if next == 0 && oldest > 0 {
		return pgerr.New(pgerr.InvalidParameterValue, "version %d of the Delta table can not be read any more", version).
			WithDetail("The log begins at version %d, and no checkpoint is as old as version %d.", oldest, version)
	}
	return pgerr.New(pgerr.FdwError, "the log of the Delta table has a gap: commit %d is missing", next)
}

// versionAt is the newest version that was committed by a time. Times of commits are
// those of their files, made to rise, or those in the commits where the table keeps them.
func (b *Backend) versionAt(ctx context.Context, files *logFiles, moment time.Time) (int64, error) {
	versions := make([]int64, 0, len(files.commits))
	for v := range files.commits {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	found, last := int64(-1), time.Time{}
	for _, v := range versions {
		at, err := b.committedAt(ctx, files.commits[v])
		if err != nil {
			return 0, err
		}
		if !at.After(last) {
			at = last.Add(time.Millisecond)
		}
		last = at
		if at.After(moment) {
			break
		}
		found = v
	}
	if found < 0 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "the Delta table has no version as of %s", moment.UTC().Format(time.RFC3339Nano)).
			WithDetail("The oldest commit that is kept is newer.")
	}
	return found, nil
}
