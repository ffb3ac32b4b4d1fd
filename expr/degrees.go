package expr

import (
	"math"

	"streamdb/expr/elementary"
)

// The functions in degrees scale by values computed at 30, 45 and 60 degrees, so that
// those come out exact whatever the last bit of the library's sine is.

const perDegree = math.Pi / 180

var (
	sin30         = elementary.Sin(inRadians(30))
	oneMinusCos60 = 1 - elementary.Cos(inRadians(60))
	tan45         = sinFirst(45) / cosFirst(45)
	asinHalf      = elementary.Asin(0.5)
	acosHalf      = elementary.Acos(0.5)
	atan1         = elementary.Atan(1)
)

// inRadians rounds as it does at run time, constants included.
func inRadians(x float64) float64 { return x * perDegree }

func sinTo30(x float64) float64 { return elementary.Sin(inRadians(x)) / sin30 / 2 }

func cosTo60(x float64) float64 { return 1 - (1-elementary.Cos(inRadians(x)))/oneMinusCos60/2 }

// sinFirst and cosFirst are for 0 … 90.
func sinFirst(x float64) float64 {
	if x <= 30 {
		return sinTo30(x)
	}
	return cosTo60(90 - x)
}

func cosFirst(x float64) float64 {
	if x <= 60 {
		return cosTo60(x)
	}
	return sinTo30(90 - x)
}

func sinDegrees(x float64) float64 {
	x = math.Mod(x, 360)
	sign := 1.0
	if x < 0 {
		x, sign = -x, -1
	}
	if x > 180 {
		x, sign = 360-x, -sign
	}
	if x > 90 {
		x = 180 - x
	}
	return sign * sinFirst(x)
}

func cosDegrees(x float64) float64 {
	x = math.Abs(math.Mod(x, 360))
	if x > 180 {
		x = 360 - x
	}
	if x > 90 {
		return -cosFirst(180 - x)
	}
	return cosFirst(x)
}

// A zero of tanDegrees and cotDegrees has no sign.
func tanDegrees(x float64) float64 { return sinDegrees(x)/cosDegrees(x)/tan45 + 0 }

func cotDegrees(x float64) float64 { return cosDegrees(x)/sinDegrees(x)*tan45 + 0 }

// asinFirst is for 0 … 1.
func asinFirst(x float64) float64 {
	if x <= 0.5 {
		return elementary.Asin(x) / asinHalf * 30
	}
	return 90 - elementary.Acos(x)/acosHalf*60
}

func asinDegrees(x float64) float64 {
	if x < 0 {
		return -asinFirst(-x)
	}
	return asinFirst(x)
}

func acosDegrees(x float64) float64 {
	first := func(x float64) float64 {
		if x <= 0.5 {
			return 90 - elementary.Asin(x)/asinHalf*30
		}
		return elementary.Acos(x) / acosHalf * 60
	}
	if x < 0 {
		return 180 - first(-x)
	}
	return first(x)
}
