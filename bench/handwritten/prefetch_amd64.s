#include "textflag.h"

// func prefetch(base unsafe.Pointer, at *uint32, n, shift int)
TEXT ·prefetch(SB), NOSPLIT, $0-32
	MOVQ base+0(FP), AX
	MOVQ at+8(FP), BX
	MOVQ n+16(FP), DX
	MOVQ shift+24(FP), CX
	JMP  check
loop:
	MOVL (BX), SI
	SHLQ CX, SI
	PREFETCHT0 (AX)(SI*1)
	ADDQ $4, BX
	DECQ DX
check:
	TESTQ DX, DX
	JGT  loop
	RET
