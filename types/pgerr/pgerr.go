// Package pgerr is the one error type a user ever sees: a PostgreSQL SQLSTATE with
// message, detail, hint and position, as the wire protocol carries it.
//
// An error is made at the place that knows the user's mistake; on its way up it may be
// wrapped with %w, and the session finds it again with [From].
package pgerr

import (
	"errors"
	"fmt"
)

// Error is one error as PostgreSQL reports it.
type Error struct {
	Code     string // SQLSTATE, five characters
	Message  string
	Detail   string
	Hint     string
	Position int    // 1-based character offset into the statement text; 0 = unknown
	Where    string // context, such as `COPY t, line 3`

	Schema, Table, Column, Constraint string
}

// Error returns the message followed by its SQLSTATE.
func (e *Error) Error() string { return e.Message + " (SQLSTATE " + e.Code + ")" }

// New returns an error with the given SQLSTATE and message.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Unsupported returns the 0A000 refusal of a construct; hint says what to write instead.
func Unsupported(what, hint string) *Error {
	return &Error{Code: FeatureNotSupported, Message: what + " is not supported", Hint: hint}
}

// Internal returns an XX000 error: a bug of ours, never a mistake of the user.
func Internal(format string, args ...any) *Error {
	return &Error{Code: InternalError, Message: "internal error: " + fmt.Sprintf(format, args...)}
}

// From finds the *Error in err's chain; any other error becomes XX000 with err's text.
// From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: InternalError, Message: err.Error()}
}

// Is reports whether err's chain holds an *Error with the given SQLSTATE.
func Is(err error, code string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == code
}

// WithDetail sets the detail line and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithHint sets the hint line and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// At sets the 1-based character position, unless one is set already, and returns e.
func (e *Error) At(pos int) *Error {
	if e.Position == 0 {
		e.Position = pos
	}
	return e
}
