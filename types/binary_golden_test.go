package types

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// TestBinaryGolden checks send and receive functions against PostgreSQL 15's bytes: type,
// text, binary form in hexadecimal.
func TestBinaryGolden(t *testing.T) {
	f, err := os.Open("testdata/binary.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st := DefaultStyle()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var c [3]string
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		typ, ok := TypeByName(c[0])
		if !ok {
			t.Fatalf("no type %s", c[0])
		}
		d, err := ParseText(typ, c[1], st)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(d.AppendBinary(nil, typ)); got != c[2] {
			t.Errorf("%s %s:\n got %s\nwant %s", c[0], c[1], got, c[2])
		}
		b, _ := hex.DecodeString(c[2])
		if back, err := ParseBinary(typ, b); err != nil || back != d {
			t.Errorf("%s %s: read back as %v, %v", c[0], c[1], back, err)
		}
	}
}
