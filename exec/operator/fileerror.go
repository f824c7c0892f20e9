package operator

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// fileError is what a statement gets whose temporary files fail: as Postgres's
// errcode_for_file_access has it, so that a full disk is told from a bug. The path is
// left out; it says nothing to a client.
func fileError(act string, err error) error {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return fmt.Errorf("%s: %w", act, err)
	}
	// The runtime has the C library's words in lower case.
	reason := number.Error()
	e := pgerr.New(fileCode(number), "%s: %s", act, strings.ToUpper(reason[:1])+reason[1:])
	if e.Code == pgerr.DiskFull {
		return e.WithHint("Check free disk space.")
	}
	return e
}

func fileCode(number syscall.Errno) string {
	switch number {
	case syscall.EPERM, syscall.EACCES, syscall.EROFS:
		return pgerr.InsufficientPrivilege
	case syscall.ENOENT:
		return pgerr.UndefinedFile
	case syscall.ENOTDIR, syscall.EISDIR:
		return pgerr.WrongObjectType
	case syscall.ENOSPC, syscall.EDQUOT:
		return pgerr.DiskFull
	case syscall.ENFILE, syscall.EMFILE:
		return pgerr.InsufficientResources
	case syscall.EIO:
		return pgerr.IOError
	default:
		return pgerr.InternalError
	}
}
