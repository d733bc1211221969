/* Decodes the arguments of a program that the host runs. Paths are bytes, so the host percent-encodes them. */
#include <stdio.h>

/* The program's own function. */
_Noreturn void fail(const char *reason);

/* Decodes a text in place. Fails if the encoding is wrong or contains a zero byte, which would end the text. */
static char *decoded(char *text) {
	char *out = text;
	for (const char *in = text; *in; in++) {
		unsigned byte;
		if (*in == '%') {
			if (sscanf(in + 1, "%2x", &byte) != 1 || byte == 0 || in[2] == 0) fail("not-allowed");
			*out++ = byte;
			in += 2;
		} else *out++ = *in;
	}
	*out = 0;
	return text;
}
