package edit

import (
	"errors"
	"testing"
)

// TestFormatVerifies wants everything that two sources can differ in to be seen.
func TestFormatVerifies(t *testing.T) {
	const source = "a: &x [1, b] # c\n# d\nb: *x\n"
	root, err := readNodes([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verified(root, source); err != nil {
		t.Error(err)
	}
	for _, other := range []string{
		"a: &x [2, b] # c\n# d\nb: *x\n", "a: &x [1, b] # e\n# d\nb: *x\n", "a: &x [1, b] # c\nb: *x\n", "a: &y [1, b] # c\n# d\nb: *y\n",
		"a: &x [1, 'b'] # c\n# d\nb: *x\n", "a: &x [!!str 1, b] # c\n# d\nb: *x\n", "a: &x [1] # c\n# d\nb: *x\n", "a: &x [1, b] # c\n# d\nb: [1, b]\n",
		"b: &x [1, b] # c\n# d\na: *x\n", "a: [", "",
	} {
		if out, err := verified(root, other); !errors.Is(err, ErrFormat) || out != nil {
			t.Errorf("%q is taken for the same: %v", other, err)
		}
	}
}
