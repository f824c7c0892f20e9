package operator

import (
	"bufio"
	"io"
	"sort"
	"sync"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// storeTail is how many bytes of rows a rowStore holds even if the budget is full: a
// file is not worth less.
const storeTail = 64 << 10

// rowStore keeps rows in the order in which they came, in memory while they fit and
// from then on in a file. It is written by one goroutine at a time; any number of
// readers may read what is there, more than once, while more is added.
type rowStore struct {
	sc      *scope
	columns []translate.Column
	stats   *Stats
	account *account

	mu      sync.Mutex
	tail    *rows // those that are not in the file
	counted int64
	file    *spillFile
	blocks  []storeBlock // of the file
	stored  int          // rows of the file
	flushed int64        // bytes of the file that can be read
}

// storeBlock is where a block of the file begins.
type storeBlock struct {
	row    int
	offset int64
}

func newRowStore(sc *scope, columns []translate.Column, stats *Stats, account *account) *rowStore {
	return &rowStore{sc: sc, columns: columns, stats: stats, account: account, tail: newRows(columns)}
}

// len is the number of rows.
func (s *rowStore) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored + s.tail.n
}

// add keeps the rows of cols that exist.
func (s *rowStore) add(cols []*vector.Vector, sel []int32, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail.append(cols, sel, n)
	size := s.tail.size()
	if s.file != nil {
		if s.tail.n < vector.Size && size < storeTail {
			return nil
		}
		return s.write()
	}
	if !s.tail.full() && s.account.grow(size-s.counted) {
		s.counted = size
		return nil
	}
	if !s.tail.full() && size < storeTail {
		return nil
	}
	return s.write()
}

// fill gives an empty store rows that did not fit: they go to the file.
func (s *rowStore) fill(r *rows) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tail = r
	return s.write()
}

// write moves the tail to the file. Readers may still hold the tail that was.
func (s *rowStore) write() error {
	if s.file == nil {
		s.file = newSpillFile(s.sc, s.columns, s.stats)
	}
	reader := rowsReader{rows: s.tail}
	for b := reader.next(nil, s.tail.n); b != nil; b = reader.next(nil, s.tail.n) {
		s.blocks = append(s.blocks, storeBlock{s.stored, s.file.bytes})
		if err := s.file.add(b.Cols, nil, b.Rows); err != nil {
			return err
		}
		if err := s.file.flush(); err != nil {
			return err
		}
		s.stored += b.Rows
	}
	s.tail = newRows(s.columns)
	s.account.grow(-s.counted)
	s.counted = 0
	return nil
}

// close frees the rows. Readers give no more.
func (s *rowStore) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		s.file.close()
		s.file = nil
	}
	s.blocks, s.stored, s.tail = nil, 0, newRows(s.columns)
	s.account.grow(-s.counted)
	s.counted = 0
}

// storeReader reads a rowStore from its start. Its batch is valid until its next.
type storeReader struct {
	store *rowStore
	at    int // the next row
	tail  rowsReader
	block *spillReader
	batch vector.Batch
	sel   []int32
}

// next gives the next rows that are there, nil if there are none yet.
func (r *storeReader) next() (*vector.Batch, error) {
	s := r.store
	s.mu.Lock()
	if r.at >= s.stored {
		defer s.mu.Unlock()
		return r.fromTail(), nil
	}
	start, section, err := s.section(r.at)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return r.fromFile(start, section)
}

// fromTail reads what is in memory. The tail may be another than at the last call.
func (r *storeReader) fromTail() *vector.Batch {
	s := r.store
	r.tail.rows, r.tail.at = s.tail, r.at-s.stored
	b := r.tail.next(nil, s.tail.n)
	if b != nil {
		r.at += b.Rows
	}
	return b
}

// section is the block of the file that holds a row, and the first row of it.
func (s *rowStore) section(row int) (int, *io.SectionReader, error) {
	i := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i].row > row }) - 1
	end := s.file.bytes
	if i+1 < len(s.blocks) {
		end = s.blocks[i+1].offset
	}
	if end > s.flushed {
		if err := s.file.out.Flush(); err != nil {
			return 0, nil, fileError("could not write to temporary file", err)
		}
		s.flushed = s.file.bytes
	}
	b := s.blocks[i]
	return b.row, io.NewSectionReader(s.file.file, b.offset, end-b.offset), nil
}

// fromFile reads a block, without the rows that were given when they were in memory.
func (r *storeReader) fromFile(start int, section *io.SectionReader) (*vector.Batch, error) {
	if r.block == nil {
		columns := r.store.columns
		r.block = &spillReader{cols: newVectors(len(columns)), columns: columns, in: bufio.NewReaderSize(section, storeTail)}
	} else {
		r.block.in.Reset(section)
	}
	b, err := r.block.next()
	if b == nil || err != nil {
		return nil, err
	}
	r.batch = vector.Batch{Rows: b.Rows, Cols: append(r.batch.Cols[:0], b.Cols...)}
	if skip := r.at - start; skip > 0 {
		r.sel = r.sel[:0]
		for i := skip; i < b.Rows; i++ {
			r.sel = append(r.sel, int32(i))
		}
		r.batch.Sel = r.sel
	}
	r.at = start + b.Rows
	return &r.batch, nil
}
