package sql

// part is one statement among the tokens of a text.
type part struct {
	tokens    []token // without the semicolon; never empty once split
	end       int     // offset after the semicolon, or the end of the text
	semicolon bool
}

func (p part) start() int { return p.tokens[0].start }

// split cuts tokens at the semicolons outside parentheses. The body of a function written
// BEGIN ATOMIC … END keeps its semicolons.
func split(tokens []token, textEnd int) []part {
	var parts []part
	begin, depth, atomic := 0, 0, 0
	for i := range tokens {
		t := &tokens[i]
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth = max(depth-1, 0)
		case t.word == "atomic" && i > 0 && tokens[i-1].word == "begin":
			atomic++
		case atomic > 0 && t.word == "case":
			atomic++
		case atomic > 0 && t.word == "end":
			atomic--
		case t.is(";") && depth == 0 && atomic == 0:
			if i > begin {
				parts = append(parts, part{tokens: tokens[begin:i], end: t.end, semicolon: true})
			}
			begin = i + 1
		}
	}
	if begin < len(tokens) {
		parts = append(parts, part{tokens: tokens[begin:], end: textEnd})
	}
	return parts
}
