/* The largest of many rows. A heap keeps the smallest kept row at its top. */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "isolation.h"

#define MAX_ROWS 1000

static struct row {
	long long number;
	char *text;
} row[MAX_ROWS];
static int rows;
static long offered;

int is_large_enough(long long number) {
	offered++;
	return rows < MAX_ROWS || number > row[0].number;
}

static void swap_rows(int a, int b) {
	struct row other = row[a];
	row[a] = row[b];
	row[b] = other;
}

static void sink(void) {
	for (int at = 0, child; (child = 2 * at + 1) < rows; at = child) {
		if (child + 1 < rows && row[child + 1].number < row[child].number) child++;
		if (row[at].number <= row[child].number) return;
		swap_rows(at, child);
	}
}

void keep_row(long long number, char *text) {
	if (rows == MAX_ROWS) {
		free(row[0].text);
		row[0] = (struct row){ number, text };
		sink();
		return;
	}
	int at = rows++;
	row[at] = (struct row){ number, text };
	for (; at && row[(at - 1) / 2].number > row[at].number; at = (at - 1) / 2) swap_rows(at, (at - 1) / 2);
}

static int compare_rows(const void *a, const void *b) {
	const struct row *one = a, *other = b;
	if (one->number != other->number) return one->number < other->number ? 1 : -1;
	return strcmp(one->text, other->text);
}

void print_rows(void) {
	size_t bytes = 0;
	int printed = 0;
	qsort(row, rows, sizeof *row, compare_rows);
	putchar('[');
	for (; printed < rows; printed++) {
		bytes += strlen(row[printed].text) + 1;
		if (bytes > MAX_LINE_BYTES) break;
		printf("%s%s", printed ? "," : "", row[printed].text);
	}
	printf("],\"more\":%s", printed < offered ? "true" : "false");
}
