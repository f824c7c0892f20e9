// Package pgerr holds the errors that a client sees: a SQLSTATE, Postgres's
// wording, and where Postgres gives them a detail, a hint and a position.
//
// It is not a logging or wrapping library. An error is made here, once, where
// its cause is known; callers above wrap it with fmt.Errorf and %w, and the wire
// finds it again with From.
//
// Source: PostgreSQL 15 manual, appendix A (codes) and section 55.8 (fields).
package pgerr

import (
	"context"
	"errors"
	"fmt"
)

// Error is one Postgres error or notice. Its zero fields are not sent.
type Error struct {
	Severity   string // ERROR, FATAL, PANIC, WARNING, NOTICE, DEBUG, INFO, LOG; empty means ERROR
	Code       string // five characters of SQLSTATE
	Message    string
	Detail     string
	Hint       string
	Position   int // 1-based, in characters of the statement text; 0 is none
	Where      string
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
}

// Error gives the message and the SQLSTATE, as logs want them.
func (e *Error) Error() string { return e.Message + " (SQLSTATE " + e.Code + ")" }

// New makes an ERROR with a SQLSTATE and a formatted message.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Notice makes a message that is not an error, such as a WARNING.
func Notice(severity, code, format string, args ...any) *Error {
	return &Error{Severity: severity, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Unsupported says that Postgres has something and this gateway does not yet:
// SQLSTATE 0A000, naming it.
func Unsupported(format string, args ...any) *Error {
	return New(FeatureNotSupported, format, args...)
}

// Internal reports a bug of ours.
func Internal(format string, args ...any) *Error {
	return New(InternalError, format, args...)
}

// WithDetail sets the detail and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// At sets the position, 1-based in characters, unless one is set already.
func (e *Error) At(position int) *Error {
	if e.Position == 0 {
		e.Position = position
	}
	return e
}

// From finds the Error in err's chain. A context's end becomes 57014, anything
// else XX000 with err's text. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return New(QueryCanceled, "canceling statement due to user request")
	}
	return New(InternalError, "%s", err.Error())
}

// Code gives the SQLSTATE that err would be sent with; "" for nil.
func Code(err error) string {
	if e := From(err); e != nil {
		return e.Code
	}
	return ""
}
