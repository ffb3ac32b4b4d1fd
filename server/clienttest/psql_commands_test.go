package clienttest

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"streamdb/server/servertest"
)

// described is one object of each kind.
const described = `
create table items (id int primary key, name text not null default 'x' check (name <> ''), price numeric(10,2), unique (name, price));
comment on table items is 'what is sold';
create view dear as select * from items where price > 10;
create materialized view totals as select name, sum(price) as total from items group by name;
create source ticks (n int) with (connector = 'datagen', "fields.n.kind" = 'sequence', "fields.n.start" = '1', "fields.n.end" = '3');
create table kept (n int) with (connector = 'datagen', "fields.n.kind" = 'sequence', "fields.n.start" = '1', "fields.n.end" = '3');
create sink nowhere from totals with (connector = 'blackhole');
create schema other;
create table other.t (a int[], b timestamptz, c jsonb);
insert into items values (1, 'a', 5), (2, 'b', 50);`

// describing are psql's commands that list and describe; those about relations are tried
// with each kind of object, too.
var (
	describing = strings.Fields(`d d+ dS dS+ da dA dA+ dAc+ dAf+ dAo dAo+ dAp dAp+ db db+ dc dcS+ dC dC+ dconfig+ dd ddp dD+ dE dE+ des+ det+ deu+ dew+ df df+ dfS dfS+ dfa+ dfn+ dfp+ dft+ dfw+
		dF+ dFd+ dFp+ dFt+ dg dgS+ di di+ diS+ dl dl+ dL dLS dL+ dm dm+ dn dn+ dnS+ do do+ doS+ dO+ dp dP dP+ dPt+ dPin+ drds dRp+ dRs+ ds ds+ dt dt+ dtS+ dti dtvmsE+ dT dT+ dTS dTS+
		du du+ duS+ dv dv+ dvS+ dx dx+ dX dy+ l l+ list z`)
	objects = strings.Fields(`items dear totals ticks kept nowhere items_pkey other.t public.* streamdb.views pg_class information_schema.columns`)
)

