package crashtest

import (
	"os"
	"testing"

	"streamdb/server/servertest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servertest.RemoveBinary()
	os.Exit(code)
}
