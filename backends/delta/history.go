package delta

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/sqlgateway/gateway/backends"
)

var _ backends.Historian = (*Backend)(nil)

// History implements backends.Historian: the commits whose files are still there.
func (b *Backend) History(ctx context.Context, name backends.TableName) ([]backends.TableVersion, error) {
	at, err := b.placeOf(ctx, name)
	if err != nil {
		return nil, err
	}
	files, err := b.store.listLog(ctx, at.folder)
	if err != nil {
		return nil, err
	}
	if files.newest() < 0 {
		return nil, b.noTable(at)
	}
	versions := make([]int64, 0, len(files.commits))
	for v := range files.commits {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	slices.Reverse(versions)
	out := make([]backends.TableVersion, 0, len(versions))
	for _, v := range versions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		info, err := b.commitInfo(ctx, files.commits[v])
		if err != nil {
			return nil, err
		}
		out = append(out, versionOfCommit(v, files.commits[v], info))
	}
	return out, nil
}

func versionOfCommit(version int64, o object, info *commitInfo) backends.TableVersion {
	out := backends.TableVersion{Version: version, Committed: o.ModTime.UTC()}
	if info == nil {
		return out
	}
	if info.InCommit != nil {
		out.Committed = millis(*info.InCommit)
	}
	out.Operation, out.ReadVersion, out.BlindAppend = info.Operation, info.ReadVersion, info.IsBlindAppend
	out.Parameters, out.Metrics = string(info.Parameters), string(info.Metrics)
	out.User, out.Engine = value(info.UserName), value(info.EngineInfo)
	return out
}

func value(text json.RawMessage) string {
	var s string
	_ = json.Unmarshal(text, &s) // not a text: none
	return s
}
