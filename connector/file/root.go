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
	return pgerr.New(code, "%s: %v", doing, err)
}
