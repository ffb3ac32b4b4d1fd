package oracle

import (
	"fmt"
	"strings"
)

// function is an operator or function the generator may use.
type function struct {
	tag     string
	result  Kind
	form    string
	args    []Kind
	leaves  bool // arguments are columns or constants, so that results stay small
	inexact bool // depends on the C mathematics library
	risky   bool // may raise an error
}

// functionTable has one function a line: tag | result | form | arguments |
// flags. Result and arguments are type names or the variables num, int, flt,
// any and elem, which stand for one type of a set at a time.
const functionTable = `
=                | bool | ($1 = $2) | any any
<>               | bool | ($1 <> $2) | any any
<                | bool | ($1 < $2) | any any
<=               | bool | ($1 <= $2) | any any
>                | bool | ($1 > $2) | any any
>=               | bool | ($1 >= $2) | any any
is distinct from | bool | ($1 IS DISTINCT FROM $2) | any any
is not distinct from | bool | ($1 IS NOT DISTINCT FROM $2) | any any
is null          | bool | ($1 IS NULL) | any
is not null      | bool | ($1 IS NOT NULL) | any
between          | bool | ($1 BETWEEN $2 AND $3) | any any any
not between      | bool | ($1 NOT BETWEEN $2 AND $3) | any any any
in list          | bool | ($1 IN ($2, $3, $4)) | any any any any
not in list      | bool | ($1 NOT IN ($2, $3)) | any any any
=                | bool | ($1 = $2) | int4 int8
<                | bool | ($1 < $2) | int2 numeric
>                | bool | ($1 > $2) | float8 int4
<=               | bool | ($1 <= $2) | date timestamp
=                | bool | ($1 = $2) | text varchar
and              | bool | ($1 AND $2) | bool bool
or               | bool | ($1 OR $2) | bool bool
not              | bool | (NOT $1) | bool
is true          | bool | ($1 IS TRUE) | bool
is not true      | bool | ($1 IS NOT TRUE) | bool
is false         | bool | ($1 IS FALSE) | bool
is unknown       | bool | ($1 IS UNKNOWN) | bool
like             | bool | ($1 LIKE 'a%') | text
like             | bool | ($1 LIKE '_b%') | text
like             | bool | ($1 LIKE '%\_b\%') | text
not like         | bool | ($1 NOT LIKE '%b%') | text
ilike            | bool | ($1 ILIKE 'A%') | text
~                | bool | ($1 ~ '^[a-c]+$$') | text
starts_with      | bool | starts_with($1, $2) | text text
+                | num  | ($1 + $2) | num num
-                | num  | ($1 - $2) | num num
unary -          | num  | (- $1) | num
*                | int4 | ($1 * $2) | int4 int4 | leaves
*                | int8 | ($1 * $2) | int4 int8 | leaves
*                | numeric | ($1 * $2) | numeric numeric | leaves
*                | flt  | ($1 * $2) | flt flt | leaves
+                | int8 | ($1 + $2) | int4 int8
+                | numeric | ($1 + $2) | numeric int4
-                | float8 | ($1 - $2) | float8 int4
/                | int  | ($1 / nullif($2, 0)) | int int
/                | numeric | ($1 / nullif($2, 0)) | numeric numeric | leaves
/                | flt  | ($1 / nullif($2, 0)) | flt flt | leaves
/                | int4 | ($1 / $2) | int4 int4 | risky
%                | int4 | ($1 % nullif($2, 0)) | int4 int4
%                | numeric | ($1 % nullif($2, 0)) | numeric numeric | leaves
mod              | int8 | mod($1, nullif($2, 0)) | int8 int8
div              | numeric | div($1, nullif($2, 0)) | numeric numeric | leaves
&                | int  | ($1 & $2) | int int
or bits          | int  | ($1 | $2) | int int
#                | int  | ($1 # $2) | int int
bit not          | int4 | (~ $1) | int4
<<               | int4 | ($1 << 2) | int4 | leaves
>>               | int4 | ($1 >> 1) | int4
abs              | num  | abs($1) | num
sign             | numeric | sign($1) | numeric
sign             | float8 | sign($1) | float8
ceil             | numeric | ceil($1) | numeric
ceil             | float8 | ceil($1) | float8
floor            | numeric | floor($1) | numeric
floor            | float8 | floor($1) | float8
round            | numeric | round($1) | numeric
round            | float8 | round($1) | float8
round to         | numeric | round($1, 2) | numeric
round to         | numeric | round($1, -1) | numeric
trunc            | numeric | trunc($1) | numeric
trunc            | float8 | trunc($1) | float8
trunc to         | numeric | trunc($1, 1) | numeric
sqrt             | float8 | sqrt(abs($1)) | float8
sqrt             | numeric | sqrt(abs($1)) | numeric | leaves
power            | float8 | power($1, 2) | float8 | inexact leaves
power            | numeric | power($1, 2) | numeric | leaves
exp              | float8 | exp($1 / 1000) | float8 | inexact leaves
ln               | float8 | ln(abs($1) + 1) | float8 | inexact leaves
ln               | numeric | ln(abs($1) + 1) | numeric | leaves
log              | float8 | log(abs($1) + 1) | float8 | inexact leaves
sin              | float8 | sin(nullif(nullif($1, 'Infinity'), '-Infinity')) | float8 | inexact leaves
gcd              | int4 | gcd($1, $2) | int4 int4
lcm              | int8 | lcm($1, $2) | int4 int8 | leaves
scale            | int4 | scale($1) | numeric
trim_scale       | numeric | trim_scale($1) | numeric
lower            | text | lower($1) | text
upper            | text | upper($1) | text
initcap          | text | initcap($1) | text
length           | int4 | length($1) | text
length           | int4 | length($1) | char
char_length      | int4 | char_length($1) | varchar
octet_length     | int4 | octet_length($1) | text
bit_length       | int4 | bit_length($1) | text
||               | text | ($1 || $2) | text text
||               | text | ($1 || $2) | varchar text
||               | text | ($1 || $2) | text int4
concat           | text | concat($1, $2, $3) | text int4 bool
concat_ws        | text | concat_ws('-', $1, $2, $3) | text int4 text
substring        | text | substring($1 from 2) | text
substring        | text | substring($1 from 1 for 2) | text
substr           | text | substr($1, 2, 3) | text
left             | text | left($1, 2) | text
left             | text | left($1, -1) | text
right            | text | right($1, 2) | text
lpad             | text | lpad($1, 5, 'xy') | text
rpad             | text | rpad($1, 4) | text
trim             | text | trim($1) | text
ltrim            | text | ltrim($1, 'a ') | text
rtrim            | text | rtrim($1, 'bc') | text
btrim            | text | btrim($1, 'ax') | text
replace          | text | replace($1, 'a', $2) | text text
translate        | text | translate($1, 'ab', 'x') | text
split_part       | text | split_part($1, ',', 2) | text
split_part       | text | split_part($1, ',', -1) | text
position         | int4 | position('b' in $1) | text
strpos           | int4 | strpos($1, $2) | text text
repeat           | text | repeat($1, 2) | text | leaves
reverse          | text | reverse($1) | text
ascii            | int4 | ascii($1) | text
md5              | text | md5($1) | text
overlay          | text | overlay($1 placing 'zz' from 2 for 1) | text
regexp_replace   | text | regexp_replace($1, '[ab]+', '<\&>', 'g') | text
quote_literal    | text | quote_literal($1) | text
to_hex           | text | to_hex($1) | int4
encode           | text | encode($1, 'hex') | bytea
encode           | text | encode($1, 'base64') | bytea
decode           | bytea | decode(lpad(to_hex(abs($1 % 100)), 2, '0'), 'hex') | int4
length           | int4 | length($1) | bytea
octet_length     | int4 | octet_length($1) | bytea
||               | bytea | ($1 || $2) | bytea bytea
substring        | bytea | substring($1 from 1 for 2) | bytea
md5              | text | md5($1) | bytea
to_char          | text | to_char($1, 'YYYY-MM-DD HH24:MI:SS') | timestamp
to_char          | text | to_char($1, 'Dy DD Mon YYYY') | date
to_char          | text | to_char($1, 'HH12:MI AM') | timestamptz
to_char          | text | to_char($1, 'FM999990.00') | numeric
to_char          | text | to_char($1, '0000') | int4
to_date          | date | to_date('2024-' || lpad((abs($1) % 12 + 1)::text, 2, '0'), 'YYYY-MM') | int4
to_timestamp     | timestamptz | to_timestamp($1) | int4
make_date        | date | make_date(2024, abs($1 % 12) + 1, 5) | int4
extract          | numeric | extract(year from $1) | date
extract          | numeric | extract(dow from $1) | timestamp
extract          | numeric | extract(epoch from $1) | timestamptz
extract          | numeric | extract(epoch from $1) | interval
extract          | numeric | extract(hour from $1) | time
date_part        | float8 | date_part('month', $1) | timestamp
date_trunc       | timestamp | date_trunc('month', $1) | timestamp
date_trunc       | timestamp | date_trunc('hour', $1) | timestamp
date_trunc       | timestamptz | date_trunc('day', $1) | timestamptz
age              | interval | age($1, $2) | timestamp timestamp
date + integer   | date | ($1 + $2) | date int2 | leaves
date - date      | int4 | ($1 - $2) | date date | leaves
date + time      | timestamp | ($1 + $2) | date time | leaves
date + interval  | timestamp | ($1 + $2) | date interval | leaves
timestamp + interval | timestamp | ($1 + $2) | timestamp interval | leaves
timestamp - interval | timestamp | ($1 - $2) | timestamp interval | leaves
timestamptz + interval | timestamptz | ($1 + $2) | timestamptz interval | leaves
timestamp - timestamp | interval | ($1 - $2) | timestamp timestamp | leaves
timestamptz - timestamptz | interval | ($1 - $2) | timestamptz timestamptz | leaves
time + interval  | time | ($1 + $2) | time interval | leaves
time - time      | interval | ($1 - $2) | time time
interval + interval | interval | ($1 + $2) | interval interval | leaves
interval - interval | interval | ($1 - $2) | interval interval | leaves
interval * number | interval | ($1 * 2) | interval | leaves
interval / number | interval | ($1 / 2) | interval | leaves
justify_interval | interval | justify_interval($1) | interval
justify_days     | interval | justify_days($1) | interval
at time zone     | timestamp | ($1 AT TIME ZONE 'UTC') | timestamptz
at time zone     | timestamptz | ($1 AT TIME ZONE 'America/New_York') | timestamp
->               | jsonb | ($1 -> 'a') | jsonb
->               | jsonb | ($1 -> 1) | jsonb
->>              | text | ($1 ->> 'b') | jsonb
->>              | text | ($1 ->> 0) | jsonb
#>               | jsonb | ($1 #> '{a,b}') | jsonb
#>>              | text | ($1 #>> '{a,b,0}') | jsonb
@> jsonb         | bool | ($1 @> $2) | jsonb jsonb
<@ jsonb         | bool | ($1 <@ $2) | jsonb jsonb
? jsonb          | bool | ($1 ? 'a') | jsonb
jsonb_typeof     | text | jsonb_typeof($1) | jsonb
jsonb_array_length | int4 | jsonb_array_length($1) | jsonb | risky
jsonb_build_object | jsonb | jsonb_build_object('k', $1, 'v', $2) | int4 text
jsonb_build_array | jsonb | jsonb_build_array($1, $2) | int4 bool
to_jsonb         | jsonb | to_jsonb($1) | int4
to_jsonb         | jsonb | to_jsonb($1) | text
|| jsonb         | jsonb | ($1 || $2) | jsonb jsonb | leaves
coalesce         | any | coalesce($1, $2) | any any
nullif           | any | nullif($1, $2) | any any
greatest         | any | greatest($1, $2, $3) | any any any
least            | any | least($1, $2) | any any
case             | any | CASE WHEN $1 THEN $2 ELSE $3 END | bool any any
case             | any | CASE WHEN $1 THEN $2 WHEN $3 THEN $4 END | bool any bool any
case operand     | text | CASE $1 WHEN $2 THEN 'x' WHEN $3 THEN $4 ELSE 'y' END | int4 int4 int4 text
array subscript  | elem | ($1)[$2] | elem[] int4
array subscript  | elem | ($1)[1] | elem[]
array slice      | elem[] | ($1)[1:2] | elem[]
array constructor | elem[] | ARRAY[$1, $2] | elem elem
array_length     | int4 | array_length($1, 1) | elem[]
cardinality      | int4 | cardinality($1) | elem[]
array_append     | elem[] | array_append($1, $2) | elem[] elem
array_prepend    | elem[] | array_prepend($1, $2) | elem elem[]
array_cat        | elem[] | array_cat($1, $2) | elem[] elem[]
|| array         | elem[] | ($1 || $2) | elem[] elem[]
array_position   | int4 | array_position($1, $2) | elem[] elem
array_remove     | elem[] | array_remove($1, $2) | elem[] elem
array_replace    | elem[] | array_replace($1, $2, $3) | elem[] elem elem
array_to_string  | text | array_to_string($1, ',', '*') | int4[]
array_to_string  | text | array_to_string($1, '') | text[]
string_to_array  | text[] | string_to_array($1, ',') | text
= array          | bool | ($1 = $2) | elem[] elem[]
< array          | bool | ($1 < $2) | elem[] elem[]
@> array         | bool | ($1 @> $2) | elem[] elem[]
<@ array         | bool | ($1 <@ $2) | elem[] elem[]
&& array         | bool | ($1 && $2) | elem[] elem[]
any array        | bool | ($1 = ANY ($2)) | elem elem[]
all array        | bool | ($1 <> ALL ($2)) | elem elem[]
any array        | bool | ($1 < ANY ($2)) | elem elem[]
`