// TestPsqlDescribe runs every describing command of psql: none gets an error or a warning.
func TestPsqlDescribe(t *testing.T) {
	p := psqlOf(t, servertest.Start(t))
	if _, errs := p.run(t, described); errs != "" {
		t.Fatal(errs)
	}
	var script strings.Builder
	ask := func(command string) { fmt.Fprintf(&script, "\\echo == %[1]s\n\\warn == %[1]s\n\\%[1]s\n", command) }
	for _, c := range describing {
		ask(c)
	}
	for _, o := range objects {
		for _, c := range []string{"d", "d+", "dt", "dv", "dm+", "dE", "dp", "dd"} {
			ask(c + " " + o)
		}
	}
	for _, c := range []string{"df count", "df+ *.abs", "df lower text", "dT int4", "dT+ pg_catalog.*", "du root", "l dev", "dn+ other", "do = int4 int4", "dC int4", "da sum"} {
		ask(c)
	}
	ask("sv dear")
	ask("sv+ dear")
	out, errs := p.run(t, script.String())
	command := ""
	for line := range strings.Lines(errs) {
		switch {
		case strings.HasPrefix(line, "== "):
			command = strings.TrimSpace(line)
		case !strings.HasPrefix(line, "Did not find any "):
			t.Errorf("%s: %s", command, line)
		}
	}
	for _, want := range []string{
		`Table "public.items"`, `View "public.dear"`, `Materialized view "public.totals"`, `Index "public.items_pkey"`, `Foreign table "public.ticks"`,
		`Table "public.kept"`, `Table "other.t"`, `View "streamdb.views"`, `Table "pg_catalog.pg_class"`, "List of roles", "List of databases",
		"List of schemas", "List of functions", "List of data types", "List of operators", "Access privileges", "CREATE OR REPLACE VIEW public.dear",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// TestPsqlCommands runs psql's other commands that speak to the server. Numbers that vary
// are n.
func TestPsqlCommands(t *testing.T) {
	srv := servertest.Start(t)
	p := psqlOf(t, srv)
	if _, errs := p.run(t, described); errs != "" {
		t.Fatal(errs)
	}
	port := strconv.Itoa(srv.Port())
	numbers := regexp.MustCompile(`\d+[.,]\d+ ms`)
	for _, c := range []struct{ script, out, errs string }{
		{`\conninfo`, `You are connected to database "dev" as user "root" on host "127.0.0.1" at port "` + port + `".` + "\n", ""},
		{"\\c dev root\nselect 1", "You are now connected to database \"dev\" as user \"root\".\n1\n", ""},
		{"\\c - - 127.0.0.1 " + port + "\n\\c\nselect current_user", "You are now connected to database \"dev\" as user \"root\".\nYou are now connected to database \"dev\" as user \"root\".\nroot\n", ""},
		{`\c nosuch`, "", `\connect: connection to server at "127.0.0.1", port ` + port + ` failed: FATAL:  database "nosuch" does not exist` + "\nHINT:  The one database is dev.\n"},
		{`\c dev alice`, "", `\connect: connection to server at "127.0.0.1", port ` + port + ` failed: FATAL:  role "alice" does not exist` + "\nHINT:  The one role is root.\n"},
		{"\\timing on\nselect 1;\n\\timing off\nselect 2", "Timing is on.\n1\nTime: n\nTiming is off.\n2\n", ""},
		{"select 1 as a, 'x' as b \\gset got_\n\\echo :got_a :got_b\nselect :'got_b' || :got_a", "1 x\nx1\n", ""},
		{"select 1 where false \\gset", "", "no rows returned for \\gset\n"},
		{"select 1, 'x'::varchar(3) as v, null::numeric(5,2) as n \\gdesc", "?column?|integer\nv|character varying(3)\nn|numeric(5,2)\n", ""},
		{"select 'select ' || g from generate_series(1, 3) g order by g \\gexec", "1\n2\n3\n", ""},
		{"select g % 2 as r, g as c, g * g as v from generate_series(1, 3) g order by g \\crosstabview", "1|1||9\n0||4|\n", ""},
		{"select 1 as a \\gx", "a|1\n", ""},
		// A statement that succeeds once: \watch goes on until an error.
		{"insert into items values (9) returning id \\watch 0.01", "9\nINSERT 0 1\n\n", `ERROR:  duplicate key value violates unique constraint "items_pkey"` + "\nDETAIL:  Key (id)=(9) already exists.\n"},
		{"\\copy (select id, name from items order by id) to 'items.txt'\n\\copy items from 'nosuch.txt'\n\\! cat items.txt", "COPY 3\n1\ta\n2\tb\n9\tx\n", "nosuch.txt: No such file or directory\n"},
		{"\\copy (select name, price from dear) to 'f.csv' csv header\n\\! cat f.csv\n\\copy items (name, price) from 'f.csv' csv header", "COPY 1\nname,price\nb,50.00\n",
			"ERROR:  null value in column \"id\" of relation \"items\" violates not-null constraint\nDETAIL:  Failing row contains (null, b, 50.00).\nCONTEXT:  COPY items, line 2: \"b,50.00\"\n"},
		{"\\! printf '20,c,1.5\\n21,d,\\n' > in.csv\n\\copy items from 'in.csv' csv\nselect * from items where id >= 20 order by id", "COPY 2\n20|c|1.50\n21|d|\n", ""},
		{"\\copy items from program 'printf \"30\\\\te\\\\t1\\\\n\"'\n\\copy (select count(*) from items) to program 'cat'", "COPY 1\nCOPY 1\n6\n", ""},
		{"select 1/0;\n\\errverbose", "", "ERROR:  division by zero\nERROR:  22012: division by zero\n"},
		{"prepare p as select $1::int + 1;\nexecute p(41);\ndeallocate p", "PREPARE\n42\nDEALLOCATE\n", ""},
		{"\\set FETCH_COUNT 2\nselect g from generate_series(1, 5) g", "", "ERROR:  DECLARE CURSOR is not supported\nHINT:  Use a portal with a row limit (the driver's fetch size).\n"},
		{"\\set SINGLELINE on\nselect 1\nselect 2", "1\n2\n", ""},
		{"\\encoding\n\\encoding UTF8\n\\encoding LATIN1", "UTF8\n", "LATIN1: invalid encoding name or conversion procedure not found\n"},
		{"begin;\nselect 1;\n\\echo :ERROR :SQLSTATE :ROW_COUNT\nselect x;\n\\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\nrollback", "BEGIN\n1\nfalse 00000 1\ntrue 42703 column \"x\" does not exist\nROLLBACK\n",
			"ERROR:  column \"x\" does not exist\nLINE 1: select x;\n               ^\n"},
		{"alter user root password 'x'", "", "ERROR:  ALTER ROLE is not supported\nHINT:  There is one user, who needs no password.\n"},
		{"show password_encryption", "scram-sha-256\n", ""},
		{"\\echo :SERVER_VERSION_NUM :DBNAME :USER :ENCODING", "150010 dev root UTF8\n", ""},
	} {
		out, errs := p.run(t, c.script, "-A", "-t")
		if got := numbers.ReplaceAllString(out, "n"); got != c.out || errs != c.errs {
			t.Errorf("%s\n got %s%s\nwant %s%s", c.script, got, errs, c.out, c.errs)
		}
	}
}

// psqlClient runs psql against one server.
type psqlClient struct {
	path, dir string
	port      int
}

func psqlOf(t *testing.T, srv *servertest.Server) psqlClient {
	t.Helper()
	return psqlClient{path: findPsql(t), dir: t.TempDir(), port: srv.Port()}
}

// run runs a script and returns what psql writes to stdout and to stderr, there without the
// names of program and file.
func (p psqlClient) run(t *testing.T, script string, args ...string) (out, errs string) {
	t.Helper()
	cmd := exec.Command(p.path, append([]string{"-X", "-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-U", "root", "-d", "dev"}, args...)...)
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "HOME=" + p.dir, "PGAPPNAME=clienttest"}
	cmd.Dir = p.dir
	cmd.Stdin = strings.NewReader(script + "\n")
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil && e.Len() == 0 {
		t.Fatal(err)
	}
	return o.String(), strings.ReplaceAll(e.String(), "psql: error: ", "")
}
