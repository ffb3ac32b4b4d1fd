package catalog

import (
	"strings"
	"testing"
)

func TestRedactSQL(t *testing.T) {
	secrets := []string{"password", "s3.secret"}
	for in, want := range map[string]string{
		`WITH (password = 'x', user = 'u')`:          `WITH (password = '***', user = 'u')`,
		`WITH (PassWord='it''s', user='u')`:          `WITH (PassWord='***', user='u')`,
		`WITH ("password" = E'a\'b' , user='u')`:     `WITH ("password" = '***' , user='u')`,
		`WITH (s3 . secret = $$x$$)`:                 `WITH (s3 . secret = '***')`,
		`WITH (s3.secret = $t$a$b$t$, a=1)`:          `WITH (s3.secret = '***', a=1)`,
		`WITH (password = /* the = 'x' */ 'y')`:      `WITH (password = /* the = 'x' */ '***')`,
		`WITH (password = hunter2, b = c)`:           `WITH (password = '***', b = c)`,
		`WITH (password = N'x')`:                     `WITH (password = N'***')`,
		`WITH (my.password = 'x')`:                   `WITH (my.password = 'x')`,
		`SELECT 'password = x' AS password, a = 'b'`: `SELECT 'password = x' AS password, a = 'b'`,
		`WITH (url = 'pg://u:p@h/d?x=1')`:            `WITH (url = 'pg://u:***@h/d?x=1')`,
		`WITH (url = 'pg://h:5432/d@e')`:             `WITH (url = 'pg://h:5432/d@e')`,
		`ALTER USER "root" PASSWORD 'x' SUPERUSER`:   `ALTER USER "root" PASSWORD '***' SUPERUSER`,
		`WITH (password = 'unfinished`:               `WITH (password = '***'`,
		`-- password = 'x'`:                          `-- password = 'x'`,
		`$1 $ /* /* */ `:                             `$1 $ /* /* */ `,
	} {
		if got := RedactSQL(in, secrets); got != want {
			t.Errorf("RedactSQL(%s)\n got %s\nwant %s", in, got, want)
		}
	}
	r := &Relation{SQL: "WITH (password='p')", Options: map[string]string{"password": "p", "a": "b"}, Secrets: secrets}
	if got := r.Redacted(); got != "WITH (password='***')" {
		t.Error(got)
	}
	if got := r.ShownOptions(); got["password"] != "***" || got["a"] != "b" {
		t.Error(got)
	}
}

// FuzzRedactSQL checks that text without secrets comes back as it was.
func FuzzRedactSQL(f *testing.F) {
	f.Add("SELECT $a$ 'x' -- /* \"")
	f.Fuzz(func(t *testing.T, sql string) {
		if strings.Contains(sql, "://") {
			return
		}
		if got := RedactSQL(sql, nil); got != sql {
			t.Errorf("got %q of %q", got, sql)
		}
	})
}
