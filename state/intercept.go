package state

import (
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// Intercept returns fs with before called at the begin of every operation that changes
// something, for tests: what it returns, if not nil, is the operation's outcome. op is the
// operation's name, such as "create", "write", "fsync" or "rename".
func Intercept(fs FS, before func(op, path string) error) FS {
	return errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		name, ok := changes[op.Kind]
		if !ok {
			return nil
		}
		return before(name, op.Path)
	}))
}

// changes names the operations that change something.
var changes = map[errorfs.OpKind]string{
	errorfs.OpCreate: "create", errorfs.OpLink: "link", errorfs.OpRemove: "remove",
	errorfs.OpRemoveAll: "remove", errorfs.OpRename: "rename", errorfs.OpReuseForWrite: "rename",
	errorfs.OpMkdirAll: "mkdir", errorfs.OpFileWrite: "write", errorfs.OpFileWriteAt: "write",
	errorfs.OpFileSync: "fsync", errorfs.OpFileSyncData: "fsync", errorfs.OpFileSyncTo: "fsync",
}
