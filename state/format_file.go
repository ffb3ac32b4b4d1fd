package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/zeebo/xxh3"

	"streamdb/types/pgerr"
)

// The names inside a data directory.
const (
	formatFile = "FORMAT"
	lockFile   = "LOCK"
	kvDir      = "kv"
	logDir     = "log"
	foldDir    = "fold"
	spillDir   = "spill"
)

// formatVersion is the version of everything in a data directory.
const formatVersion = 1

func formatLine(version int) string {
	body := fmt.Sprintf("streamdb data directory, format %d", version)
	return fmt.Sprintf("%s, check %016x\n", body, xxh3.HashString(body))
}

// readFormat checks the FORMAT file; found is false if there is none.
func readFormat(fs FS, dir string) (found bool, err error) {
	name := fs.PathJoin(dir, formatFile)
	if _, err := fs.Stat(name); isNotExist(err) {
		return false, nil
	}
	text, err := readFile(fs, name)
	if err != nil {
		return true, err
	}
	if string(text) == formatLine(formatVersion) {
		return true, nil
	}
	var version int
	if _, err := fmt.Sscanf(string(text), "streamdb data directory, format %d,", &version); err == nil &&
		string(text) == formatLine(version) {
		return true, pgerr.New(pgerr.ConfigFileError,
			"data directory %q has format %d, but this server knows format %d", dir, version, formatVersion).
			WithHint("Use the release that wrote it.")
	}
	return true, damaged("file \"%s\" is damaged: it is not a format line of a data directory", name)
}

func readFile(fs FS, name string) ([]byte, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, ioError("open", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, ioError("read", name, err)
	}
	return b, nil
}

// lockDir takes the data directory for this process.
func lockDir(fs FS, dir string) (io.Closer, error) {
	name := fs.PathJoin(dir, lockFile)
	lock, err := fs.Lock(name)
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil, ioError("open", name, err)
	}
	if err != nil {
		return nil, pgerr.New(pgerr.ObjectInUse, "data directory \"%s\" is in use by another process", dir).
			WithDetail("%v", err)
	}
	return lock, nil
}
