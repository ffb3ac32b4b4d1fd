// Package sequence reads sources whose event n is a pure function of n: generators. A place
// in such a source is the number of the next event, so resuming is exact from anywhere and
// any number of readers agree.
package sequence
