package wire

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types/pgerr"
)

// ErrConnectionLost is in the chain of the cause with which a running statement's context
// is cancelled when its client goes away; errors.Is finds it.
var ErrConnectionLost = errors.New("wire: connection to client lost")

// The ends of a connection that are nobody's error and are reported to nobody.
var (
	errQuit     = errors.New("wire: client is done")
	errReported = errors.New("wire: error was reported")
)

// fatalError marks an error that ends the connection.
type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// Fatal marks err: it is reported with severity FATAL, and the connection ends.
func Fatal(err error) error { return &fatalError{err} }

func isFatal(err error) bool {
	_, ok := errors.AsType[*fatalError](err)
	return ok
}

func fatalf(code, format string, args ...any) error {
	return Fatal(pgerr.New(code, format, args...))
}

func violation(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.ProtocolViolation, format, args...)
}

// Fresh copies: an error that is handed out may get a position or context added.
func errCanceled() error {
	return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
}

func errLost() error {
	return Fatal(errors.Join(ErrConnectionLost, pgerr.New("08006", "connection to client lost")))
}

func errShutdown() error {
	return fatalf(pgerr.AdminShutdown, "terminating connection due to administrator command")
}

// cause makes err the error to report for a call that ran under ctx: a bare context error
// says only that the call was cancelled, the context knows why.
func cause(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*pgerr.Error](err); ok || ctx.Err() == nil {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

// appendError appends an ErrorResponse for err.
func appendError(dst []byte, severity string, err error) []byte {
	r := responseFields(severity, pgerr.From(err))
	dst, _ = r.Encode(dst) // fails only past 1 GiB, and the texts are bounded
	return dst
}

// appendNotice appends a NoticeResponse for n.
func appendNotice(dst []byte, n Notice) []byte {
	r := pgproto3.NoticeResponse(*responseFields(n.Severity, n.Body))
	dst, _ = r.Encode(dst)
	return dst
}

func responseFields(severity string, e *pgerr.Error) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{
		Severity:            severity,
		SeverityUnlocalized: severity,
		Code:                cText(e.Code),
		Message:             cText(e.Message),
		Detail:              cText(e.Detail),
		Hint:                cText(e.Hint),
		Position:            int32(e.Position),
		Where:               cText(e.Where),
		SchemaName:          cText(e.Schema),
		TableName:           cText(e.Table),
		ColumnName:          cText(e.Column),
		ConstraintName:      cText(e.Constraint),
	}
}

// maxErrorText bounds each text of an error, which may quote what the client sent.
const maxErrorText = 1 << 20

// cText makes s fit a protocol string: no NUL, valid UTF-8, not too long.
func cText(s string) string {
	if len(s) > maxErrorText {
		s = s[:maxErrorText]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "")
}
