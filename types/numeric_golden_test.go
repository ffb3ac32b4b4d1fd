package types

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// numericCase computes one line of the golden file.
func numericCase(op, a, b string) (string, error) {
	x, err := ParseNumeric(a)
	if err != nil {
		return "", err
	}
	var y Numeric
	if b != "" && op != "round" && op != "trunc" {
		if y, err = ParseNumeric(b); err != nil {
			return "", err
		}
	}
	digits, _ := strconv.Atoi(b)
	num := func(n Numeric, err error) (string, error) { return n.String(), err }
	integer := func(n int) (string, error) { return strconv.Itoa(n), nil }
	switch op {
	case "+":
		return num(x.Add(y))
	case "-":
		return num(x.Sub(y))
	case "*":
		return num(x.Mul(y))
	case "/":
		return num(x.Div(y))
	case "%":
		return num(x.Mod(y))
	case "div":
		return num(x.DivTrunc(y))
	case "cmp":
		return integer(sign(x.Cmp(y)))
	case "gcd":
		return num(x.GCD(y), nil)
	case "lcm":
		return num(x.LCM(y))
	case "power":
		return num(x.Power(y))
	case "logb":
		return num(x.Log(y))
	case "round":
		return num(x.Round(digits))
	case "trunc":
		return num(x.Trunc(digits), nil)
	case "sqrt":
		return num(x.Sqrt())
	case "ln":
		return num(x.Ln())
	case "log":
		return num(x.Log10())
	case "exp":
		return num(x.Exp())
	}
	return numericUnary(op, x)
}

func numericUnary(op string, x Numeric) (string, error) {
	special := x.IsNaN() || x.IsInf()
	switch op {
	case "floor":
		return x.Floor().String(), nil
	case "ceil":
		return x.Ceil().String(), nil
	case "abs":
		return x.Abs().String(), nil
	case "neg":
		return x.Neg().String(), nil
	case "sign":
		if x.IsNaN() {
			return "NaN", nil
		}
		return strconv.Itoa(x.Sign()), nil
	case "trim_scale":
		return x.TrimScale().String(), nil
	case "min_scale", "scale":
		if special {
			return "<NULL>", nil
		}
		if op == "scale" {
			return strconv.Itoa(x.Scale()), nil
		}
		return strconv.Itoa(x.MinScale()), nil
	case "float8":
		f, err := x.Float64()
		return string(AppendFloat64(nil, f, 1)), err
	case "float4":
		f, err := x.Float32()
		return string(AppendFloat32(nil, f, 1)), err
	case "int8":
		v, err := x.Int64()
		return strconv.FormatInt(v, 10), err
	case "int4":
		v, err := x.Int32()
		return strconv.FormatInt(int64(v), 10), err
	}
	v, err := x.Int16()
	return strconv.FormatInt(int64(v), 10), err
}

func sign(c int) int {
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

// TestNumericGolden checks arithmetic against PostgreSQL 15: operation, operands, answer.
func TestNumericGolden(t *testing.T) {
	f, err := os.Open("testdata/numeric.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var c [4]string
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		got, err := numericCase(c[0], c[1], c[2])
		if err != nil {
			got = errorText(err)
		}
		if got != c[3] {
			t.Errorf("%s(%s, %s):\n got %.300s\nwant %.300s", c[0], c[1], c[2], got, c[3])
		}
	}
}
