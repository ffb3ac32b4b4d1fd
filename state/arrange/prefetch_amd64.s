#include "textflag.h"

// func prefetch(at *unsafe.Pointer, n, size int)
TEXT ·prefetch(SB), NOSPLIT, $0-24
	MOVQ at+0(FP), BX
	MOVQ n+8(FP), DX
	MOVQ size+16(FP), CX
	JMP  check
loop:
	MOVQ (BX), SI
	LEAQ -1(SI)(CX*1), DI // the last byte
line:
	PREFETCHT0 (SI)
	ADDQ $64, SI
	CMPQ SI, DI
	JLT  line
	PREFETCHT0 (DI)
	ADDQ $8, BX
	DECQ DX
check:
	TESTQ DX, DX
	JGT  loop
	RET
