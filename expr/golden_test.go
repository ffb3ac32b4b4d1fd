package expr

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/types/pgerr"
)

// TestFunctions compares with what PostgreSQL 15 answers: each line of an eval block is an
// expression, each line of its output the type and text of the value, or the error.
func TestFunctions(t *testing.T) {
	datadriven.Walk(t, "testdata/functions", func(t *testing.T, path string) {
		if filepath.Ext(path) != ".txt" {
			return
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			zone := ""
			d.MaybeScanArgs(t, "tz", &zone)
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				fmt.Fprintln(&out, evalText(testCtx(t, zone), line))
			}
			return out.String()
		})
	})
}

func evalText(c *Ctx, src string) string {
	e, err := parseSQL(c, src, nil)
	if err != nil {
		return errorText(err)
	}
	d, err := EvalConst(c, e)
	if err != nil {
		return errorText(err)
	}
	if d.IsNull() {
		return e.Type().Base().String() + ": NULL"
	}
	return e.Type().Base().String() + ": " + strings.ReplaceAll(string(c.appendText(nil, e.Type(), d)), "\n", `\n`)
}

func errorText(err error) string {
	e := pgerr.From(err)
	return "ERROR " + e.Code + ": " + e.Message
}
