package server

import (
	"net"
	"path/filepath"
	"strconv"
	"time"

	"streamdb/server/settings"
)

// options are the settings of c as SHOW tells them, by name; addr is the address that is
// listened on. An error names the one that is out of its range.
func (c *Config) options(addr net.Addr) (map[string]string, error) {
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return nil, err
	}
	out := map[string]string{
		"memory_limit":        strconv.FormatInt(c.MemoryLimit, 10),
		"max_view_lag":        strconv.FormatInt(c.MaxViewLag, 10),
		"workers":             strconv.Itoa(c.Workers),
		"epoch_interval":      millis(c.EpochInterval),
		"checkpoint_interval": millis(c.CheckpointInterval),
		"fsync":               strconv.FormatBool(!c.NoFsync),
		"file_root":           c.FileRoot,
		"data_directory":      dir,
		"listen_addresses":    host,
		"port":                port,
	}
	// The zero value of these is their default.
	for _, name := range []string{"max_view_lag", "workers", "epoch_interval", "checkpoint_interval"} {
		if out[name] == "0" {
			delete(out, name)
		}
	}
	for name, value := range out {
		d, _ := settings.Find(name)
		if out[name], err = d.Parse(value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// millis is a duration in ms; a negative one, which means on demand, is -1. What is shorter
// than a millisecond shows as one.
func millis(d time.Duration) string {
	switch {
	case d < 0:
		return "-1"
	case d > 0 && d < time.Millisecond:
		return "1"
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}