// castTable lists the casts the generator uses: source, targets. A target
// with ! may raise an error.
const castTable = `
bool: int4 text
int2: int4 int8 numeric float8 text
int4: int8 numeric float4 float8 text int2! bool
int8: numeric float8 text int4!
float4: float8 numeric text
float8: float4 numeric text int4!
numeric: float8 text int4! int8!
text: varchar char int4! date!
varchar: text char
char: text varchar
bytea: text
date: timestamp timestamptz text
time: interval text
timestamp: date time timestamptz text
timestamptz: timestamp date time text
interval: time text
uuid: text
jsonb: text
`

// shortNames are the table's names of types.
func shortNames() map[string]Base {
	names := map[string]Base{"bool": Bool, "int2": Int2, "int4": Int4, "int8": Int8, "float4": Float4, "float8": Float8}
	for _, b := range allBases() {
		if !strings.ContainsAny(string(b), " ") {
			names[string(b)] = b
		}
	}
	return names
}

// variables are the sets of types a variable of the table stands for.
func variables() map[string][]Base {
	return map[string][]Base{
		"num":  {Int2, Int4, Int8, Float4, Float8, Numeric},
		"int":  {Int2, Int4, Int8},
		"flt":  {Float4, Float8},
		"any":  allBases(),
		"elem": allBases(),
	}
}

