package types

import (
	"strings"
	"time"

	"streamdb/types/pgerr"
)

// Zone is what AT TIME ZONE names: a zone of the tz database, a fixed offset, or an
// abbreviation whose offset depends on the date.
type Zone struct {
	loc    *time.Location
	abbrev string // in capitals; "" if the zone's own offset holds
}

// InZone is the zone of a location.
func InZone(l *time.Location) Zone { return Zone{loc: l} }

// FindZone is the zone that AT TIME ZONE and date_trunc name: an abbreviation, or what
// [LoadZone] knows.
func FindZone(name string) (Zone, error) {
	if z, ok := abbrevZone(strings.ToLower(name)); ok {
		return z, nil
	}
	if l, _, ok := LoadZone(name); ok {
		return Zone{loc: l}, nil
	}
	return Zone{}, pgerr.New(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

// FindZoneOrOffset is [FindZone] that also reads an offset as input has it, + eastward:
// the zone of make_timestamptz.
func FindZoneOrOffset(name string) (Zone, error) {
	if name != "" && isDigit(name[0]) {
		return Zone{}, pgerr.New(pgerr.InvalidParameterValue, "invalid input syntax for type numeric time zone: \"%s\"", name).
			WithHint("Numeric time zones must have \"-\" or \"+\" as first character.")
	}
	switch off, fault := decodeOffset(name); fault {
	case faultNone:
		return Zone{loc: FixedOffset(off)}, nil
	case faultZone:
		return Zone{}, pgerr.New(pgerr.InvalidParameterValue, "numeric time zone \"%s\" out of range", name)
	}
	return FindZone(name)
}

// abbrevZone is the zone of a time zone abbreviation in lower case.
func abbrevZone(s string) (Zone, bool) {
	if off, ok := zoneAbbrevs[s]; ok {
		return Zone{loc: time.FixedZone(strings.ToUpper(s), int(off))}, true
	}
	place, ok := datedAbbrevs[s]
	if !ok {
		return Zone{}, false
	}
	l, _, ok := LoadZone(place)
	return Zone{loc: l, abbrev: strings.ToUpper(s)}, ok
}

// ToLocal is the wall clock time (a timestamp) that z shows at a timestamptz.
func (z Zone) ToLocal(v int64) int64 {
	if z.abbrev == "" || isInfinite(v) {
		return ToLocal(v, z.loc)
	}
	return v + int64(z.abbrevOffset(v))*usPerSec
}

// ToLocalChecked is [Zone.ToLocal] that refuses a result out of range.
func (z Zone) ToLocalChecked(v int64) (int64, error) {
	r := z.ToLocal(v)
	if !ValidTimestamp(r) {
		return 0, timestampOutOfRange()
	}
	return r, nil
}

// FromLocal is the instant (a timestamptz) at which z shows a wall clock time.
func (z Zone) FromLocal(local int64) (int64, error) {
	if z.abbrev == "" || isInfinite(local) {
		return FromLocal(local, z.loc)
	}
	v := local - int64(z.localOffset(local))*usPerSec
	if !ValidTimestamp(v) || isInfinite(v) {
		return 0, timestampOutOfRange()
	}
	return v, nil
}

// localOffset is the offset east of UTC of a local time: that of the abbreviation at the
// instant which the zone itself makes of it.
func (z Zone) localOffset(local int64) int {
	off := localOffset(local, z.loc)
	if z.abbrev == "" {
		return off
	}
	return z.abbrevOffset(local - int64(off)*usPerSec)
}

// maxZonePeriods ends the search for an abbreviation: rules without end make periods
// without end.
const maxZonePeriods = 400

// abbrevOffset is what the abbreviation last meant in the zone at an instant, or what it
// came to mean if it was not in use yet. One that the zone never has stands for the zone.
func (z Zone) abbrevOffset(v int64) int {
	at := time.Unix(floorSec(v)+unixEpochSec, 0).In(z.loc)
	_, own := at.Zone()
	for t, n := at, 0; n < maxZonePeriods; n++ {
		if name, off := t.Zone(); name == z.abbrev {
			return off
		}
		start, _ := t.ZoneBounds()
		if start.IsZero() {
			break
		}
		t = start.Add(-time.Second)
	}
	for t, n := at, 0; n < maxZonePeriods; n++ {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		t = end
		if name, off := t.Zone(); name == z.abbrev {
			return off
		}
	}
	return own
}
