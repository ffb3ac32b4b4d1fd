package format

import "bytes"

// AppendCopyRow appends one row in COPY's form, line end included; a nil field is NULL.
func AppendCopyRow(dst []byte, o *CopyOptions, fields [][]byte) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, o.Delimiter)
		}
		switch {
		case f == nil:
			dst = append(dst, o.Null...)
		case o.Format == CopyCSV:
			dst = appendCSV(dst, o, f, at(o.ForceQuote, i), len(fields) == 1)
		default:
			dst = appendEscaped(dst, o.Delimiter, f)
		}
	}
	return append(dst, '\n')
}

// AppendCopyHeader appends the header line.
func AppendCopyHeader(dst []byte, o *CopyOptions, columns []string) []byte {
	plain := *o
	plain.ForceQuote = nil
	fields := make([][]byte, len(columns))
	for i, c := range columns {
		fields[i] = []byte(c)
	}
	return AppendCopyRow(dst, &plain, fields)
}

// appendCSV appends a csv value, in quotes if it would be misread without.
func appendCSV(dst []byte, o *CopyOptions, f []byte, force, single bool) []byte {
	quote := force || string(f) == o.Null || single && string(f) == `\.`
	for _, c := range f {
		if c == o.Delimiter || c == o.Quote || c == '\n' || c == '\r' {
			quote = true
			break
		}
	}
	if !quote {
		return append(dst, f...)
	}
	dst = append(dst, o.Quote)
	for _, c := range f {
		if c == o.Quote || c == o.Escape {
			dst = append(dst, o.Escape)
		}
		dst = append(dst, c)
	}
	return append(dst, o.Quote)
}

// appendEscaped appends a value of the text form.
func appendEscaped(dst []byte, delim byte, f []byte) []byte {
	for _, c := range f {
		if k := bytes.IndexByte([]byte("\b\f\n\r\t\v"), c); k >= 0 {
			dst = append(dst, '\\', "bfnrtv"[k])
			continue
		}
		if c == '\\' || c == delim {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}
