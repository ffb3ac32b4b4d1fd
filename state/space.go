package state

// checkSpace refuses a write of need bytes that would leave less than reserve free. The
// reserve is what lets compactions and checkpoints go on, and so free space again, when
// nothing more may be acknowledged.
func checkSpace(fs FS, dir string, reserve, need uint64) error {
	if reserve == 0 {
		return nil
	}
	usage, err := fs.GetDiskUsage(dir)
	if err != nil {
		return nil // no such figure on this file system: the write itself will tell
	}
	if usage.AvailBytes < reserve+need {
		return diskFull(dir)
	}
	return nil
}

// reserveFor is the default reserve: 5 % of the file system, at most 256 MiB.
func reserveFor(fs FS, dir string) uint64 {
	const most = 256 << 20
	usage, err := fs.GetDiskUsage(dir)
	if err != nil {
		return 0
	}
	return min(usage.TotalBytes/20, most)
}
