#include "textflag.h"

// func prefetch(at *unsafe.Pointer, n int)
TEXT ·prefetch(SB), NOSPLIT, $0-16
	MOVQ at+0(FP), BX
	MOVQ n+8(FP), DX
	JMP  check
loop:
	MOVQ (BX), SI
	PREFETCHT0 (SI)
	ADDQ $8, BX
	DECQ DX
check:
	TESTQ DX, DX
	JGT  loop
	RET