// functions reads the tables.
func functions() ([]*function, error) {
	var out []*function
	for line := range strings.SplitSeq(strings.TrimSpace(functionTable), "\n") {
		// " | " separates, so that forms may use the operators | and ||.
		fields := strings.Split(strings.ReplaceAll(line, "($1 | $2)", "($1 \x00 $2)"), " | ")
		if len(fields) < 4 {
			return nil, fmt.Errorf("function table: %q", line)
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(strings.ReplaceAll(fields[i], "\x00", "|"))
		}
		expanded, err := expand(fields)
		if err != nil {
			return nil, fmt.Errorf("function table: %q: %w", line, err)
		}
		out = append(out, expanded...)
	}
	casts, err := casts()
	return append(out, casts...), err
}

// expand makes one function per type its variable stands for.
func expand(fields []string) ([]*function, error) {
	signature := fields[1] + " " + fields[3]
	for name, set := range variables() {
		if !strings.Contains(" "+strings.ReplaceAll(signature, "[]", "")+" ", " "+name+" ") {
			continue
		}
		var out []*function
		for _, b := range set {
			f, err := newFunction(fields, name, b)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
		return out, nil
	}
	f, err := newFunction(fields, "", "")
	return []*function{f}, err
}

func newFunction(fields []string, variable string, stands Base) (*function, error) {
	kind := func(name string) (Kind, error) {
		bare, array := strings.CutSuffix(name, "[]")
		base, ok := shortNames()[bare]
		if bare == variable {
			base, ok = stands, true
		}
		if !ok {
			return Kind{}, fmt.Errorf("no type %q", name)
		}
		return Kind{Base: base, Array: array}, nil
	}
	f := &function{tag: fields[0], form: fields[2]}
	var err error
	if f.result, err = kind(fields[1]); err != nil {
		return nil, err
	}
	for name := range strings.FieldsSeq(fields[3]) {
		k, err := kind(name)
		if err != nil {
			return nil, err
		}
		f.args = append(f.args, k)
	}
	if len(fields) > 4 {
		f.leaves = strings.Contains(fields[4], "leaves")
		f.inexact = strings.Contains(fields[4], "inexact")
		f.risky = strings.Contains(fields[4], "risky")
	}
	return f, nil
}

func casts() ([]*function, error) {
	var out []*function
	names := shortNames()
	for line := range strings.SplitSeq(strings.TrimSpace(castTable), "\n") {
		source, targets, _ := strings.Cut(line, ":")
		from, ok := names[source]
		if !ok {
			return nil, fmt.Errorf("cast table: no type %q", source)
		}
		for target := range strings.FieldsSeq(targets) {
			target, risky := strings.CutSuffix(target, "!")
			to, ok := names[target]
			if !ok {
				return nil, fmt.Errorf("cast table: no type %q", target)
			}
			out = append(out, &function{
				tag:    fmt.Sprintf("cast %s to %s", source, target),
				result: scalar(to),
				form:   "CAST($1 AS " + scalar(to).castName() + ")",
				args:   []Kind{scalar(from)},
				risky:  risky,
			})
		}
	}
	return out, nil
}
