package types

import "streamdb/types/pgerr"

func notYet() error { return pgerr.Unsupported("date/time text", "") }
func ParseDate(s string, st *Style) (int32, error) { return 0, notYet() }
func ParseTime(s string, st *Style) (int64, error) { return 0, notYet() }
func ParseTimestamp(s string, st *Style) (int64, error) { return 0, notYet() }
func ParseTimestampTZ(s string, st *Style) (int64, error) { return 0, notYet() }
func ParseInterval(s string, mod int32, st *Style) (Interval, error) { return Interval{}, notYet() }
func AppendDate(dst []byte, v int32, st *Style) []byte { return dst }
func AppendTime(dst []byte, v int64) []byte { return dst }
func AppendTimestamp(dst []byte, v int64, st *Style) []byte { return dst }
func AppendTimestampTZ(dst []byte, v int64, st *Style) []byte { return dst }
func AppendInterval(dst []byte, v Interval, st IntervalStyle) []byte { return dst }
func RoundTime(v int64, mod int32) int64 { return v }
func RoundTimestamp(v int64, mod int32) (int64, error) { return v, nil }
func ApplyIntervalMod(v Interval, mod int32) (Interval, error) { return v, nil }
func ValidTimestamp(v int64) bool { return true }
func validDate(v int32) bool { return true }
