package session

import (
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	s := newSession(t)
	orders(t, s)
	for _, c := range []struct{ text, want string }{
		{"SHOW timezone", "TimeZone:text\nUTC\nSHOW\n"},
		{"SHOW TIME ZONE", "TimeZone:text\nUTC\nSHOW\n"},
		{"SHOW server_version_num", "server_version_num:text\n150010\nSHOW\n"},
		{"SHOW transaction_isolation", "transaction_isolation:text\nrepeatable read\nSHOW\n"},
		{"SHOW nonsense", "ERROR 42704: unrecognized configuration parameter \"nonsense\"\n"},
		{"SHOW my.own", "ERROR 42704: unrecognized configuration parameter \"my.own\"\n"},
		{"SET my.own = 3; SHOW my.own", "SET\nmy.own:text\n3\nSHOW\n"},
		{"SHOW TABLES", "Name:text\norders\nSHOW\n"},
		{"SHOW TABLES LIKE 'x%'", "Name:text\nSHOW\n"},
		{"SHOW TABLES FROM public LIKE '_rders'", "Name:text\norders\nSHOW\n"},
		{"SHOW TABLES FROM nope", "ERROR 3F000: schema \"nope\" does not exist\n"},
		{"SHOW TABLES FROM streamdb LIKE '%s'", "Name:text\ncheckpoints\nerrors\njobs\nsinks\nsources\ntables\nviews\nSHOW\n"},
		{"SHOW MATERIALIZED VIEWS", "Name:text\nSHOW\n"},
		{"SHOW SCHEMAS", "Name:text\npg_catalog\npublic\ninformation_schema\nstreamdb\nSHOW\n"},
		{"SHOW DATABASES", "Name:text\ndev\nSHOW\n"},
		{"SHOW JOBS", "Id:bigint | Statement:text | Progress:text | Started:timestamp with time zone\nSHOW\n"},
		{"SHOW COLUMNS FROM orders", "Name:text | Type:text | Is Hidden:boolean | Description:text\n" +
			"id | integer | f | number of the order\nAmount | numeric(12,2) | f | NULL\nSHOW\n"},
		{"DESCRIBE orders", "Name:text | Type:text | Null:boolean | Key:text | Is Hidden:boolean | Description:text\n" +
			"id | integer | f | primary key | f | number of the order\nAmount | numeric(12,2) | t | NULL | f | NULL\nDESCRIBE\n"},
		{"SHOW COLUMNS FROM nope", "ERROR 42P01: relation \"nope\" does not exist\n"},
		{"SHOW INDEXES FROM orders", "Name:text | On:text | Key:text | Primary:boolean\norders_pkey | orders | id | t\nSHOW\n"},
		{"SHOW CREATE TABLE orders", "Name:text | Create Sql:text\npublic.orders | " +
			`CREATE TABLE orders (id int PRIMARY KEY, "Amount" numeric(12,2)) WITH (password = '***')` + "\nSHOW\n"},
		{"SHOW CREATE VIEW orders", "ERROR 42809: \"orders\" is not a view\n"},
		{"SHOW CREATE TABLE pg_class", "ERROR 42809: \"pg_class\" is a system relation\n"},
		{"SHOW CREATE INDEX orders_pkey", "Name:text | Create Sql:text\n" +
			"public.orders_pkey | CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)\nSHOW\n"},
		{"SHOW FUNCTIONS LIKE 'bit_le%'", "Name:text | Arguments:text | Return Type:text | Language:text | Link:text\nbit_length | bytea | integer | internal | \nbit_length | text | integer | internal | \nSHOW\n"},
		{"SHOW SECRETS", "Name:text\nSHOW\n"},
		{"SHOW CLUSTER", "ERROR 0A000: SHOW CLUSTER is not supported\n"},
	} {
		if got := ask(t, s, c.text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
	if got := ask(t, s, "SHOW ALL"); !strings.HasPrefix(got, "name:text | setting:text | description:text\n") ||
		!strings.Contains(got, "\nTimeZone | UTC | ") {
		t.Error(got)
	}
	if got := ask(t, s, "SHOW PROCESSLIST"); !strings.Contains(got, "\n7 | root | NULL | dev | active | ") ||
		!strings.HasSuffix(got, " | SHOW PROCESSLIST\nSHOW\n") {
		t.Error(got)
	}
}

func TestLikeMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"%", "", true},
		{"%", "abc", true},
		{"a%c", "abc", true},
		{"a%c", "abcd", false},
		{"%ab%ab%", "xabab", true},
		{"%ab%ab%", "xaba", false},
		{"_", "é", true},
		{"__", "é", false},
		{`a\%`, "a%", true},
		{`a\%`, "ab", false},
		{`a\_`, "ab", false},
		{`\\`, `\`, true},
		{"%a_", "aab", true},
	} {
		if got := likeMatches([]rune(c.pattern), []rune(c.s)); got != c.want {
			t.Errorf("%q LIKE %q is %v", c.s, c.pattern, got)
		}
	}
	if checkLike(`a\`) == nil || checkLike(`a\\`) != nil {
		t.Error("a backslash at the end")
	}
}
