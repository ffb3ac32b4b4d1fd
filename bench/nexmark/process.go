package nexmark

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit of times in /proc: USER_HZ, 100 on every Linux of today.
const ticksPerSecond = 100

// usage is what a process has used since it started.
type usage struct {
	cpu     time.Duration
	peak    int64 // bytes resident at most, since resetPeak
	written int64 // bytes handed to storage; −1: not known
}

// usageOf reads /proc. The server's own count would be part of what is measured.
func usageOf(pid int) (u usage, err error) {
	if u.cpu, err = cpuTime(pid); err != nil {
		return u, err
	}
	kilobytes, err := procField(pid, "status", "VmHWM:")
	if err != nil {
		return u, err
	}
	u.peak = kilobytes << 10
	if u.written, err = procField(pid, "io", "write_bytes:"); err != nil {
		u.written = -1 // another user's process does not show it
	}
	return u, nil
}

func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field, the program's name, may hold blanks; it ends with the last ")".
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	const utime, stime = 11, 12 // fields 14 and 15, less the three gone
	for _, i := range []int{utime, stime} {
		if len(fields) <= i {
			return 0, fmt.Errorf("/proc/%d/stat has an unknown form", pid)
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// procField is the number behind a name in a file of /proc.
func procField(pid int, file, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name {
			return strconv.ParseInt(f[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("/proc/%d/%s has no %s", pid, file, name)
}

// resetPeak makes the peak start anew from what is resident now. Without the right to do so
// the peak stays that of the process's whole life.
func resetPeak(pid int) {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) //nolint:errcheck // see above
}
