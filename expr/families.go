package expr

// families lists the function table, a family per file.
func families() [][]*Func {
	return [][]*Func{
		compareFuncs(),
		recordFuncs(),
		arithFuncs(),
		mathFuncs(),
		castFuncs(),
		stringFuncs(),
		dateTimeOps(),
		dateTimeFuncs(),
		jsonFuncs(),
		arrayFuncs(),
		setFuncs(),
		regexFuncs(),
		formatFuncs(),
		miscFuncs(),
		catalogFuncs(),
	}
}
