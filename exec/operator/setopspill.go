package operator

import (
	"context"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// setOpSpill takes the rows of values that have no place in a full table, cut into
// partitions by their value: each is a set operation of its own, run once the rows of
// the table are done.
type setOpSpill struct {
	op    *setOp
	sc    *scope
	depth int
	right [spillParts]*spillFile
	left  [spillParts]*spillFile
	split partition
	at    int
}

func newSetOpSpill(sc *scope, o *setOp, depth int) *setOpSpill {
	s := &setOpSpill{op: o, sc: sc, depth: depth}
	for i := range s.left {
		s.right[i] = newSpillFile(sc, o.cols, o.stats)
		s.left[i] = newSpillFile(sc, o.cols, o.stats)
	}
	return s
}

func (s *setOpSpill) add(files *[spillParts]*spillFile, cols []*vector.Vector, sel []int32, n int) error {
	return addParts(files, s.split.split(cols, sel, n, s.depth), cols, n)
}

// next starts the next partition that has rows to pass, nil after the last.
func (s *setOpSpill) next(ctx context.Context) (*setOpStream, error) {
	for s.at < spillParts {
		left, right := s.left[s.at], s.right[s.at]
		s.at++
		if left.empty() || right.empty() && s.op.kind == translate.Intersect {
			left.close()
			right.close()
			continue
		}
		return s.open(ctx, left, right)
	}
	return nil, nil
}

func (s *setOpSpill) open(ctx context.Context, left, right *spillFile) (*setOpStream, error) {
	part := newSetOpStream(s.op, s.sc, s.depth+1)
	if err := eachSpilled(ctx, right, part.count); err != nil {
		part.close()
		return nil, err
	}
	right.close()
	reader, err := left.reader()
	if err != nil {
		part.close()
		return nil, err
	}
	part.start(&fileStream{file: left, reader: reader})
	return part, nil
}

func (s *setOpSpill) close() {
	for i := range s.left {
		s.right[i].close()
		s.left[i].close()
	}
}
