package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMachineMemory(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what string, want int64) {
		t.Helper()
		if got := machineMemory(root); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	expect("nothing to read", 0)
	write("proc/meminfo", "MemFree:  1 kB\nMemTotal:       1000 kB\n")
	expect("the machine", 1000<<10)
	write("sys/fs/cgroup/memory.max", "max\n")
	expect("an unlimited group", 1000<<10)
	write("sys/fs/cgroup/memory.max", "4096\n")
	expect("a group with less", 4096)
	write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
	expect("the older kind, unlimited", 4096)
}
