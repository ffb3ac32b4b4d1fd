package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestStartAnswersAndSurvivesAKill(t *testing.T) {
	s := Start(t, Conf("max_connections = 30"))
	exec := func(sql string) string {
		t.Helper()
		conn, err := pgconn.Connect(t.Context(), s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		results, err := conn.Exec(t.Context(), sql).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		last := results[len(results)-1]
		if len(last.Rows) == 0 {
			return ""
		}
		return string(last.Rows[0][0])
	}
	for setting, want := range map[string]string{
		"wal_level": "logical", "server_encoding": "UTF8", "lc_collate": "C.UTF-8", "max_connections": "30",
	} {
		if got := exec("SHOW " + setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	exec("CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)")
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := exec("SELECT a FROM kept"); got != "7" {
		t.Errorf("after a kill: %q, want 7", got)
	}
}

func TestLaunchExplainsFailure(t *testing.T) {
	if _, err := Launch(Conf("no_such_setting = on")); err == nil {
		t.Fatal("a server with a wrong configuration started")
	}
}
