package pgtest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// debianBin is where Debian's postgresql-15 package keeps the programs.
const debianBin = "/usr/lib/postgresql/15/bin"

func findBinaries() (string, error) {
	for _, dir := range append([]string{debianBin}, filepath.SplitList(os.Getenv("PATH"))...) {
		if !executable(filepath.Join(dir, "postgres")) || !executable(filepath.Join(dir, "initdb")) {
			continue
		}
		if version, err := serverVersion(dir); err == nil && strings.HasPrefix(version, "15.") {
			return dir, nil
		}
	}
	return "", errors.New("pgtest: no PostgreSQL 15 found in " + debianBin + " or PATH; install postgresql-15")
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// serverVersion is the number in "postgres (PostgreSQL) 15.8 (Debian ...)".
func serverVersion(bin string) (string, error) {
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(string(out), "(PostgreSQL) ")
	if !found {
		return "", fmt.Errorf("unexpected version line %q", out)
	}
	return strings.Fields(rest)[0], nil
}

// templateDir returns a data directory made by initdb, making it if needed.
// Several processes may race: each fills a private directory and renames it
// into place, and the first one wins.
func templateDir(bin string, who *account) (string, error) {
	version, err := serverVersion(bin)
	if err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	name := fmt.Sprintf("pgtest-template-%s-%s", version, who.label())
	path := filepath.Join(os.TempDir(), name)
	if _, err := os.Stat(filepath.Join(path, "PG_VERSION")); err == nil {
		return path, nil
	}
	work, err := os.MkdirTemp("", name+"-")
	if err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	defer os.RemoveAll(work)
	if err := who.own(work); err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	data := filepath.Join(work, "data")
	cmd := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", SuperUser,
		"-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--no-instructions")
	cmd.Dir = work
	cmd.SysProcAttr = who.sysProcAttr()
	cmd.SysProcAttr.Pdeathsig = 0
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pgtest: initdb as %s: %w\n%s", who.label(), err, out)
	}
	if err := os.Rename(data, path); err != nil {
		if _, statErr := os.Stat(filepath.Join(path, "PG_VERSION")); statErr != nil {
			return "", fmt.Errorf("pgtest: %w", err)
		}
	}
	return path, nil
}

func copyTree(from, to string, who *account) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if entry.IsDir() {
			err = os.Mkdir(target, 0o700)
		} else {
			err = copyFile(path, target)
		}
		if err != nil {
			return err
		}
		return who.own(target)
	})
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}
