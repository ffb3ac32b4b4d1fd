// Package datagen fills declared columns with made-up values: counting up, or random from a
// seed. Row n is a pure function of the options and n, so a resumed run goes on exactly.
package datagen
