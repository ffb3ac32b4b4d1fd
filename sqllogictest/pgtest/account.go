package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
)

// account is the unprivileged user the server's programs run as. A nil account
// stands for the caller itself.
type account struct {
	name     string
	uid, gid int
}

// unprivileged returns the account to run as: nil unless the caller is root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("pgtest: user %s: %w", name, err)
		}
		return &account{name: name, uid: uid, gid: gid}, nil
	}
	return nil, errors.New("pgtest: PostgreSQL cannot run as root, and neither user postgres nor nobody exists")
}

func (a *account) label() string {
	if a == nil {
		return "uid" + strconv.Itoa(os.Geteuid())
	}
	return a.name
}

// own gives one file or directory to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// sysProcAttr makes a child run as the account and end with its parent. The
// signal comes when the starting thread ends: see startTied.
func (a *account) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid), NoSetGroups: true}
	}
	return attr
}

// startTied starts a command from a thread that lives as long as the command,
// so that the parent-death signal tells the death of this process and not that
// of a thread the Go runtime happened to retire. exited is closed at the end.
func startTied(cmd *exec.Cmd, exited chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // a killed server has no exit status worth reporting
		close(exited)
	}()
	return <-started
}
