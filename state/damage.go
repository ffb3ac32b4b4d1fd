package state

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"streamdb/types/pgerr"
)

// damaged is the refusal of bytes that are not what was written: the message names the
// file or table, never just "corruption".
func damaged(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.DataCorrupted, format, args...)
}

// diskFull is the error of a write for which there was no space.
func diskFull(name string) *pgerr.Error {
	return pgerr.New(pgerr.DiskFull, "could not write to \"%s\": No space left on device", name).
		WithHint("Check free disk space.")
}

// ioError is a failed operation on a file that says nothing about its contents.
func ioError(verb, name string, err error) *pgerr.Error {
	if isDiskFull(err) {
		return diskFull(name)
	}
	return pgerr.New(pgerr.IOError, "could not %s \"%s\": %v", verb, name, err)
}

// storeError classifies what Pebble reports: damage keeps its own words, which name the
// file, and gains the directory.
func storeError(dir string, err error) error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*pgerr.Error](err); ok {
		return known
	}
	if isDiskFull(err) {
		return diskFull(dir)
	}
	if pebble.IsCorruptionError(err) {
		return damaged("the store in \"%s\" is damaged: %s", dir, firstLine(err.Error()))
	}
	return pgerr.New(pgerr.IOError, "the store in \"%s\" has failed: %s", dir, firstLine(err.Error()))
}

// guard turns a panic of the storage library on damaged bytes into a refusal. It covers
// the calling goroutine only.
func guard(dir string, err *error) {
	if r := recover(); r != nil {
		*err = damaged("the store in \"%s\" is damaged: %s", dir, firstLine(fmt.Sprint(r)))
	}
}

func firstLine(s string) string {
	for i := range s {
		if s[i] == '\n' {
			return s[:i]
		}
	}
	return s
}
