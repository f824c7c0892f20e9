package faults_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// spilling needs more memory than it is given.
var spilling = []string{
	"select count(*) from (select t, n from lake.numbers order by t || n, n offset 1) x",
	"select count(*) from (select l.t || p.n, count(*) from lake.numbers l join pg.numbers p using (n) group by 1) x",
	"select count(*) from lake.numbers l join pg.numbers p on l.t || l.n = p.t || p.n",
}

// TestSpillFolderUnwritable fails statements that must spill and can not, and no other.
func TestSpillFolderUnwritable(t *testing.T) {
	s := start(t)
	if err := os.Remove(s.temp); err != nil {
		t.Fatal(err)
	}
	s.cannotSpill("58P01", "No such file or directory")
	if err := os.WriteFile(s.temp, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.cannotSpill("42809", "Not a directory")
	if err := os.Remove(s.temp); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.temp, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 { // root may write anywhere
		s.cannotSpill("42501", "Permission denied")
	}
	if err := os.Chmod(s.temp, 0o700); err != nil {
		t.Fatal(err)
	}
	s.spills()
}

// TestDiskFull fails statements that fill the disk, removes what they wrote, and lets
// the others be.
func TestDiskFull(t *testing.T) {
	s := start(t)
	if err := unix.Mount("faults", s.temp, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(s.temp, unix.MNT_DETACH) })
	s.cannotSpill("53100", "No space left on device")
	if err := unix.Mount("faults", s.temp, "tmpfs", unix.MS_REMOUNT, "size=256m"); err != nil {
		t.Fatal(err)
	}
	s.spills()
	s.close()
	s.clean()
}

// cannotSpill checks how statements fail that can not spill, and what they leave.
func (s *site) cannotSpill(code, reason string) {
	s.t.Helper()
	conn, other := s.connect(), s.connect()
	defer conn.Close(context.Background())
	defer other.Close(context.Background())
	if err := run(context.Background(), conn, "set gateway.memory_limit = '1MB'"); err != nil {
		s.t.Fatal(err)
	}
	for _, query := range spilling {
		ended := make(chan error, 1)
		go func() { ended <- run(context.Background(), conn, query) }()
		if err := count(other, "lite.numbers"); err != nil {
			s.t.Errorf("beside it: %v", err)
		}
		if problem := wantCode(s.t, <-ended, code); !strings.Contains(problem.Message, reason) {
			s.t.Errorf("%s: %s, want %s", query, problem.Message, reason)
		}
		if left, _ := filepath.Glob(s.temp + "/*"); len(left) > 0 {
			s.t.Errorf("%s: %s is left", query, left[0])
		}
	}
	if err := count(conn, "lake.numbers"); err != nil {
		s.t.Errorf("the session after it: %v", err)
	}
}

// spills checks that the same statements end well once they can.
func (s *site) spills() {
	s.t.Helper()
	conn := s.connect()
	defer conn.Close(context.Background())
	for _, query := range append([]string{"set gateway.memory_limit = '1MB'"}, spilling...) {
		if err := run(context.Background(), conn, query); err != nil {
			s.t.Errorf("%s: %v", query, err)
		}
	}
}
