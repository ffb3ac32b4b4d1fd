package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// parseMemoryLimit reads --memory-limit: "auto", or bytes; 0 is no limit.
func parseMemoryLimit(s string) (int64, error) {
	if s == "auto" {
		return machineMemory("/") / 5 * 3, nil
	}
	return parseBytes(s)
}

// machineMemory is the bytes the process may use as the system below root has it: of the
// machine, or of its control group if that has less; 0 if it does not say.
func machineMemory(root string) int64 {
	total := meminfoTotal(filepath.Join(root, "proc/meminfo"))
	for _, name := range []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && n > 0 && (total == 0 || n < total) { // "max" is none
			total = n
		}
	}
	return total
}

// meminfoTotal is the machine's memory, 0 if it cannot be read.
func meminfoTotal(name string) int64 {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
