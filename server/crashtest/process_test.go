package crashtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"streamdb/server/servertest"
)

func connect(t *testing.T, srv *servertest.Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := conn.Exec(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// TestTerminate: SIGTERM ends a busy server with a checkpoint, exit code 0, within five
// seconds, and its directory is whole.
func TestTerminate(t *testing.T) {
	srv := servertest.Start(t, "--checkpoint-interval", "-1s")
	conn := connect(t, srv)
	execute(t, conn, `create table k (id int primary key, v int)`,
		`create materialized view totals as select count(*) n, sum(v) s from k`,
		`insert into k select i, i from generate_series(1, 5000) i`)
	busy := connect(t, srv)
	go func() { // a query that would go on for ever
		busy.Exec(t.Context(), `select count(*) from generate_series(1, 100000000000) i`) //nolint:errcheck // it is cut off
	}()
	holding := connect(t, srv)
	execute(t, holding, `begin`, `update k set v = 0`)
	start := time.Now()
	if err := srv.Stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
	took := time.Since(start)
	t.Logf("ended after %v", took.Round(time.Millisecond))
	if took > 5*time.Second {
		t.Errorf("ending took %v", took)
	}
	bin, err := servertest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	report, err := exec.Command(bin, "check", filepath.Join(srv.Dir(), "data")).CombinedOutput()
	if err != nil || !strings.Contains(string(report), "5000 rows") {
		t.Errorf("check: %v\n%s", err, report)
	}
	if err := srv.Resume(); err != nil {
		t.Fatal(err)
	}
	var n, s int
	if err := connect(t, srv).QueryRow(t.Context(), `select n, s from totals`).Scan(&n, &s); err != nil || n != 5000 || s != 5000*5001/2 {
		t.Errorf("after the restart: %d, %d, %v", n, s, err)
	}
}

// TestSecondServer on one directory is refused, and does the first no harm.
func TestSecondServer(t *testing.T) {
	srv := servertest.Start(t)
	conn := connect(t, srv)
	execute(t, conn, `create table k (id int primary key)`)
	_, err := servertest.Launch(srv.Dir())
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("the second server: %v", err)
	}
	execute(t, conn, `insert into k values (1)`)
}

// TestIdle reports what a server with ten views costs that has nothing to do, measured over
// STREAMDB_IDLE_SECONDS, and how long it took to be ready.
func TestIdle(t *testing.T) {
	if _, err := servertest.Binary(); err != nil { // not part of the time
		t.Fatal(err)
	}
	start := time.Now()
	srv := servertest.Start(t)
	t.Logf("ready on an empty directory after %v", time.Since(start).Round(time.Millisecond))
	conn := connect(t, srv)
	execute(t, conn, `create table k (id int primary key, g int, v int)`, `create table n (g int, v int)`)
	for i := range 5 {
		execute(t, conn, fmt.Sprintf(`create materialized view a%d as select g, count(*) c, max(v) hi from k where v > %d group by g`, i, i),
			fmt.Sprintf(`create materialized view j%d as select k.id, n.v from k left join n on k.g = n.g where k.v > %d`, i, i))
	}
	execute(t, conn, `insert into k select i, i % 10, i from generate_series(1, 1000) i`, `insert into n select i, i from generate_series(1, 20) i`, `checkpoint`)
	time.Sleep(1500 * time.Millisecond) // for the periodic checkpoint to find nothing
	seconds := knob("STREAMDB_IDLE_SECONDS", 2)
	before := cpuSeconds(t, srv.PID())
	time.Sleep(time.Duration(seconds) * time.Second)
	used := (cpuSeconds(t, srv.PID()) - before) / float64(seconds)
	rss := rssBytes(t, srv.PID())
	t.Logf("idle with ten views: %.2f %% of a core, %d MiB", 100*used, rss>>20)
	if used > 0.10 || rss > 200<<20 {
		t.Errorf("an idle server takes %.1f %% of a core and %d MiB", 100*used, rss>>20)
	}
}

// cpuSeconds is what a process has used so far, in user and kernel.
func cpuSeconds(t *testing.T, pid int) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	const ticksPerSecond = 100
	return (user + system) / ticksPerSecond
}

func rssBytes(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
