package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"streamdb/connector"
	"streamdb/types/pgerr"
)

// openRoot opens the server's file root.
func openRoot(env connector.Env) (*os.Root, error) {
	if env.FileRoot == "" {
		return nil, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "files are not enabled on this server").
			WithHint("Start it with --file-root DIR; files below DIR can then be read and written.")
	}
	root, err := os.OpenRoot(env.FileRoot)
	if err != nil {
		return nil, fileError("could not open the file root", err)
	}
	return root, nil
}

// local is the path as seen from the root.
func local(env connector.Env, path string) (string, error) {
	if filepath.IsAbs(path) {
		rel, err := filepath.Rel(env.FileRoot, path)
		if err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel), nil
		}
	} else if filepath.IsLocal(path) {
		return filepath.ToSlash(filepath.Clean(path)), nil
	}
	return "", pgerr.New(pgerr.InsufficientPrivilege, "path \"%s\" is not below the file root", path).
		WithHint("Give it relative to the directory of --file-root.")
}

// openNow opens a file below the root for reading, and waits for nobody: a named pipe
// without a writer would block the open for ever, and whoever holds a lock across it.
func openNow(root *os.Root, name string) (*os.File, error) {
	return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// glob lists what matches a pattern below the root, as fs.Glob does.
func glob(root *os.Root, pattern string) ([]string, error) {
	return fs.Glob(listing{root}, pattern)
}

// listing is the root as fs.Glob sees it: it tries to open whatever may be a directory.
type listing struct{ root *os.Root }

func (l listing) Open(name string) (fs.File, error)     { return openNow(l.root, name) }
func (l listing) Stat(name string) (fs.FileInfo, error) { return l.root.Stat(name) }

// fileError makes err, from the file system, an error for the user.
func fileError(doing string, err error) error {
	code := pgerr.IOError
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		code = pgerr.DiskFull
	case errors.Is(err, fs.ErrNotExist):
		code = pgerr.UndefinedFile
	case errors.Is(err, fs.ErrPermission):
		code = pgerr.InsufficientPrivilege
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok { // doing names the file
		err = p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		err = l.Err
	}
	return pgerr.New(code, "%s: %v", doing, err)
}
