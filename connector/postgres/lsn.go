package postgres

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"streamdb/connector"
	"streamdb/types/pgerr"
)

// lsn is a place in upstream's write-ahead log, in bytes.
type lsn uint64

// String is PostgreSQL's spelling.
func (l lsn) String() string { return fmt.Sprintf("%X/%X", uint64(l)>>32, uint32(l)) }

func parseLSN(s string) (lsn, error) {
	high, low, ok := strings.Cut(s, "/")
	h, err1 := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if !ok || err1 != nil || err2 != nil {
		return 0, pgerr.New(pgerr.ProtocolViolation, "upstream sent \"%s\" for a log position", s)
	}
	return lsn(h<<32 | l), nil
}

const (
	phaseSnapshot = 0
	phaseStream   = 1
)

func snapshotOffset(at lsn, rows uint64) connector.Offset {
	o := binary.BigEndian.AppendUint64([]byte{phaseSnapshot}, uint64(at))
	return binary.BigEndian.AppendUint64(o, rows)
}

func streamOffset(at lsn) connector.Offset {
	return binary.BigEndian.AppendUint64([]byte{phaseStream}, uint64(at))
}

// Place is an offset as PostgreSQL writes a place in its log, and how far the snapshot
// taken there has been read.
func (s *source) Place(o connector.Offset) string {
	switch {
	case len(o) == 17 && o[0] == phaseSnapshot:
		return fmt.Sprintf("%v, %d rows of the snapshot", lsn(binary.BigEndian.Uint64(o[1:])), binary.BigEndian.Uint64(o[9:]))
	case len(o) == 9 && o[0] == phaseStream:
		return lsn(binary.BigEndian.Uint64(o[1:])).String()
	}
	return fmt.Sprintf("%x", []byte(o))
}

// streamPlace is the place of an offset behind the snapshot; ok is false before that.
func streamPlace(o connector.Offset) (at lsn, ok bool, err error) {
	switch {
	case len(o) == 0, len(o) == 17 && o[0] == phaseSnapshot:
		return 0, false, nil
	case len(o) == 9 && o[0] == phaseStream:
		return lsn(binary.BigEndian.Uint64(o[1:])), true, nil
	}
	return 0, false, pgerr.New(pgerr.DataCorrupted, "source offset %x is not a place in a PostgreSQL log", []byte(o))
}
