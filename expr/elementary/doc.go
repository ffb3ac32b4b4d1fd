// Package elementary has the elementary functions of double precision, rounded to nearest.
//
// PostgreSQL uses the C library's, whose results for these are rounded correctly but for a
// few in a thousand (log10: in a hundred); those of package math are off by one last place
// often, which shows in every result that is printed. They are computed to about 100 bits
// and then rounded, so a result is wrong only where it lies that near to the middle between
// two floats, and it is the same on every machine: what a view took in it can take back
// after an upgrade. The price is some 100 to 500 ns for a value.
//
// NaN, infinities and zeros are as in package math.
package elementary
